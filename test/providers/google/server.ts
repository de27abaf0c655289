/** A local server that speaks the Gemini API: give its `url` to Google's clients as base URL. https://ai.google.dev/api/generate-content */
import { type Composed, compose, pieces } from '../compose.ts';
import { exampleOf } from '../example-of.ts';
import { field } from '../field.ts';
import type { RecordedRequest } from '../request.ts';
import { type ProviderServer, type Reply, type ServerOptions, startServer } from '../server.ts';
import type { Answer, Failure, FailureReason } from '../steps.ts';

/** Starts it on the loopback address, on a free port unless one is given. */
export function startGoogle(options: ServerOptions = {}): Promise<ProviderServer> {
  return startServer({ render }, options);
}

const PATH = /\/models\/([^/:]+):(generateContent|streamGenerateContent|batchEmbedContents|embedContent)(?:\?|$)/;

function render(request: RecordedRequest, outcome: Answer | Failure): Reply | undefined {
  const [, model, method] = PATH.exec(request.path) ?? [];
  if (model === undefined || request.method !== 'POST') return undefined;
  if (outcome.kind === 'failure') return errorReply(outcome.reason, model);
  if (method === 'batchEmbedContents') return { status: 200, body: { embeddings: [{ values: [0.25, -0.5] }] } };
  if (method === 'embedContent') return { status: 200, body: { embedding: { values: [0.25, -0.5] } } };
  const composed = compose({ ...request, body: { ...request.body, model } }, outcome, sample(request));
  const extra = outcome.body ?? {};
  if (method === 'generateContent') return { status: 200, body: { ...whole(composed), ...extra } };
  return {
    status: 200,
    events: chunks(composed).map((chunk) => data({ ...chunk, ...extra })),
    errorEvent: data(ERRORS.unavailable),
  };
}

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\r\n\r\n`;

function sample(request: RecordedRequest): string {
  const config = request.body.generationConfig;
  const schema = field(config, 'responseJsonSchema') ?? field(config, 'responseSchema');
  return schema === undefined ? 'Hello! How can I help you today?' : JSON.stringify(exampleOf(schema));
}

const WORDS: Readonly<Record<Composed['finish'], string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
  refusal: 'PROHIBITED_CONTENT',
};

function partsOf(composed: Composed): readonly unknown[] {
  const called = composed.toolCalls.map(({ name, arguments: args }) => ({ functionCall: { name, args } }));
  return [...(composed.text === '' ? [] : [{ text: composed.text }]), ...called];
}

function whole(composed: Composed): Record<string, unknown> {
  const refused = composed.finish === 'refusal' || composed.finish === 'content_filter';
  const content = refused ? {} : { content: { parts: partsOf(composed), role: 'model' } };
  return {
    candidates: [{ ...content, finishReason: WORDS[composed.finish], index: 0 }],
    ...named(composed),
    usageMetadata: usage(composed),
  };
}

/** Each chunk is a whole answer with a part of the text; the last one says why it ended. */
function chunks(composed: Composed): readonly Record<string, unknown>[] {
  const texts = pieces(composed.text).map((text) => ({ text }));
  const parts: readonly unknown[] = [...texts, ...partsOf({ ...composed, text: '' })];
  const begun = parts.map((part) => ({
    candidates: [{ content: { parts: [part], role: 'model' }, index: 0 }],
    usageMetadata: { promptTokenCount: composed.tokens.input, totalTokenCount: composed.tokens.input },
    ...named(composed),
  }));
  const last = whole({ ...composed, text: '', toolCalls: [] });
  return [...begun, last];
}

function named({ model, id }: Composed): Record<string, unknown> {
  return { modelVersion: model, responseId: `resp-${id}` };
}

function usage({ tokens, extraUsage }: Composed): Record<string, unknown> {
  return {
    promptTokenCount: tokens.input,
    candidatesTokenCount: tokens.output - tokens.reasoning,
    totalTokenCount: tokens.input + tokens.output,
    ...(tokens.cachedInput > 0 ? { cachedContentTokenCount: tokens.cachedInput } : {}),
    ...(tokens.reasoning > 0 ? { thoughtsTokenCount: tokens.reasoning } : {}),
    ...extraUsage,
  };
}

/** https://ai.google.dev/gemini-api/docs/troubleshooting */
const ERRORS: Readonly<
  Record<
    FailureReason,
    { readonly error: { readonly code: number; readonly message: string; readonly status: string } }
  >
> = {
  bad_request: error(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.'),
  authentication: error(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'),
  permission: error(403, 'PERMISSION_DENIED', 'The caller does not have permission'),
  model_not_found: error(404, 'NOT_FOUND', 'models/none is not found for API version v1beta.'),
  rate_limit: error(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).'),
  insufficient_quota: error(429, 'RESOURCE_EXHAUSTED', 'Your prepayment credits are depleted.'),
  server_error: error(500, 'INTERNAL', 'An internal error has occurred.'),
  unavailable: error(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
  overloaded: error(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
};

function error(code: number, status: string, message: string) {
  return { error: { code, message, status } };
}

function errorReply(reason: FailureReason, model: string): Reply {
  const body = ERRORS[reason];
  return { status: body.error.code, body: JSON.parse(JSON.stringify(body).replace('models/none', `models/${model}`)) };
}
