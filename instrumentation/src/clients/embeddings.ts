/** `embeddings.create`: body in, request and answer out. It has no stream and no schema. */

import { count, fields, list, text } from '../base/read.ts';
import type { AnswerFormat, CallAnswer, CallRequest, Operation } from '../types/call.ts';
import { answerBilling, reportedCost, requestBilling } from './billing.ts';
import { declaringBody } from './declared-lists.ts';
import { endpointOf } from './endpoint.ts';
import { ended, typeOfError } from './finish.ts';
import { signalOf } from './request-parts.ts';

const EMBEDDINGS: AnswerFormat = {
  isAnswer: (value) => 'embedding' in fields(list(fields(value).data)[0]),
  answer: embeddingsAnswer,
  isChunk: () => false,
  reader: () => ({ read() {}, answer: () => ({ complete: false }) }),
};

/** Reads embeddings. `library` is the provider that the client library was made for. */
export function embeddings(library: string): Operation {
  return {
    ...EMBEDDINGS,
    request: (resource, body, options) => embeddingsRequest(resource, body, options, library),
    declaring: declaringBody,
  };
}

function embeddingsRequest(
  resource: unknown,
  body: unknown,
  options: unknown,
  library: string,
): CallRequest | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  return {
    operation: 'embeddings',
    ...endpointOf(fields(resource)._client, library),
    model: text(fields(body).model),
    stream: false,
    outputType: undefined,
    schema: undefined,
    systemPrompt: undefined,
    signal: signalOf(options),
    billing: requestBilling(body),
  };
}

function embeddingsAnswer(body: unknown): CallAnswer {
  const { model, data, usage, error } = fields(body);
  const input = count(fields(usage).prompt_tokens);
  return {
    // The API has no word for a good end: the vectors are there, or not.
    ...ended(list(data).length > 0 ? 'success' : 'error'),
    model: text(model),
    usage: input === undefined ? undefined : { input },
    usageCost: reportedCost(usage),
    billing: answerBilling(body),
    errorType: typeOfError(error),
  };
}
