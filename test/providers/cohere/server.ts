/** A local server that speaks Cohere's second API: give its `url` to the client as base URL. https://docs.cohere.com/v2/reference/chat */
import { type Composed, compose, pieces } from '../compose.ts';
import { exampleOf } from '../example-of.ts';
import { field } from '../field.ts';
import type { RecordedRequest } from '../request.ts';
import { type ProviderServer, type Reply, type ServerOptions, startServer } from '../server.ts';
import type { Answer, Failure, FailureReason } from '../steps.ts';

/** Starts it on the loopback address, on a free port unless one is given. */
export function startCohere(options: ServerOptions = {}): Promise<ProviderServer> {
  return startServer({ render }, options);
}

function render(request: RecordedRequest, outcome: Answer | Failure): Reply | undefined {
  if (request.method !== 'POST') return undefined;
  if (outcome.kind === 'failure') return errorReply(outcome.reason);
  const composed = compose(request, outcome, sample(request));
  switch (request.path.split('?', 1)[0]) {
    case '/v2/chat':
      return request.body.stream === true ? stream(composed) : { status: 200, body: whole(composed) };
    case '/v2/embed':
      return { status: 200, body: vectors(request, composed) };
    default:
      return undefined;
  }
}

function sample(request: RecordedRequest): string {
  const schema = field(request.body.response_format, 'json_schema');
  return schema === undefined ? 'Hello! How can I help you today?' : JSON.stringify(exampleOf(schema));
}

const WORDS: Readonly<Record<Composed['finish'], string>> = {
  stop: 'COMPLETE',
  length: 'MAX_TOKENS',
  tool_calls: 'TOOL_CALL',
  content_filter: 'ERROR',
  refusal: 'COMPLETE',
};

function usage({ tokens }: Composed): unknown {
  const billed = { input_tokens: tokens.input, output_tokens: tokens.output };
  return {
    billed_units: billed,
    tokens: { input_tokens: tokens.input + 66, output_tokens: tokens.output },
    cached_tokens: tokens.cachedInput,
  };
}

function whole(composed: Composed): unknown {
  const called = composed.toolCalls.map(({ id, name, arguments: input }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }));
  return {
    id: `cohere-${composed.id}`,
    message: {
      role: 'assistant',
      ...(composed.text === '' ? {} : { content: [{ type: 'text', text: composed.text }] }),
      ...(called.length > 0 ? { tool_calls: called } : {}),
    },
    finish_reason: WORDS[composed.finish],
    usage: usage(composed),
  };
}

const event = (type: string, more: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;

function stream(composed: Composed): Reply {
  const events = [
    event('message-start', {
      id: `cohere-${composed.id}`,
      delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
    }),
    event('content-start', { index: 0, delta: { message: { content: { type: 'text', text: '' } } } }),
    ...pieces(composed.text).map((text) =>
      event('content-delta', { index: 0, delta: { message: { content: { text } } } }),
    ),
    event('content-end', { index: 0 }),
    event('message-end', { delta: { finish_reason: WORDS[composed.finish], usage: usage(composed) } }),
    'data: [DONE]\n\n',
  ];
  const failed = event('message-end', {
    delta: { finish_reason: 'ERROR', error: 'internal server error', usage: null },
  });
  return { status: 200, events, errorEvent: failed };
}

function vectors(request: RecordedRequest, composed: Composed): unknown {
  const texts = Array.isArray(request.body.texts) ? request.body.texts : [];
  return {
    id: `cohere-${composed.id}`,
    embeddings: { float: texts.map(() => [0.25, -0.5]) },
    texts,
    meta: { api_version: { version: '2' }, billed_units: { input_tokens: composed.tokens.input } },
    response_type: 'embeddings_by_type',
  };
}

/** https://docs.cohere.com/reference/errors */
const ERRORS: Readonly<Record<FailureReason, readonly [status: number, message: string]>> = {
  bad_request: [400, 'invalid request: message must be at least 1 token long or tool results must be specified.'],
  authentication: [401, 'invalid api token'],
  permission: [403, 'access denied'],
  model_not_found: [
    404,
    "model 'none' not found, make sure the correct model ID was used and that you have access to the model.",
  ],
  rate_limit: [
    429,
    "You are using a Trial key, which is limited to 20 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits at 'https://dashboard.cohere.com/api-keys'.",
  ],
  insufficient_quota: [402, 'please add a payment method to continue'],
  server_error: [500, 'internal server error'],
  unavailable: [503, 'service unavailable'],
  overloaded: [503, 'service unavailable'],
};

function errorReply(reason: FailureReason): Reply {
  const [status, message] = ERRORS[reason];
  return { status, body: { id: '00000000-0000-4000-8000-000000000000', message } };
}
