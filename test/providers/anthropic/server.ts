/** A local server that speaks Anthropic's Messages API: give its `url` to a client as base URL. It answers what the script says. */
import { compose } from '../compose.ts';
import type { RecordedRequest } from '../request.ts';
import { type ProviderServer, type Reply, type ServerOptions, startServer } from '../server.ts';
import type { Answer, Failure } from '../steps.ts';
import { anthropicError } from './errors.ts';
import { messagesReply, messageText } from './messages.ts';

/** Starts it on the loopback address, on a free port unless one is given. */
export function startAnthropic(options: ServerOptions = {}): Promise<ProviderServer> {
  return startServer({ render: renderAnthropic }, options);
}

/** As Google serves it: the model stands in the path. https://docs.claude.com/en/api/claude-on-vertex-ai */
const VERTEX = /\/publishers\/anthropic\/models\/([^/:]+):(?:stream)?[rR]awPredict$/;

function renderAnthropic(request: RecordedRequest, outcome: Answer | Failure): Reply | undefined {
  const path = request.path.split('?', 1)[0] ?? '';
  const onVertex = VERTEX.exec(path);
  if (onVertex !== null)
    return renderAnthropic(
      { ...request, path: '/v1/messages', body: { ...request.body, model: onVertex[1] } },
      outcome,
    );
  if (request.method !== 'POST' || !path.endsWith('/v1/messages')) return undefined;
  const requestId = `req_${request.number.toString(16).padStart(24, '0')}`;
  const reply =
    outcome.kind === 'failure'
      ? anthropicError(request, outcome, requestId)
      : messagesReply(request, compose(request, outcome, messageText(request)), outcome.body ?? {});
  return {
    ...reply,
    headers: {
      'request-id': requestId,
      'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '49',
      ...reply.headers,
    },
  };
}
