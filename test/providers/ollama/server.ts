/** A local server that speaks Ollama's API: give its `url` to the client as host. Its streams are lines of JSON. https://docs.ollama.com/api */
import { type Composed, compose, pieces } from '../compose.ts';
import { exampleOf } from '../example-of.ts';
import type { RecordedRequest } from '../request.ts';
import { type ProviderServer, type Reply, type ServerOptions, startServer } from '../server.ts';
import type { Answer, Failure, FailureReason } from '../steps.ts';

/** Starts it on the loopback address, on a free port unless one is given. */
export function startOllama(options: ServerOptions = {}): Promise<ProviderServer> {
  return startServer({ render }, options);
}

function render(request: RecordedRequest, outcome: Answer | Failure): Reply | undefined {
  if (request.method !== 'POST') return undefined;
  if (outcome.kind === 'failure') return errorReply(outcome.reason, String(request.body.model ?? ''));
  const composed = compose(request, outcome, sample(request));
  const { path } = request;
  if (path === '/api/embed') {
    const embeddings = {
      model: composed.model,
      embeddings: [[0.25, -0.5]],
      total_duration: 14_143_917,
      load_duration: 1_019_500,
    };
    return { status: 200, body: { ...embeddings, prompt_eval_count: composed.tokens.input } };
  }
  if (path !== '/api/chat' && path !== '/api/generate') return undefined;
  const part = path === '/api/chat' ? message : response;
  // The server streams unless it is told not to.
  if (request.body.stream === false)
    return { status: 200, body: { ...part(composed, composed.text, true), ...end(composed) } };
  const lines = [
    ...pieces(composed.text).map((text) => line(part(composed, text, false))),
    line({ ...part({ ...composed, text: '' }, '', true), ...end(composed) }),
  ];
  return {
    status: 200,
    headers: { 'content-type': 'application/x-ndjson' },
    events: lines,
    errorEvent: line({ error: 'an error was encountered while running the model: unexpected EOF' }),
  };
}

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
const CREATED = '2026-01-01T00:00:00Z';

function sample(request: RecordedRequest): string {
  const { format } = request.body;
  return typeof format === 'object' ? JSON.stringify(exampleOf(format)) : 'Hello! How can I help you today?';
}

function message({ model, toolCalls }: Composed, content: string, done: boolean): Record<string, unknown> {
  const called = toolCalls.map(({ name, arguments: input }) => ({ function: { name, arguments: input } }));
  const calls = done && called.length > 0 ? { tool_calls: called } : {};
  return { model, created_at: CREATED, message: { role: 'assistant', content, ...calls }, done };
}

function response({ model }: Composed, text: string, done: boolean): Record<string, unknown> {
  return { model, created_at: CREATED, response: text, done };
}

function end({ finish, tokens }: Composed): Record<string, unknown> {
  return {
    done_reason: finish === 'length' ? 'length' : 'stop',
    total_duration: 4_883_583_458,
    load_duration: 1_334_875,
    prompt_eval_count: tokens.input,
    prompt_eval_duration: 342_546_000,
    eval_count: tokens.output,
    eval_duration: 4_535_599_000,
  };
}

/** https://docs.ollama.com/api/errors */
function errorReply(reason: FailureReason, model: string): Reply {
  switch (reason) {
    case 'model_not_found':
      return { status: 404, body: { error: `model '${model}' not found` } };
    case 'bad_request':
      return { status: 400, body: { error: 'missing request body' } };
    case 'authentication':
      return { status: 401, body: { error: 'unauthorized' } };
    case 'permission':
      return { status: 403, body: { error: 'this model requires a subscription' } };
    case 'rate_limit':
    case 'insufficient_quota':
      return { status: 429, body: { error: 'too many requests' } };
    case 'server_error':
      return { status: 500, body: { error: 'llama runner process has terminated: exit status 2' } };
    case 'unavailable':
    case 'overloaded':
      return { status: 503, body: { error: 'server busy, please try again.  maximum pending requests exceeded' } };
  }
}
