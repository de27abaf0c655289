/** `embeddings.create`: body in, request and answer out. It has no stream and no schema. */
import { answerBilling, reportedCost, requestBilling } from './billing.ts';
import type { CallAnswer, CallRequest, Operation } from './call.ts';
import { signalOf } from './chat-completions.ts';
import { endpointOf } from './endpoint.ts';
import { count, fields, list, text } from './read.ts';

/** Reads embeddings. `library` is the provider that the client library was made for. */
export function embeddings(library: string): Operation {
  return {
    request: (resource, body, options) => embeddingsRequest(resource, body, options, library),
    answer: embeddingsAnswer,
    reader: () => ({ read() {}, answer: () => ({ complete: false }) }),
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
  const { model, data, usage } = fields(body);
  const input = count(fields(usage).prompt_tokens);
  return {
    model: text(model),
    usage: input === undefined ? undefined : { input },
    usageCost: reportedCost(usage),
    billing: answerBilling(body),
    complete: list(data).length > 0,
  };
}
