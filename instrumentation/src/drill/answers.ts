/**
 * Answers of the HTTP APIs that clients speak, made up as the provider would send them: whole or as the events of a stream. They are as
 * little as the clients and their callers need to take them for answers.
 */
import { fields, list, text } from '../base/read.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a made-up answer says. */
export interface Said {
  readonly text: string;
  readonly end: 'stop' | 'refusal' | 'length';
  /** The tool that the request forces, called with this input. */
  readonly tool?: { readonly name: string; readonly input: unknown } | undefined;
}

export interface Api {
  /** Ends of the path of its endpoint. */
  readonly path: string;
  /** The tool that the request forces, if it does. */
  forcedTool(body: Fields): Fields | undefined;
  whole(body: Fields, said: Said): unknown;
  /** Server-sent events, rendered. */
  events(body: Fields, said: Said): readonly string[];
  error(status: number, code: string, message: string): unknown;
}

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const event = (value: Fields): string => `event: ${String(value.type)}\n${data(value)}`;
const ID = 'drill';
const NO_TOKENS = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
const NO_USAGE = { input_tokens: 0, output_tokens: 0 };

/** Groq speaks it, too. */
const CHAT: Api = {
  path: '/chat/completions',
  forcedTool: ({ tool_choice, tools }) => {
    const name = text(fields(fields(tool_choice).function).name);
    return name === undefined ? undefined : fields(toolNamed(tools, name, (tool) => fields(tool).function));
  },
  whole(body, { text: content, end, tool }) {
    const message = {
      role: 'assistant',
      content: end === 'refusal' || tool !== undefined ? null : content,
      refusal: end === 'refusal' ? content : null,
      ...(tool !== undefined && { tool_calls: [chatTool(tool)] }),
    };
    const choice = { index: 0, message, logprobs: null, finish_reason: chatEnd(end) };
    return { ...chatBase(body, 'chat.completion'), choices: [choice], usage: NO_TOKENS };
  },
  events(body, { text: content, end, tool }) {
    const chunk = (delta: Fields, finish: string | null = null): string =>
      data({
        ...chatBase(body, 'chat.completion.chunk'),
        choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      });
    const said =
      tool !== undefined
        ? { tool_calls: [{ index: 0, ...chatTool(tool) }] }
        : end === 'refusal'
          ? { refusal: content }
          : { content };
    return [chunk({ role: 'assistant', content: '' }), chunk(said), chunk({}, chatEnd(end)), 'data: [DONE]\n\n'];
  },
  error: openaiError,
};

const COMPLETIONS: Api = {
  path: '/completions',
  forcedTool: () => undefined,
  whole: (body, { text: said, end }) => ({
    ...chatBase(body, 'text_completion'),
    choices: [{ index: 0, text: said, logprobs: null, finish_reason: textEnd(end) }],
    usage: NO_TOKENS,
  }),
  events(body, { text: said, end }) {
    const chunk = (part: string, finish: string | null): string =>
      data({ ...chatBase(body, 'text_completion'), choices: [{ index: 0, text: part, finish_reason: finish }] });
    return [chunk(said, null), chunk('', textEnd(end)), 'data: [DONE]\n\n'];
  },
  error: openaiError,
};

const RESPONSES: Api = {
  path: '/responses',
  forcedTool: ({ tool_choice, tools }) => {
    const name = text(fields(tool_choice).name);
    return name === undefined ? undefined : fields(toolNamed(tools, name, (tool) => tool));
  },
  whole: (body, said) => response(body, said),
  events(body, said) {
    const whole = response(body, said);
    const started = { ...whole, status: 'in_progress', output: [] };
    const [item] = whole.output;
    const at = { item_id: item?.id, output_index: 0, content_index: 0 };
    const delta = said.end === 'refusal' ? 'response.refusal.delta' : 'response.output_text.delta';
    const parts: readonly Fields[] = [
      { type: 'response.created', response: started },
      { type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress', content: [] } },
      ...(said.tool === undefined
        ? [
            { type: 'response.content_part.added', ...at, part: { type: 'output_text', text: '', annotations: [] } },
            { type: delta, ...at, delta: said.text },
          ]
        : []),
      { type: 'response.output_item.done', output_index: 0, item },
      { type: `response.${whole.status}`, response: whole },
    ];
    return parts.map((part, sequence_number) => event({ ...part, sequence_number }));
  },
  error: openaiError,
};

const MESSAGES: Api = {
  path: '/messages',
  forcedTool: ({ tool_choice, tools }) => {
    const { type, name } = fields(tool_choice);
    return type === 'tool' && typeof name === 'string' ? fields(toolNamed(tools, name, (tool) => tool)) : undefined;
  },
  whole: (body, said) => message(body, said),
  events(body, said) {
    const whole = message(body, said);
    const [block] = whole.content;
    const isTool = said.tool !== undefined;
    const delta = isTool
      ? { type: 'input_json_delta', partial_json: JSON.stringify(said.tool?.input) }
      : { type: 'text_delta', text: said.text };
    const parts: readonly Fields[] = [
      { type: 'message_start', message: { ...whole, content: [], stop_reason: null } },
      {
        type: 'content_block_start',
        index: 0,
        content_block: { ...block, ...(isTool ? { input: {} } : { text: '' }) },
      },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: whole.stop_reason, stop_sequence: null }, usage: NO_USAGE },
      { type: 'message_stop' },
    ];
    return parts.map(event);
  },
  error: (status, _code, text) => ({ type: 'error', error: { type: anthropicType(status), message: text } }),
};

const APIS: readonly Api[] = [CHAT, COMPLETIONS, RESPONSES, MESSAGES];

/** The API behind a path. Undefined: one whose answers are not known, and whose errors are written like OpenAI's. */
export function apiAt(path: string): Api | undefined {
  return APIS.find((api) => path.endsWith(api.path));
}

export function openaiError(status: number, code: string, text: string): unknown {
  const type = status === 429 ? 'requests' : status >= 500 ? 'server_error' : 'invalid_request_error';
  return { error: { message: text, type, param: null, code: status >= 500 ? null : code } };
}

function anthropicType(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 404:
      return 'not_found_error';
    case 429:
      return 'rate_limit_error';
    case 529:
      return 'overloaded_error';
    default:
      return 'api_error';
  }
}

function chatBase(body: Fields, object: string): Fields {
  return { id: `chatcmpl-${ID}`, object, created: Math.floor(Date.now() / 1000), model: body.model };
}

const chatTool = ({ name, input }: NonNullable<Said['tool']>): Fields => ({
  id: `call_${ID}`,
  type: 'function',
  function: { name, arguments: JSON.stringify(input) },
});

/** A refusal ends with `stop`: the message says it. */
const chatEnd = (end: Said['end']): string => (end === 'length' ? 'length' : 'stop');
const textEnd = (end: Said['end']): string => (end === 'refusal' ? 'content_filter' : end);

function response(body: Fields, { text: said, end, tool }: Said) {
  const status = end === 'length' ? 'incomplete' : 'completed';
  const content =
    end === 'refusal' ? { type: 'refusal', refusal: said } : { type: 'output_text', text: said, annotations: [] };
  const item: Fields =
    tool === undefined
      ? { type: 'message', id: `msg_${ID}`, status, role: 'assistant', content: [content] }
      : {
          type: 'function_call',
          id: `fc_${ID}`,
          call_id: `call_${ID}`,
          status,
          name: tool.name,
          arguments: JSON.stringify(tool.input),
        };
  return {
    id: `resp_${ID}`,
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    model: body.model,
    status,
    error: null,
    incomplete_details: end === 'length' ? { reason: 'max_output_tokens' } : null,
    output: [item],
    parallel_tool_calls: true,
    tools: body.tools ?? [],
    tool_choice: body.tool_choice ?? 'auto',
    usage: { ...NO_USAGE, total_tokens: 0 },
  };
}

function message(body: Fields, { text: said, end, tool }: Said) {
  const ends = { stop: tool === undefined ? 'end_turn' : 'tool_use', refusal: 'refusal', length: 'max_tokens' };
  const block: Fields =
    tool === undefined
      ? { type: 'text', text: said }
      : { type: 'tool_use', id: `toolu_${ID}`, name: tool.name, input: tool.input };
  return {
    id: `msg_${ID}`,
    type: 'message',
    role: 'assistant',
    model: body.model,
    content: [block],
    stop_reason: ends[end],
    stop_sequence: null,
    usage: NO_USAGE,
  };
}

function toolNamed(tools: unknown, name: string, inside: (tool: unknown) => unknown): unknown {
  return list(tools)
    .map(inside)
    .find((tool) => fields(tool).name === name);
}
