/** What is patched in `cohere-ai` 8: chat and vectors of its second API. https://docs.cohere.com/v2/reference/chat */
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
import { type Client, exportedClass } from './client.ts';
import { endpointAt } from './endpoint.ts';
import { ended, finishOf, isError, typeOfError } from './finish.ts';
import { forcedTool, outputType, schemaOf, signalOf, systemPrompt, textOf } from './request-parts.ts';

const PRODUCTION = 'https://api.cohere.com';

const CHAT: AnswerFormat = {
  isAnswer: (value) => typeof fields(value).finishReason === 'string' && typeof fields(value).message === 'object',
  answer: chatAnswer,
  isChunk: (value) => fields(value).type === 'message-start' && typeof fields(value).delta === 'object',
  reader: chatReader,
};

const chat = (stream: boolean): Operation => ({
  ...CHAT,
  request(client, body, options) {
    const { messages, responseFormat, tools, toolChoice } = fields(body);
    const { type, jsonSchema } = fields(responseFormat);
    const described = list(tools).map((tool) => {
      const { name, parameters } = fields(fields(tool).function);
      return { name: text(name), schema: schemaOf(parameters) };
    });
    const forced = toolChoice === 'REQUIRED' ? forcedTool(described, undefined) : undefined;
    return {
      operation: 'chat',
      ...called(client, body, options),
      stream,
      outputType: outputType(type),
      schema: forced?.schema ?? schemaOf(jsonSchema),
      schemaTool: forced?.schemaTool,
      systemPrompt: systemPrompt(messages),
    };
  },
});

function called(
  client: unknown,
  body: unknown,
  options: unknown,
): Pick<CallRequest, 'server' | 'provider' | 'direct' | 'model' | 'signal'> {
  const { baseUrl, environment } = fields(fields(client)._options);
  return {
    ...endpointAt(text(baseUrl) ?? text(environment) ?? PRODUCTION, 'cohere'),
    model: text(fields(body).model),
    signal: signalOf({ signal: fields(options).abortSignal }),
  };
}

function toolInput(call: unknown): ToolInput {
  const { name, arguments: input } = fields(fields(call).function);
  return { name: text(name), input };
}

function chatAnswer(value: unknown, output: boolean): CallAnswer {
  const { id, finishReason, message, usage } = fields(value);
  const { content, toolCalls } = fields(message);
  const word = text(finishReason);
  const produced = list(content).length + list(toolCalls).length > 0;
  return {
    ...ended(finishOf(word, { produced, refused: false, failed: false })),
    id: text(id),
    finishReasons: word === undefined ? [] : [word],
    usage: tokensIn(usage),
    text: output ? textOf(content, '') : undefined,
    toolInputs: output ? list(toolCalls).map(toolInput) : undefined,
  };
}

function chatReader(output: boolean): AnswerReader {
  let id: string | undefined;
  let word: string | undefined;
  let usage: TokenUsage | undefined;
  let failure: unknown;
  let produced = false;
  let written = '';
  const tools = new Map<unknown, { name: string | undefined; input: string }>();
  return {
    read(event) {
      const { type, id: own, index, delta } = fields(event);
      const { message, finishReason, usage: used, error } = fields(delta);
      const { content, toolCalls } = fields(message);
      id ??= text(own);
      switch (type) {
        case 'content-delta':
          produced = true;
          if (output) written += text(fields(content).text) ?? '';
          break;
        case 'tool-call-start':
          produced = true;
          if (output)
            tools.set(index, { name: toolInput(toolCalls).name, input: text(toolInput(toolCalls).input) ?? '' });
          break;
        case 'tool-call-delta': {
          const tool = tools.get(index);
          if (tool !== undefined) tool.input += text(toolInput(toolCalls).input) ?? '';
          break;
        }
        case 'message-end':
          word = text(finishReason) ?? word;
          usage = tokensIn(used) ?? usage;
          if (isError(error)) failure ??= error;
          break;
      }
    },
    answer() {
      const end =
        word === undefined ? undefined : finishOf(word, { produced, refused: false, failed: failure !== undefined });
      return {
        ...ended(failure === undefined ? end : 'error'),
        id,
        finishReasons: word === undefined ? [] : [word],
        usage,
        errorType: typeOfError(failure),
        text: output ? written : undefined,
        toolInputs: output ? [...tools.values()] : undefined,
      };
    },
  };
}

/** What is billed, else what was counted. */
function tokensIn(usage: unknown): TokenUsage | undefined {
  const { billedUnits, tokens, cachedTokens } = fields(usage);
  const input = count(fields(billedUnits).inputTokens) ?? count(fields(tokens).inputTokens);
  const output = count(fields(billedUnits).outputTokens) ?? count(fields(tokens).outputTokens);
  if (input === undefined && output === undefined) return undefined;
  return { input, output, cacheRead: count(cachedTokens) };
}

const EMBED: Operation = {
  isAnswer: (value) => typeof fields(value).embeddings === 'object' && Array.isArray(fields(value).texts),
  answer(value) {
    const { id, embeddings, meta } = fields(value);
    const usage = tokensIn(meta);
    return {
      ...ended(typeof embeddings === 'object' ? 'success' : 'error'),
      id: text(id),
      usage: usage && { input: usage.input },
    };
  },
  isChunk: () => false,
  reader: () => ({ read() {}, answer: () => ({ complete: false }) }),
  request: (client, body, options) => ({
    operation: 'embeddings',
    ...called(client, body, options),
    stream: false,
    outputType: undefined,
    schema: undefined,
    systemPrompt: undefined,
  }),
};

/** The client of the second API is no export: a client of the first has one behind a getter. It is made with nothing and sends nothing. */
function secondApi(exported: unknown): object | undefined {
  let at: unknown = exportedClass(exported, 'CohereClient')?.prototype;
  while (typeof at === 'object' && at !== null) {
    const found: unknown = Object.getOwnPropertyDescriptor(at, 'v2')?.get?.call({ _options: { token: 'none' } });
    if (typeof found === 'object' && found !== null) return Object.getPrototypeOf(found) as object;
    at = Object.getPrototypeOf(at);
  }
  return undefined;
}

export const COHERE: Client = {
  module: 'cohere-ai',
  versions: ['>=8 <9'],
  className: 'CohereClient',
  patches: [
    { path: secondApi, method: 'chat', operation: chat(false) },
    { path: secondApi, method: 'chatStream', operation: chat(true) },
    { path: secondApi, method: 'embed', operation: EMBED },
  ],
};
