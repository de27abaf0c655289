/**
 * The Vercel AI SDK's own names, up to version 6 (`ai.*`). Version 7 speaks OpenTelemetry's through `@ai-sdk/otel`, and adds a few
 * of these. Each model call has a span (`….doGenerate`, `….doStream`, `….doEmbed`) below one of the whole operation, which repeats its usage.
 */
import { jobOf } from '@warmspare/semconv';
import { numberOf } from '../../base/attribute-values.ts';
import { type Dialect, isApart, isJob, type TextFacts } from './dialect.ts';
import { jsonObject } from './json-text.ts';
import { declaredBySchema, fromSchemaText } from './schema-text.ts';

/** `ai.generateText` and the like: not the model's call, but the operation around it. */
const AI_OPERATION = 'ai.operationId';

/** Of a model's method that nobody knows, it is no call. */
const isCall = (operation: string): boolean => /\.do[A-Z]\w*$/.test(operation) && isJob(operation);

export const VERCEL_AI: Dialect = {
  calls: [{ key: AI_OPERATION, says: isCall }],
  around: [{ key: AI_OPERATION, says: (operation) => !isCall(operation) }],
  tries: [{ key: AI_OPERATION, says: isCall }],
  holders: [{ key: AI_OPERATION, says: (operation) => !isCall(operation) && !isApart(operation) }],
  apart: [{ key: AI_OPERATION, says: isApart }],
  operations: [AI_OPERATION],
  held: [AI_OPERATION],
  sites: [{ kind: 'function', key: 'ai.telemetry.functionId' }],
  finishing: [{ key: AI_OPERATION, says: (operation) => isCall(operation) && jobOf(operation) === 'chat' }],
  aliases: {
    requestModel: ['ai.model.id'],
    responseModel: ['ai.response.model'],
    provider: ['ai.model.provider'],
    inputTokens: ['ai.usage.inputTokens', 'ai.usage.promptTokens', 'ai.usage.tokens'],
    outputTokens: ['ai.usage.outputTokens', 'ai.usage.completionTokens'],
    finishReason: ['ai.response.finishReason', 'ai.finishReason'],
    promptName: ['ai.telemetry.metadata.promptName'],
    promptVersion: ['ai.telemetry.metadata.promptVersion'],
  },
  texts: [
    { key: 'ai.schema', read: fromSchemaText },
    { key: 'ai.response.providerMetadata', read: ofGateway },
  ],
  recorded: {
    asked: ['ai.schema'],
    declared: declaredBySchema,
    answered: ['ai.response.object', 'ai.response.text'],
    outputs: ([object, text]) => [{ text: object ?? text, tools: [] }],
  },
};

/** What Vercel's AI Gateway charged, in US dollars, stands in the metadata of the answer: https://vercel.com/docs/ai-gateway. */
function ofGateway(text: string): TextFacts {
  return { costAmount: numberOf(jsonObject(jsonObject(text)?.gateway)?.cost) };
}
