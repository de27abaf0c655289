/** The error types of real clients, providers and frameworks, and what each one says. */
import { describe, expect, it, test } from 'vitest';
import {
  breaksAvailability,
  type ErrorClass,
  errorClass,
  errorInMessage,
  errorOutcome,
  errorTypeOfMessage,
  isViolationMessage,
  isWrongSignal,
  triggerOf,
  wordedErrorType,
} from './errors.ts';

const WORDS: Readonly<Partial<Record<ErrorClass, string>>> = {
  timeout: `TimeoutError APITimeoutError openai.APITimeoutError litellm.exceptions.Timeout APIConnectionTimeoutError ETIMEDOUT
    ConnectTimeout ReadTimeoutError 408 504 524 GatewayTimeout ModelTimeoutException UND_ERR_HEADERS_TIMEOUT DEADLINE_EXCEEDED
    RequestTimedOut`,
  cancelled: `AbortError APIUserAbortError CancelledError asyncio.exceptions.CancelledError TaskCancelledError GeneratorExit
    context.Canceled`,
  refused:
    'ContentFilterFinishReasonError ContentPolicyViolationError BlockedPromptException RefusalError content_filter',
  truncated: 'LengthFinishReasonError TruncatedError',
  schema_invalid: `ValidationError pydantic_core._pydantic_core.ValidationError ZodError AI_NoObjectGeneratedError
    AI_TypeValidationError OutputParserException SchemaInvalidError json_validate_failed InstructorRetryException
    dev.langchain4j.exception.OutputParsingException`,
  rate_limit:
    '429 RateLimitError openai.RateLimitError rate_limit_exceeded ThrottlingException RESOURCE_EXHAUSTED 429_too_many',
  server:
    '500 502 503 529 599 overloaded_error ModelOverloadedError InternalServerError ServiceUnavailableError UNAVAILABLE',
  connection: `ECONNRESET ECONNREFUSED APIConnectionError ConnectError botocore.exceptions.EndpointConnectionError
    aiohttp.client_exceptions.ServerDisconnectedError java.net.ConnectException CERT_HAS_EXPIRED`,
  gone: `401 403 404 410 invalid_api_key AuthenticationError litellm.AuthenticationError PermissionDeniedError AccessDeniedException
    model_not_found DeploymentNotFound ResourceNotFoundException NOT_FOUND not_found_error NotFoundError 404_not_found
    unsupported_model account_suspended`,
  credit: '402 insufficient_quota billing_hard_limit_reached billing_error BudgetExceededError out_of_credits',
  bad_request:
    '400 413 422 BadRequestError invalid_request_error context_length_exceeded ValidationException INVALID_ARGUMENT',
  breaker_open: 'EOPENBREAKER BrokenCircuitError',
  low_confidence: 'LowConfidenceError',
  cache_miss: 'CacheMissError',
  drill: 'DrillFault',
};

describe.each(Object.entries(WORDS))('%s', (found, words) => {
  it.each(words.split(/\s+/))('is what %s says', (word) => {
    expect(errorClass(word)).toBe(found);
  });
});

test('a name that nobody knows says only that the call failed', () => {
  expect(errorClass('SomethingElseError')).toBeUndefined();
  expect(errorOutcome('SomethingElseError')).toBe('error');
  expect(errorOutcome(undefined)).toBe('error');
  expect(breaksAvailability(undefined)).toBe(false);
});

test.each([
  ['APITimeoutError', 'timeout'],
  ['AbortError', 'cancelled'],
  ['ContentPolicyViolationError', 'refused'],
  ['LengthFinishReasonError', 'truncated'],
  ['ZodError', 'schema_invalid'],
  ['CacheMissError', 'miss'],
  ['RateLimitError', 'error'],
])('a call that failed with %s ended as %s', (word, outcome) => {
  expect(errorOutcome(word)).toBe(outcome);
});

test.each(['401', 'model_not_found', 'insufficient_quota', 'billing_error', 'AccessDeniedException'])(
  '%s breaks availability',
  (word) => {
    expect(breaksAvailability(word)).toBe(true);
  },
);

test.each(['429', '500', '503', '529', 'overloaded_error', 'TimeoutError', 'ECONNRESET', '400', 'Error'])(
  '%s passes by itself, or says nothing of the target',
  (word) => {
    expect(breaksAvailability(word)).toBe(false);
  },
);

test.each(['400', '422', 'context_length_exceeded', 'ValidationException', 'content_filter', 'AbortError'])(
  'a breaker must not count %s',
  (word) => {
    expect(isWrongSignal(word)).toBe(true);
  },
);

test.each(['429', '500', 'TimeoutError', '401', 'ZodError', 'unknown thing'])('a breaker may count %s', (word) => {
  expect(isWrongSignal(word)).toBe(false);
});

test.each([
  ['429', 'rate_limit'],
  ['402', 'budget'],
  ['insufficient_quota', 'budget'],
  ['504', 'timeout'],
  ['refusal', 'refusal'],
  ['ZodError', 'schema_invalid'],
  ['EOPENBREAKER', 'breaker_open'],
  ['DrillFault', 'drill'],
  ['500', 'error'],
  ['AuthenticationError', 'error'],
  ['whatever', 'error'],
] as const)('a chain leaves a target that failed with %s because of %s', (word, reason) => {
  expect(triggerOf(errorClass(word))).toBe(reason);
});

test.each([
  ['Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.', 'billing_error'],
  ['You exceeded your current quota, please check your plan and billing details.', 'insufficient_quota'],
  ['Insufficient Balance', 'billing_error'],
])('the message %j stands for a code', (message, code) => {
  expect(errorInMessage(message)).toBe(code);
  expect(breaksAvailability(code)).toBe(true);
});

test.each([
  ['BadRequestError', 'Error code: 400 - Your credit balance is too low to access the Anthropic API.', 'billing_error'],
  [undefined, 'Your credit balance is too low', 'billing_error'],
  [
    'RateLimitError',
    'Error code: 429 - You exceeded your current quota, please check your plan.',
    'insufficient_quota',
  ],
  ['429', 'Your team has used all available credits or reached its monthly spending limit.', 'billing_error'],
  ['RateLimitError', 'Rate limit reached for gpt-5', 'RateLimitError'],
  ['AuthenticationError', 'Your credit balance is too low', 'AuthenticationError'],
  ['429', 'You exceeded your current quota. Quota exceeded for metric: generate_content_free_tier_requests', '429'],
  [undefined, 'Bad gateway', undefined],
])('%s beside the message %j: %s', (type, message, expected) => {
  expect(wordedErrorType(type, message)).toBe(expected);
});

test('any other message stands for nothing', () => {
  expect(errorInMessage('messages: at least one message is required')).toBeUndefined();
});

test.each([
  'Failed to parse. Text: "{}". Error: []',
  'Failed to parse Summary from completion {"title": 1}. Got: 1 validation error for Summary',
  'Invalid json output: hello',
  'Invalid JSON provided: {}',
  'Could not parse LLM output: hello',
  '2 validation errors for Summary',
  'No object generated: response did not match schema.',
  "OutputParserException('Failed to parse')",
  'pydantic_core._pydantic_core.ValidationError: 1 validation error for Summary',
])('the message %j says that an output did not fit', (message) => {
  expect(isViolationMessage(message)).toBe(true);
});

test.each(['RateLimitError: Error code: 429', 'The server failed to parse your request', 'Request timed out.', ''])(
  'the message %j does not',
  (message) => {
    expect(isViolationMessage(message)).toBe(false);
  },
);

test.each([
  ['Error: 429 Rate limit reached for gpt-5', '429'],
  ['AuthenticationError: 401 Incorrect API key', '401'],
  ['503 upstream connect error', '503'],
  ['Error: 400 Your credit balance is too low', 'billing_error'],
  ['Failed to parse. Text: "{}". Error: []', 'OutputParserException'],
  ['[ { "code": "invalid_type", "path": ["title"] } ]', 'ZodError'],
  ['[{"expected":"string","path":[],"message":"Invalid input"}]', 'ZodError'],
  ['[{"code": 1}]', undefined],
  ['ticket 429 was closed', undefined],
  ['', undefined],
])('the message %j in place of a type: %s', (message, type) => {
  expect(errorTypeOfMessage(message)).toBe(type);
});
