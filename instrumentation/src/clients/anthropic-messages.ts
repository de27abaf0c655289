/**
 * `messages.create` of Anthropic: body and events in, request and answer out. Its usage counts cached tokens beside the input;
 * the conventions count them within.
 */

import { nativeTracing } from '../base/native-span.ts';
import { count, fields, list, text } from '../base/read.ts';
import type {
  AnswerFormat,
  AnswerReader,
  CallAnswer,
  CallRequest,
  Operation,
  TokenUsage,
  ToolInput,
} from '../types/call.ts';
import { answerBilling, reportedCost, requestBilling } from './billing.ts';
import { declaringBody } from './declared-lists.ts';
import { endpointOf } from './endpoint.ts';
import { ended, finishOf, isError, typeOfError } from './finish.ts';
import { forcedTool, schemaOf, signalOf, textOf } from './request-parts.ts';
import { streamSource } from './stream-source.ts';

/** https://platform.claude.com/docs/en/api/messages */
const MESSAGES: AnswerFormat = {
  isAnswer: isMessage,
  answer: messagesAnswer,
  isChunk: (value) => fields(value).type === 'message_start' && isMessage(fields(value).message),
  reader: messagesReader,
};

/** Reads messages, of the stable and of the beta API. */
export function messages(): Operation {
  return { ...MESSAGES, request: messagesRequest, declaring: declaringBody };
}

function messagesRequest(resource: unknown, body: unknown, options: unknown): CallRequest | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { model, system, stream, output_config, output_format } = fields(body);
  const { _client: client } = fields(resource);
  const format = fields(fields(output_config).format ?? output_format);
  const endpoint = endpointOf(client, 'anthropic');
  const forced = toolOf(body);
  return {
    operation: 'chat',
    server: endpoint.server,
    direct: endpoint.direct,
    // Bedrock's and Vertex' clients are subclasses that say which they are.
    provider: text(fields(client)._genAIProviderName) ?? endpoint.provider,
    model: text(model),
    stream: stream === true,
    outputType: format.type === 'json_schema' ? 'json' : undefined,
    schema: forced?.schema ?? (format.type === 'json_schema' ? schemaOf(format.schema) : undefined),
    schemaTool: forced?.schemaTool,
    systemPrompt: system === undefined ? undefined : text(textOf(system)),
    signal: signalOf(options),
    billing: requestBilling(body),
    native: nativeTracing(client, options),
  };
}

/** `any` forces a tool where there is one. */
function toolOf(body: unknown): ReturnType<typeof forcedTool> {
  const { tools, tool_choice } = fields(body);
  const { type, name } = fields(tool_choice);
  if (type !== 'tool' && type !== 'any') return undefined;
  const described = list(tools).map((tool) => ({
    name: text(fields(tool).name),
    schema: schemaOf(fields(tool).input_schema),
  }));
  return forcedTool(described, type === 'tool' ? text(name) : undefined);
}

function isMessage(value: unknown): boolean {
  const { type, content, role } = fields(value);
  return type === 'message' && Array.isArray(content) && (role === 'assistant' || 'stop_reason' in fields(value));
}

function messagesAnswer(body: unknown, output: boolean): CallAnswer {
  const { id, model, stop_reason, content, usage, error } = fields(body);
  const stop = text(stop_reason);
  const blocks = list(content);
  return {
    ...ended(finishOf(stop, { produced: blocks.length > 0, refused: false, failed: isError(error) })),
    finishReasons: wordsOf(stop),
    id: text(id),
    model: text(model),
    usage: messagesUsage(fields(usage)),
    usageCost: reportedCost(usage),
    billing: answerBilling(body),
    errorType: typeOfError(error),
    text: output ? textOf(blocks.filter(isText), '') : undefined,
    toolInputs: output ? blocks.filter(isTool).map(toolInput) : undefined,
    ...handedOn(blocks.filter(isSeam), usage),
  };
}

const isText = (block: unknown): boolean => fields(block).type === 'text';
const isTool = (block: unknown): boolean => fields(block).type === 'tool_use';

function toolInput(block: unknown): ToolInput {
  const { name, input } = fields(block);
  return { name: text(name), input };
}

function wordsOf(stop: string | undefined): readonly string[] {
  return stop === undefined ? [] : [stop];
}

function messagesReader(output: boolean): AnswerReader {
  const source = streamSource();
  let writesOn: string | undefined;
  let stop: string | undefined;
  let failure: unknown;
  let produced = false;
  let written = '';
  const tools = new Map<unknown, { name: string | undefined; input: string }>();
  const seams: unknown[] = [];
  // Totals: each later event replaces what it names.
  let usage: Readonly<Record<string, unknown>> = {};

  return {
    read(event) {
      const { type, index, message, delta, content_block, usage: totals, error } = fields(event);
      switch (type) {
        case 'message_start':
          source.saw(text(fields(message).id), text(fields(message).model));
          usage = fields(fields(message).usage);
          break;
        case 'content_block_start':
          produced = true;
          if (output && isTool(content_block)) tools.set(index, { name: text(fields(content_block).name), input: '' });
          // A server-side fallback names the model that writes on from here.
          if (!isSeam(content_block)) break;
          seams.push(content_block);
          writesOn = text(fields(fields(content_block).to).model) ?? writesOn;
          break;
        case 'content_block_delta':
          if (output) gather(index, fields(delta));
          break;
        case 'message_delta':
          stop = text(fields(delta).stop_reason) ?? stop;
          usage = { ...usage, ...present(fields(totals)) };
          break;
        case 'error':
          failure ??= error ?? event;
          break;
      }
    },
    answer: () => ({
      ...ended(endOf()),
      finishReasons: wordsOf(stop),
      ...source.answered(),
      ...(writesOn !== undefined && { model: writesOn }),
      usage: messagesUsage(usage),
      usageCost: reportedCost(usage),
      billing: answerBilling({ usage }),
      errorType: typeOfError(failure),
      text: output ? written : undefined,
      // A tool without parameters is called with nothing.
      toolInputs: output ? [...tools.values()].map(({ name, input }) => ({ name, input: input || '{}' })) : undefined,
      ...handedOn(seams, usage),
    }),
  };

  function endOf(): ReturnType<typeof finishOf> | undefined {
    if (failure !== undefined) return 'error';
    return stop === undefined ? undefined : finishOf(stop, { produced, refused: false, failed: false });
  }

  function gather(index: unknown, delta: ReturnType<typeof fields>): void {
    written += text(delta.text) ?? '';
    const tool = tools.get(index);
    if (tool !== undefined) tool.input += text(delta.partial_json) ?? '';
  }
}

function messagesUsage(usage: Readonly<Record<string, unknown>>): TokenUsage | undefined {
  const input = count(usage.input_tokens);
  const output = count(usage.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  const cacheRead = count(usage.cache_read_input_tokens);
  const cacheWrite = count(usage.cache_creation_input_tokens);
  return {
    input: (input ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output,
    cacheRead,
    cacheWrite,
    cacheWriteHour: count(fields(usage.cache_creation).ephemeral_1h_input_tokens),
    reasoning: count(fields(usage.output_tokens_details).thinking_tokens),
  };
}

/** Where one model's part of a message ends and a fallback's begins: the API and the client's refusal middleware both mark it. */
function isSeam(block: unknown): boolean {
  return fields(block).type === 'fallback';
}

/**
 * Whether a fallback served, and which models declined before it. The API's own fallbacks tell in the usage which model each pass was
 * (`message`, then `fallback_message`), the middleware at each seam which one it left.
 */
function handedOn(seams: readonly unknown[], usage: unknown): Pick<CallAnswer, 'servedBy' | 'declined'> | undefined {
  const passes = list(fields(usage).iterations)
    .map((iteration) => fields(iteration))
    .filter(({ type }) => type === 'message' || type === 'fallback_message');
  if (seams.length === 0 && !passes.some(({ type }) => type === 'fallback_message')) return undefined;
  const left = seams.map((seam) => fields(fields(seam).from).model);
  const declined = [...left, ...passes.slice(0, -1).map(({ model }) => model)].map(text);
  return { servedBy: 'fallback', declined: declined.filter((model) => model !== undefined) };
}

function present(totals: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(totals).filter(([, value]) => value !== null && value !== undefined));
}
