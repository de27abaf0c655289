/** Anthropic's error answers: https://docs.claude.com/en/api/errors. */
import type { RecordedRequest } from '../request.ts';
import type { Reply } from '../server.ts';
import type { Failure, FailureReason } from '../steps.ts';

interface Wording {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

export function anthropicError(request: RecordedRequest, failure: Failure, requestId: string): Reply {
  const { status, type, message } = wording(failure.reason, String(request.body.model ?? ''));
  const headers: Record<string, string> = {};
  if (failure.reason === 'rate_limit') headers['retry-after'] = String(failure.retryAfter ?? 1);
  else if (failure.retryAfter !== undefined) headers['retry-after'] = String(failure.retryAfter);
  // The real API says itself which answers are worth a retry.
  headers['x-should-retry'] = String(status === 429 || status >= 500);
  return { status, headers, body: { type: 'error', error: { type, message }, request_id: requestId } };
}

function wording(reason: FailureReason, model: string): Wording {
  switch (reason) {
    case 'bad_request':
      return { status: 400, type: 'invalid_request_error', message: 'messages: at least one message is required' };
    case 'authentication':
      return { status: 401, type: 'authentication_error', message: 'invalid x-api-key' };
    case 'permission':
      return {
        status: 403,
        type: 'permission_error',
        message: 'Your API key does not have permission to use the specified resource.',
      };
    case 'model_not_found':
      return { status: 404, type: 'not_found_error', message: `model: ${model}` };
    case 'rate_limit':
      return {
        status: 429,
        type: 'rate_limit_error',
        message: 'This request would exceed the rate limit for your organization of 50,000 input tokens per minute.',
      };
    case 'insufficient_quota':
      return {
        status: 400,
        type: 'invalid_request_error',
        message:
          'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
      };
    case 'server_error':
      return { status: 500, type: 'api_error', message: 'Internal server error' };
    case 'unavailable':
      return { status: 503, type: 'api_error', message: 'Service unavailable' };
    case 'overloaded':
      return { status: 529, type: 'overloaded_error', message: 'Overloaded' };
  }
}
