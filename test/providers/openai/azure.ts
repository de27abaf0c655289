/**
 * The same answers as Azure OpenAI gives them under /openai/deployments/{deployment}: filter results in the body, its own headers,
 * and errors in its own words: https://learn.microsoft.com/azure/ai-services/openai/reference.
 */
import { compose } from '../compose.ts';
import type { RecordedRequest } from '../request.ts';
import type { Reply } from '../server.ts';
import type { Answer, Failure, FailureReason } from '../steps.ts';
import type { Endpoint } from './endpoint.ts';

const DEPLOYMENT = /\/openai\/deployments\/([^/]+)\//;

export function isAzure(path: string): boolean {
  return DEPLOYMENT.test(path);
}

/** A deployment's name says nothing of the model behind it: a script that wants a certain one names it. */
export function azureReply(request: RecordedRequest, outcome: Answer | Failure, endpoint: Endpoint): Reply {
  const deployment = DEPLOYMENT.exec(request.path)?.[1] ?? '';
  const headers = {
    'apim-request-id': `00000000-0000-4000-8000-${String(request.number).padStart(12, '0')}`,
    'x-ms-region': 'Sweden Central',
    'x-ms-deployment-name': deployment,
    'x-ratelimit-remaining-requests': '499',
    'x-ratelimit-remaining-tokens': '29500',
  };
  if (outcome.kind === 'failure') {
    const { status, code, message } = wording(outcome.reason);
    const wait = status === 429 ? { 'retry-after': String(outcome.retryAfter ?? 1) } : {};
    return { status, headers: { ...headers, ...wait }, body: { error: { code, message } } };
  }
  const composed = compose(request, outcome, endpoint.text(request));
  const served = { ...composed, model: outcome.model ?? 'gpt-5-2025-08-07' };
  const reply = endpoint.reply(request, served, { prompt_filter_results: [], ...outcome.body });
  return { ...reply, headers: { ...headers, ...reply.headers } };
}

interface Wording {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

function wording(reason: FailureReason): Wording {
  switch (reason) {
    case 'bad_request':
      return { status: 400, code: 'BadRequest', message: 'Invalid value for messages.' };
    case 'authentication':
      return {
        status: 401,
        code: '401',
        message:
          'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
      };
    case 'permission':
      return { status: 403, code: '403', message: 'Public access is disabled. Please configure private endpoint.' };
    case 'model_not_found':
      return {
        status: 404,
        code: 'DeploymentNotFound',
        message:
          'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
      };
    case 'rate_limit':
      return {
        status: 429,
        code: '429',
        message:
          'Requests to the ChatCompletions_Create Operation have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 1 second.',
      };
    case 'insufficient_quota':
      return { status: 429, code: 'insufficient_quota', message: 'You exceeded your current quota.' };
    case 'server_error':
      return { status: 500, code: 'InternalServerError', message: 'Backend returned unexpected response.' };
    case 'unavailable':
    case 'overloaded':
      return {
        status: 503,
        code: 'ServiceUnavailable',
        message: 'The service is temporarily unable to process your request.',
      };
  }
}
