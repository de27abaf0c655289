/** `doEmbed` of the AI SDK's embedding models: options in, request and answer out. It has no stream and no schema. */
import { count, fields, list, text } from '../base/read.ts';
import { ended } from '../clients/finish.ts';
import { signalOf } from '../clients/request-parts.ts';
import type { CallAnswer, CallRequest } from '../types/call.ts';
import { placeOf } from './place.ts';
import { versionOf } from './specification.ts';

export function embeddingRequest(model: unknown, options: unknown): CallRequest | undefined {
  if (versionOf(model) === undefined) return undefined;
  return {
    operation: 'embeddings',
    ...placeOf(model),
    model: text(fields(model).modelId),
    stream: false,
    outputType: undefined,
    schema: undefined,
    systemPrompt: undefined,
    signal: signalOf({ signal: fields(options).abortSignal }),
  };
}

export function embeddingAnswer(value: unknown): CallAnswer {
  const { embeddings, usage, providerMetadata } = fields(value);
  return {
    ...ended(list(embeddings).length > 0 ? 'success' : 'error'),
    usage: usage === undefined ? undefined : { input: count(fields(usage).tokens) },
    providerMetadata,
  };
}
