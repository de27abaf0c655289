/**
 * A local server that speaks the Bedrock runtime: Converse and InvokeModel, whole and as event streams, for Claude, Nova and Llama. Give
 * its `url` to the clients as endpoint. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html
 */
import { messagesReply, messageText } from '../anthropic/messages.ts';
import { type Composed, compose, pieces } from '../compose.ts';
import { exampleOf } from '../example-of.ts';
import { field } from '../field.ts';
import type { RecordedRequest } from '../request.ts';
import { type ProviderServer, type Reply, type ServerOptions, startServer } from '../server.ts';
import type { Answer, Failure, FailureReason } from '../steps.ts';
import { event, exception } from './event-stream.ts';

/** Starts it on the loopback address, on a free port unless one is given. */
export function startBedrock(options: ServerOptions = {}): Promise<ProviderServer> {
  return startServer({ render, http2: true }, options);
}

const PATH = /^\/model\/([^/]+)\/(converse|converse-stream|invoke|invoke-with-response-stream)$/;
const STREAM_TYPE = 'application/vnd.amazon.eventstream';

function render(request: RecordedRequest, outcome: Answer | Failure): Reply | undefined {
  const [, encoded, method] = PATH.exec(request.path) ?? [];
  if (encoded === undefined || request.method !== 'POST') return undefined;
  if (outcome.kind === 'failure') return errorReply(outcome.reason);
  const model = decodeURIComponent(encoded);
  const asked = { ...request, body: { ...request.body, model } };
  const composed = compose(asked, outcome, sample(asked));
  switch (method) {
    case 'converse':
      return { status: 200, body: converse(composed) };
    case 'converse-stream':
      return stream(converseEvents(composed).map(([type, payload]) => event(type, payload)));
    case 'invoke':
      return { status: 200, body: invoked(asked, composed, false)[0] };
    default:
      return stream(invoked(asked, composed, true).map((chunk) => event('chunk', { bytes: base64(chunk), p: 'abc' })));
  }
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

function stream(events: readonly Buffer[]): Reply {
  const errorEvent = exception('modelStreamErrorException', 'The model failed while it was streaming.');
  return {
    status: 200,
    headers: { 'content-type': STREAM_TYPE, 'x-amzn-bedrock-content-type': 'application/json' },
    events,
    errorEvent,
  };
}

function sample(request: RecordedRequest): string {
  const format = field(field(request.body.outputConfig, 'textFormat'), 'structure');
  const schema = field(field(format, 'jsonSchema'), 'schema');
  return typeof schema === 'string' ? JSON.stringify(exampleOf(JSON.parse(schema))) : messageText(request);
}

const STOPS: Readonly<Record<Composed['finish'], string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'content_filtered',
  refusal: 'guardrail_intervened',
};

function usage({ tokens }: Composed): Record<string, unknown> {
  const { input, output, cachedInput, cacheWrite } = tokens;
  return {
    inputTokens: input - cachedInput - cacheWrite,
    outputTokens: output,
    totalTokens: input + output,
    cacheReadInputTokens: cachedInput,
    cacheWriteInputTokens: cacheWrite,
  };
}

function converse(composed: Composed): Record<string, unknown> {
  const calls = composed.toolCalls.map(({ id, name, arguments: input }) => ({
    toolUse: { toolUseId: id, name, input },
  }));
  const content = [...(composed.text === '' ? [] : [{ text: composed.text }]), ...calls];
  return {
    output: { message: { role: 'assistant', content } },
    stopReason: STOPS[composed.finish],
    usage: usage(composed),
    metrics: { latencyMs: 321 },
  };
}

function converseEvents(composed: Composed): readonly (readonly [type: string, payload: unknown])[] {
  const texts = pieces(composed.text).map(
    (text) => ['contentBlockDelta', { contentBlockIndex: 0, delta: { text } }] as const,
  );
  const calls = composed.toolCalls.flatMap(({ id, name, arguments: input }, index) => {
    const at = { contentBlockIndex: index + 1 };
    return [
      ['contentBlockStart', { ...at, start: { toolUse: { toolUseId: id, name } } }],
      ['contentBlockDelta', { ...at, delta: { toolUse: { input: JSON.stringify(input) } } }],
      ['contentBlockStop', at],
    ] as const;
  });
  return [
    ['messageStart', { role: 'assistant' }],
    ...texts,
    ...(texts.length > 0 ? [['contentBlockStop', { contentBlockIndex: 0 }] as const] : []),
    ...calls,
    ['messageStop', { stopReason: STOPS[composed.finish] }],
    ['metadata', { usage: usage(composed), metrics: { latencyMs: 321 } }],
  ];
}

/** The model's own API: one body, or its chunks. */
function invoked(request: RecordedRequest, composed: Composed, streamed: boolean): readonly unknown[] {
  const { model } = composed;
  if (model.includes('titan-embed')) return [{ embedding: [0.25, -0.5], inputTextTokenCount: composed.tokens.input }];
  if (model.includes('meta.')) return streamed ? llamaChunks(composed) : [llama(composed, composed.text, true)];
  if (model.includes('amazon.')) {
    return streamed ? converseEvents(composed).map(([type, payload]) => ({ [type]: payload })) : [converse(composed)];
  }
  const own = { ...composed, model: model.replace(/^.*anthropic\./, '').replace(/-v\d+:\d+$/, '') };
  const reply = messagesReply({ ...request, body: { ...request.body, stream: streamed } }, own, {});
  if (!streamed) return [reply.body];
  return (reply.events ?? []).map((each) => JSON.parse(/^data: (.*)$/m.exec(String(each))?.[1] ?? '{}'));
}

function llama(composed: Composed, generation: string, last: boolean): Record<string, unknown> {
  return {
    generation,
    prompt_token_count: composed.tokens.input,
    generation_token_count: composed.tokens.output,
    stop_reason: last ? (composed.finish === 'length' ? 'length' : 'stop') : null,
  };
}

function llamaChunks(composed: Composed): readonly unknown[] {
  return [...pieces(composed.text).map((text) => llama(composed, text, false)), llama(composed, '', true)];
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html */
const ERRORS: Readonly<Record<FailureReason, readonly [status: number, type: string, message: string]>> = {
  bad_request: [400, 'ValidationException', 'Malformed input request, please reformat your input and try again.'],
  authentication: [403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'],
  permission: [403, 'AccessDeniedException', "You don't have access to the model with the specified model ID."],
  model_not_found: [
    404,
    'ResourceNotFoundException',
    'Could not resolve the foundation model from the model identifier.',
  ],
  rate_limit: [429, 'ThrottlingException', 'Too many requests, please wait before trying again.'],
  insufficient_quota: [
    400,
    'ServiceQuotaExceededException',
    'Your request exceeds the service quota for your account.',
  ],
  server_error: [500, 'InternalServerException', 'The system encountered an unexpected error.'],
  unavailable: [503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.'],
  overloaded: [503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.'],
};

function errorReply(reason: FailureReason): Reply {
  const [status, type, message] = ERRORS[reason];
  return { status, headers: { 'x-amzn-errortype': type, 'x-amzn-requestid': '0000' }, body: { message } };
}
