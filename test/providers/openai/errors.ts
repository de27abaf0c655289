/** OpenAI's error answers: https://platform.openai.com/docs/guides/error-codes, as the API really words them. */
import type { RecordedRequest } from '../request.ts';
import type { Reply } from '../server.ts';
import type { Failure, FailureReason } from '../steps.ts';

interface Wording {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param?: string;
  readonly message: string;
}

export function openaiError(request: RecordedRequest, failure: Failure): Reply {
  const { status, message, type, param, code } = wording(failure.reason, String(request.body.model ?? ''));
  const headers: Record<string, string> = {};
  if (failure.reason === 'rate_limit') {
    const seconds = failure.retryAfter ?? 1;
    headers['retry-after'] = String(seconds);
    headers['retry-after-ms'] = String(seconds * 1000);
    headers['x-ratelimit-remaining-tokens'] = '0';
    headers['x-ratelimit-reset-tokens'] = `${seconds}s`;
  } else if (failure.retryAfter !== undefined) {
    headers['retry-after'] = String(failure.retryAfter);
  }
  return { status, headers, body: { error: { message, type, param: param ?? null, code } } };
}

function wording(reason: FailureReason, model: string): Wording {
  switch (reason) {
    case 'bad_request':
      return {
        status: 400,
        type: 'invalid_request_error',
        code: 'invalid_value',
        param: 'messages[0].role',
        message:
          "Invalid value: 'narrator'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
      };
    case 'authentication':
      return {
        status: 401,
        type: 'invalid_request_error',
        code: 'invalid_api_key',
        message:
          'Incorrect API key provided: sk-local. You can find your API key at https://platform.openai.com/account/api-keys.',
      };
    case 'permission':
      return {
        status: 403,
        type: 'request_forbidden',
        code: 'unsupported_country_region_territory',
        message: 'Country, region, or territory not supported',
      };
    case 'model_not_found':
      return {
        status: 404,
        type: 'invalid_request_error',
        code: 'model_not_found',
        message: `The model \`${model}\` does not exist or you do not have access to it.`,
      };
    case 'rate_limit':
      return {
        status: 429,
        type: 'tokens',
        code: 'rate_limit_exceeded',
        message: `Rate limit reached for ${model} in organization org-local on tokens per min (TPM): Limit 30000, Used 30000, Requested 500. Please try again in 1s. Visit https://platform.openai.com/account/rate-limits to learn more.`,
      };
    case 'insufficient_quota':
      return {
        status: 429,
        type: 'insufficient_quota',
        code: 'insufficient_quota',
        message:
          'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
      };
    case 'server_error':
      return {
        status: 500,
        type: 'server_error',
        code: null,
        message: 'The server had an error while processing your request. Sorry about that!',
      };
    case 'unavailable':
    case 'overloaded':
      return {
        status: 503,
        type: 'server_error',
        code: null,
        message: 'The engine is currently overloaded, please try again later',
      };
  }
}
