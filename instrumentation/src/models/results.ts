/**
 * What the AI SDK's own functions resolve to (`generateText`, `generateObject`, `embed`), read as an answer: where a target of `chain()`
 * returns it. Its model's call was recorded apart from that.
 */
import { count, fields, list, text } from '../base/read.ts';
import { ended } from '../clients/finish.ts';
import type { AnswerFormat, CallAnswer, TokenUsage } from '../types/call.ts';
import { finishBy } from './specification.ts';

const NO_STREAM = { isChunk: () => false, reader: () => ({ read() {}, answer: () => ({ complete: false }) }) };

/** https://ai-sdk.dev/docs/reference/ai-sdk-core/generate-text */
const GENERATED_TEXT: AnswerFormat = {
  ...NO_STREAM,
  isAnswer(value) {
    const { steps, finishReason, toolCalls } = fields(value);
    return Array.isArray(steps) && Array.isArray(toolCalls) && typeof finishReason === 'string' && isMade(value);
  },
  answer(value, output) {
    const { text: written, toolCalls, totalUsage, usage } = fields(value);
    const calls = list(toolCalls);
    return {
      ...endOf(value, text(written) !== undefined || calls.length > 0),
      usage: usageOf(totalUsage ?? usage),
      text: output ? (text(written) ?? '') : undefined,
      toolInputs: output
        ? calls.map((call) => ({ name: text(fields(call).toolName), input: fields(call).input }))
        : undefined,
    };
  },
};

/** https://ai-sdk.dev/docs/reference/ai-sdk-core/generate-object: its object is parsed and held against the caller's schema already. */
const GENERATED_OBJECT: AnswerFormat = {
  ...NO_STREAM,
  isAnswer(value) {
    const { finishReason, toJsonResponse } = fields(value);
    return typeof finishReason === 'string' && typeof toJsonResponse === 'function' && isMade(value);
  },
  answer(value, output) {
    const { object, usage } = fields(value);
    return {
      ...endOf(value, object !== undefined),
      usage: usageOf(usage),
      text: output ? JSON.stringify(object) : undefined,
    };
  },
};

/** https://ai-sdk.dev/docs/reference/ai-sdk-core/embed */
const EMBEDDED: AnswerFormat = {
  ...NO_STREAM,
  isAnswer(value) {
    const { embedding, embeddings, usage } = fields(value);
    return isMade(value) && Array.isArray(embedding ?? embeddings) && 'tokens' in fields(usage);
  },
  answer(value) {
    const { embedding, embeddings, usage } = fields(value);
    const finish = list(embedding ?? embeddings).length > 0 ? 'success' : 'error';
    return { ...ended(finish), usage: { input: count(fields(usage).tokens) } };
  },
};

export const MODEL_RESULTS: readonly AnswerFormat[] = [GENERATED_TEXT, GENERATED_OBJECT, EMBEDDED];

/** An object of a class: plain data of a user's own is never taken for one. */
function isMade(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) !== Object.prototype;
}

function endOf(value: unknown, produced: boolean): CallAnswer {
  const { finishReason, rawFinishReason, response, providerMetadata } = fields(value);
  const signs = { produced, refused: false, failed: false };
  const { finish, finishReasons } = finishBy({ unified: text(finishReason), raw: text(rawFinishReason) }, signs);
  const { id, modelId } = fields(response);
  return { ...ended(finish), finishReasons, id: text(id), model: text(modelId), providerMetadata };
}

/** `LanguageModelUsage`: since 6 with details. */
function usageOf(usage: unknown): TokenUsage {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens, inputTokenDetails, outputTokenDetails } =
    fields(usage);
  return {
    input: count(inputTokens),
    output: count(outputTokens),
    cacheRead: count(fields(inputTokenDetails).cacheReadTokens) ?? count(cachedInputTokens),
    cacheWrite: count(fields(inputTokenDetails).cacheWriteTokens),
    reasoning: count(fields(outputTokenDetails).reasoningTokens) ?? count(reasoningTokens),
  };
}
