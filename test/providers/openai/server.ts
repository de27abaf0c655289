/** A local server that speaks OpenAI's API: give its `url` + `/v1` to a client as base URL. It answers what the script says. */
import { compose } from '../compose.ts';
import type { RecordedRequest } from '../request.ts';
import { type ProviderServer, type Reply, type ServerOptions, startServer } from '../server.ts';
import type { Answer, Failure } from '../steps.ts';
import { azureReply, isAzure } from './azure.ts';
import { chatReply, chatText } from './chat.ts';
import { completionsReply } from './completions.ts';
import { embeddingsReply } from './embeddings.ts';
import type { Endpoint } from './endpoint.ts';
import { openaiError } from './errors.ts';
import { responsesReply, responsesText } from './responses.ts';

const ENDPOINTS: readonly Endpoint[] = [
  { path: /\/chat\/completions$/, text: chatText, reply: chatReply },
  { path: /\/completions$/, text: () => 'Once upon a time.', reply: completionsReply },
  { path: /\/responses$/, text: responsesText, reply: responsesReply },
  { path: /\/embeddings$/, text: () => '', reply: embeddingsReply },
];

/** Starts it on the loopback address, on a free port unless one is given. */
export function startOpenAI(options: ServerOptions = {}): Promise<ProviderServer> {
  return startServer({ render: renderOpenAI }, options);
}

/** The same API as Groq serves it: under /openai/v1, with its own timings in the usage. The client's base URL is the `url` alone. */
export function startGroq(options: ServerOptions = {}): Promise<ProviderServer> {
  return startServer(
    {
      render: (request, outcome) =>
        request.path.startsWith('/openai/v1/') ? renderOpenAI(request, asGroq(request, outcome)) : undefined,
    },
    options,
  );
}

function asGroq(request: RecordedRequest, outcome: Answer | Failure): Answer | Failure {
  if (outcome.kind === 'failure') return outcome;
  const timings = { queue_time: 0.01, prompt_time: 0.002, completion_time: 0.04, total_time: 0.042 };
  return {
    ...outcome,
    usage: { ...timings, ...outcome.usage },
    body: { x_groq: { id: `req_${request.number}` }, service_tier: 'on_demand', ...outcome.body },
  };
}

/** What the API answers to one request. */
export function renderOpenAI(request: RecordedRequest, outcome: Answer | Failure): Reply | undefined {
  const path = request.path.split('?', 1)[0] ?? '';
  const endpoint = ENDPOINTS.find((each) => each.path.test(path));
  if (endpoint === undefined || request.method !== 'POST') return undefined;
  if (isAzure(path)) return azureReply(request, outcome, endpoint);
  const reply =
    outcome.kind === 'failure'
      ? openaiError(request, outcome)
      : endpoint.reply(request, compose(request, outcome, endpoint.text(request)), outcome.body ?? {});
  return { ...reply, headers: { ...commonHeaders(request), ...reply.headers } };
}

function commonHeaders(request: RecordedRequest): Record<string, string> {
  return {
    'x-request-id': `req_${request.number.toString(16).padStart(32, '0')}`,
    'openai-organization': 'org-local',
    'openai-processing-ms': '42',
    'openai-version': '2020-10-01',
    'x-ratelimit-limit-requests': '500',
    'x-ratelimit-limit-tokens': '30000',
    'x-ratelimit-remaining-requests': '499',
    'x-ratelimit-remaining-tokens': '29500',
    'x-ratelimit-reset-requests': '120ms',
    'x-ratelimit-reset-tokens': '1s',
  };
}
