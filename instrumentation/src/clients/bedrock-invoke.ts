/**
 * Bedrock's InvokeModel: the body of a model's own API in, as bytes, its request and answer out. Anthropic, Amazon (Nova, Titan's
 * vectors), Meta and what speaks OpenAI's chat API are known; what another model says is not.
 */
import { count, fields, list, text } from '../base/read.ts';
import type { AnswerFormat, AnswerReader, CallAnswer, CallRequest, TokenUsage } from '../types/call.ts';
import { messages } from './anthropic-messages.ts';
import { CONVERSE, converseParts } from './bedrock-converse.ts';
import { chatCompletions } from './chat-completions.ts';
import { ended, finishOf } from './finish.ts';

/** https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-meta.html */
const LLAMA: AnswerFormat = {
  isAnswer: isLlama,
  answer: llamaAnswer,
  isChunk: isLlama,
  reader: llamaReader,
};

/** https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html, and Cohere's beside it. */
const VECTORS: AnswerFormat = {
  isAnswer: (body) => Array.isArray(fields(body).embedding) || fields(body).embeddings !== undefined,
  answer(body) {
    const input = count(fields(body).inputTextTokenCount);
    return { ...ended('success'), usage: input === undefined ? undefined : { input } };
  },
  isChunk: () => false,
  reader: () => ({ read() {}, answer: () => ({ complete: false }) }),
};

const ANTHROPIC = messages();
const CHAT = chatCompletions('aws.bedrock');
const BODIES: readonly AnswerFormat[] = [ANTHROPIC, CONVERSE, CHAT, LLAMA, VECTORS];

export const INVOKE: AnswerFormat = {
  isAnswer: (value) => isOutput(value) && fields(value).body instanceof Uint8Array,
  answer(value, output) {
    const body = decoded(fields(value).body);
    return BODIES.find((each) => each.isAnswer(body))?.answer(body, output) ?? ended('unknown');
  },
  isChunk: (value) => fields(fields(value).chunk).bytes instanceof Uint8Array,
  reader: invokeReader,
  streamIn(value) {
    const { body } = fields(value);
    const isStream = isOutput(value) && typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
    return isStream ? (body as AsyncIterable<unknown>) : undefined;
  },
};

function isOutput(value: unknown): boolean {
  return typeof fields(value).$metadata === 'object' && 'body' in fields(value);
}

/** What a body asks for, whichever model's it is. */
export function invokeParts(
  body: unknown,
): Pick<CallRequest, 'operation' | 'outputType' | 'schema' | 'schemaTool' | 'systemPrompt'> {
  const given = decoded(body);
  const { inputText, texts, inferenceConfig, schemaVersion, toolConfig } = fields(given);
  const operation = inputText !== undefined || texts !== undefined ? 'embeddings' : 'chat';
  const isNova = (inferenceConfig ?? schemaVersion ?? toolConfig) !== undefined;
  const read = isNova
    ? converseParts(given)
    : (fields(given).anthropic_version === undefined ? CHAT : ANTHROPIC).request({}, given);
  return {
    operation,
    outputType: read?.outputType,
    schema: read?.schema,
    schemaTool: read?.schemaTool,
    systemPrompt: read?.systemPrompt,
  };
}

const MAX_BODY = 4_194_304;

function decoded(body: unknown): unknown {
  const json = body instanceof Uint8Array && body.length <= MAX_BODY ? new TextDecoder().decode(body) : body;
  if (typeof json !== 'string' || json.length > MAX_BODY) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The first chunk tells whose stream it is. */
function invokeReader(output: boolean): AnswerReader {
  let reader: AnswerReader | undefined;
  return {
    read(event) {
      const chunk = decoded(fields(fields(event).chunk).bytes);
      reader ??= BODIES.find((each) => each.isChunk(chunk))?.reader(output);
      reader?.read(chunk);
    },
    // Of a model that nobody knows, nothing tells how its stream ended.
    answer: () => reader?.answer() ?? ended('unknown'),
  };
}

function isLlama(body: unknown): boolean {
  return typeof fields(body).generation === 'string' && 'stop_reason' in fields(body);
}

function llamaUsage(body: unknown): TokenUsage {
  const { prompt_token_count, generation_token_count } = fields(body);
  return { input: count(prompt_token_count), output: count(generation_token_count) };
}

function llamaAnswer(body: unknown, output: boolean): CallAnswer {
  const { generation, stop_reason } = fields(body);
  const stop = text(stop_reason);
  return {
    ...ended(finishOf(stop, { produced: text(generation) !== undefined, refused: false, failed: false })),
    finishReasons: stop === undefined ? [] : [stop],
    usage: llamaUsage(body),
    text: output ? (text(generation) ?? '') : undefined,
  };
}

function llamaReader(output: boolean): AnswerReader {
  let stop: string | undefined;
  let written = '';
  let produced = false;
  let usage: TokenUsage = {};
  return {
    read(chunk) {
      const { generation, stop_reason } = fields(chunk);
      const said = text(generation) ?? '';
      produced ||= said !== '';
      stop = text(stop_reason) ?? stop;
      if (output) written += said;
      const { input, output: tokens } = llamaUsage(chunk);
      usage = { input: input ?? usage.input, output: tokens ?? usage.output };
    },
    answer: () => ({
      ...ended(stop === undefined ? undefined : finishOf(stop, { produced, refused: false, failed: false })),
      finishReasons: list(stop === undefined ? [] : [stop]) as readonly string[],
      usage,
      text: output ? written : undefined,
    }),
  };
}
