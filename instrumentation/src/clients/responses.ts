/**
 * `responses.create` of openai: body and events in, request and answer out. A stream's last event holds the whole answer, so
 * nothing is gathered before it.
 */
import { answerBilling, reportedCost, requestBilling } from './billing.ts';
import type { AnswerReader, CallAnswer, CallRequest, Operation, TokenUsage } from './call.ts';
import { outputType, schemaOf, signalOf, systemPrompt } from './chat-completions.ts';
import { endpointOf } from './endpoint.ts';
import { count, fields, list, text } from './read.ts';
import { streamSource } from './stream-source.ts';

/** Reads responses. `library` is the provider that the client library was made for. */
export function responses(library: string): Operation {
  return {
    request: (resource, body, options) => responsesRequest(resource, body, options, library),
    answer: responsesAnswer,
    reader: responsesReader,
  };
}

function responsesRequest(
  resource: unknown,
  body: unknown,
  options: unknown,
  library: string,
): CallRequest | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { model, instructions, input, stream, text: output } = fields(body);
  const format = fields(fields(output).format);
  return {
    operation: 'chat',
    ...endpointOf(fields(resource)._client, library),
    model: text(model),
    stream: stream === true,
    outputType: outputType(format.type),
    schema: format.type === 'json_schema' ? schemaOf(format.schema) : undefined,
    systemPrompt: text(instructions) ?? systemPrompt(input),
    signal: signalOf(options),
    billing: requestBilling(body),
  };
}

function responsesAnswer(body: unknown, request: CallRequest): CallAnswer {
  const { id, model, status, incomplete_details, error, output, usage } = fields(body);
  const parts = list(output).flatMap((item) => list(fields(item).content).map((part) => fields(part)));
  const refusals = parts.filter(({ type }) => type === 'refusal');
  const texts = parts.filter(({ type }) => type === 'output_text').map((part) => text(part.text) ?? '');
  const reason = text(fields(incomplete_details).reason);
  return {
    id: text(id),
    model: text(model),
    // The API has no finish reason of its own: its status, and why it is incomplete, say the same.
    finishReasons: reason === undefined ? [text(status) ?? 'completed'] : [reason],
    usage: responsesUsage(usage),
    usageCost: reportedCost(usage),
    billing: answerBilling(body),
    refused: reason === 'content_filter' || (refusals.length > 0 && texts.length === 0),
    truncated: reason === 'max_output_tokens',
    text: request.schema === undefined || texts.length === 0 ? undefined : texts.join(''),
    complete: status !== 'failed' && status !== 'cancelled',
    // In the background: the answer is not there yet, and comes by another way.
    pending: status === 'queued' || status === 'in_progress',
    errorType: status === 'failed' ? text(fields(error).code) : undefined,
  };
}

function responsesReader(request: CallRequest): AnswerReader {
  let answer: CallAnswer = { complete: false };
  const source = streamSource();
  return {
    read(event) {
      const { type, response } = fields(event);
      if (response !== undefined) source.saw(text(fields(response).id), text(fields(response).model));
      switch (type) {
        case 'response.created':
          answer = { ...responsesAnswer(response, request), complete: false, pending: false, finishReasons: [] };
          break;
        case 'response.completed':
        case 'response.incomplete':
        case 'response.failed':
          answer = responsesAnswer(response, request);
          break;
      }
    },
    answer: () => ({ ...answer, ...source.answered() }),
  };
}

function responsesUsage(usage: unknown): TokenUsage | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined;
  const { input_tokens, output_tokens, input_tokens_details, output_tokens_details } = fields(usage);
  return {
    input: count(input_tokens),
    output: count(output_tokens),
    cacheRead: count(fields(input_tokens_details).cached_tokens),
    cacheWrite: count(fields(input_tokens_details).cache_write_tokens),
    reasoning: count(fields(output_tokens_details).reasoning_tokens),
  };
}
