/** The old `completions.create`: body and chunks in, request and answer out. It has no schema and no system prompt. */
import { answerBilling, reportedCost, requestBilling } from './billing.ts';
import type { AnswerReader, CallAnswer, CallRequest, Operation } from './call.ts';
import { chatUsage, signalOf } from './chat-completions.ts';
import { endpointOf } from './endpoint.ts';
import { fields, list, text } from './read.ts';
import { streamSource } from './stream-source.ts';

/** Reads text completions. `library` is the provider that the client library was made for. */
export function textCompletions(library: string): Operation {
  return {
    request: (resource, body, options) => textRequest(resource, body, options, library),
    answer: textAnswer,
    reader: textReader,
  };
}

function textRequest(resource: unknown, body: unknown, options: unknown, library: string): CallRequest | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { model, stream } = fields(body);
  return {
    operation: 'text_completion',
    ...endpointOf(fields(resource)._client, library),
    model: text(model),
    stream: stream === true,
    outputType: undefined,
    schema: undefined,
    systemPrompt: undefined,
    signal: signalOf(options),
    billing: requestBilling(body),
  };
}

function textAnswer(body: unknown): CallAnswer {
  const { id, model, choices, usage } = fields(body);
  const reasons = reasonsOf(choices);
  return {
    id: text(id),
    model: text(model),
    finishReasons: reasons,
    usage: chatUsage(usage),
    usageCost: reportedCost(usage),
    billing: answerBilling(body),
    refused: reasons.includes('content_filter'),
    truncated: reasons.includes('length'),
    complete: list(choices).length > 0,
  };
}

function textReader(): AnswerReader {
  let last: CallAnswer = { complete: false };
  const source = streamSource();
  return {
    read(chunk) {
      const part = textAnswer(chunk);
      source.saw(part.id, part.model);
      const reasons = [...(last.finishReasons ?? []), ...(part.finishReasons ?? [])];
      last = {
        ...source.answered(),
        finishReasons: reasons,
        usage: part.usage ?? last.usage,
        usageCost: part.usageCost ?? last.usageCost,
        billing: part.billing ?? last.billing,
        refused: reasons.includes('content_filter'),
        truncated: reasons.includes('length'),
        complete: reasons.length > 0,
      };
    },
    answer: () => last,
  };
}

function reasonsOf(choices: unknown): string[] {
  return list(choices)
    .map((choice) => text(fields(choice).finish_reason))
    .filter((reason) => reason !== undefined);
}
