/** `responses.create` of openai: body and events in, request and answer out. A stream's last event holds the whole answer. */
import { type FinishOutcome, finishOutcome, worseFinish } from '@warmspare/semconv';
import { count, fields, list, text } from '../base/read.ts';
import type { AnswerFormat, AnswerReader, CallAnswer, CallRequest, Operation, TokenUsage } from '../types/call.ts';
import { answerBilling, reportedCost, requestBilling } from './billing.ts';
import { declaringBody } from './declared-lists.ts';
import { endpointOf } from './endpoint.ts';
import { type EndSigns, ended, finishOf, isError, typeOfError } from './finish.ts';
import { forcedByChoice, forcedTool, outputType, schemaOf, signalOf, systemPrompt, textOf } from './request-parts.ts';
import { streamSource } from './stream-source.ts';

/** https://platform.openai.com/docs/api-reference/responses/object */
const RESPONSES: AnswerFormat = {
  isAnswer: isResponse,
  answer: responsesAnswer,
  isChunk: (value) => text(fields(value).type)?.startsWith('response.') === true,
  reader: responsesReader,
};

/** Reads responses. `library` is the provider that the client library was made for. */
export function responses(library: string): Operation {
  return {
    ...RESPONSES,
    request: (resource, body, options) => responsesRequest(resource, body, options, library),
    declaring: declaringBody,
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
  const forced = toolOf(body);
  return {
    operation: 'chat',
    ...endpointOf(fields(resource)._client, library),
    model: text(model),
    stream: stream === true,
    outputType: outputType(format.type),
    schema: forced?.schema ?? (format.type === 'json_schema' ? schemaOf(format.schema) : undefined),
    schemaTool: forced?.schemaTool,
    systemPrompt: text(instructions) ?? systemPrompt(input),
    signal: signalOf(options),
    billing: requestBilling(body),
  };
}

function toolOf(body: unknown): ReturnType<typeof forcedTool> {
  const { tools, tool_choice } = fields(body);
  const choice = forcedByChoice(tool_choice);
  if (choice === undefined) return undefined;
  const described = list(tools).map((tool) => ({
    name: text(fields(tool).name),
    schema: schemaOf(fields(tool).parameters),
  }));
  return forcedTool(described, choice.name);
}

type Fields = ReturnType<typeof fields>;

function isResponse(value: unknown): boolean {
  const body = fields(value);
  return body.object === 'response' && ('output' in body || 'status' in body);
}

function responsesAnswer(body: unknown, output: boolean): CallAnswer {
  return readResponse(fields(body), list(fields(body).output), output);
}

/** The items are apart: a stream may have sent them before its last event. */
function readResponse(body: Fields, items: readonly unknown[], output: boolean): CallAnswer {
  const { id, model, status, incomplete_details, error, usage } = body;
  const reason = text(fields(incomplete_details).reason);
  const parts = items.flatMap((item) => list(fields(item).content));
  return {
    ...ended(endOf(text(status), reason, { ...signsOf(items, parts), failed: isError(error) })),
    id: text(id),
    model: text(model),
    // The API has no finish reason of its own: its status, and why it is incomplete, say the same.
    finishReasons: [reason ?? text(status)].filter((word) => word !== undefined),
    usage: responsesUsage(usage),
    usageCost: reportedCost(usage),
    billing: answerBilling(body),
    errorType: typeOfError(error),
    text: output ? textOf(parts.filter(isText), '') : undefined,
    toolInputs: output ? items.filter(isCall).map(toolInput) : undefined,
  };
}

function signsOf(items: readonly unknown[], parts: readonly unknown[]): Omit<EndSigns, 'failed'> {
  return { produced: items.length > 0, refused: parts.some((part) => fields(part).type === 'refusal') };
}

/** An incomplete response is that, whatever its reason; a reason may make it worse. */
function endOf(status: string | undefined, reason: string | undefined, signs: EndSigns): FinishOutcome {
  const finish = finishOf(status, signs);
  return reason === undefined ? finish : worseFinish(finish, finishOutcome(reason));
}

const isText = (part: unknown): boolean => fields(part).type === 'output_text';
const isCall = (item: unknown): boolean => fields(item).type === 'function_call';

function toolInput(item: unknown): { readonly name: string | undefined; readonly input: unknown } {
  const { name, arguments: input } = fields(item);
  return { name: text(name), input };
}

function responsesReader(output: boolean): AnswerReader {
  const source = streamSource();
  let last: Fields = {};
  let ending = false;
  let failure: unknown;
  const items: unknown[] = [];
  return {
    read(event) {
      const { type, response, item, error } = fields(event);
      if (response !== undefined) source.saw(text(fields(response).id), text(fields(response).model));
      switch (type) {
        case 'response.created':
          last = fields(response);
          break;
        case 'response.output_item.done':
          items.push(item);
          break;
        case 'response.completed':
        case 'response.incomplete':
        case 'response.failed':
        case 'response.cancelled':
          last = fields(response);
          ending = true;
          break;
        case 'error':
          failure ??= error ?? event;
          break;
      }
    },
    answer() {
      // Some servers leave out of the last event what they sent before.
      const whole = list(last.output).length > 0 ? list(last.output) : items;
      const answer = readResponse(failure === undefined ? last : { ...last, error: failure }, whole, output);
      const unended = { ...ended(failure === undefined ? undefined : 'error'), finishReasons: [] };
      return { ...answer, ...(ending ? {} : unended), ...source.answered() };
    },
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
