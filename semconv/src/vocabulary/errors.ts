/**
 * Error types: what a class, code, type or HTTP status says of a failure, whichever library wrote it. One table; whether it is a timeout,
 * breaks `available`, must not trip a breaker or names a trigger is read from its class. Pure.
 *
 * Sources: OpenAI error codes (platform.openai.com/docs/guides/error-codes) and the classes of its clients, Azure OpenAI, Groq, Anthropic
 * errors (docs.claude.com/en/api/errors), Google gRPC status names, Amazon Bedrock Runtime and STS exceptions, LiteLLM's and the AI
 * SDK's classes, pydantic, zod, LangChain, opossum, cockatiel, Node.js, undici, Python, .NET and Go.
 */
import type { CallOutcome, TriggerReason } from '../attributes.ts';
import { remembered, wordOf, wordTable } from './word.ts';

/** What a failure is about. */
export type ErrorClass =
  | 'timeout'
  | 'cancelled'
  | 'refused'
  | 'truncated'
  | 'schema_invalid'
  /** Too many requests; passes by itself. */
  | 'rate_limit'
  /** The provider failed or had no capacity; passes by itself. */
  | 'server'
  | 'connection'
  /** The key, the right, the model or the deployment is gone: nothing would be answered. */
  | 'gone'
  /** No credit, quota or budget is left: nothing would be answered. */
  | 'credit'
  /** Says something of the request, not of the provider's health. */
  | 'bad_request'
  | 'breaker_open'
  | 'low_confidence'
  | 'cache_miss'
  | 'drill';

const STATUS = /^(?:http|status|error|code|[\s:_-])*([45]\d\d)(?!\d)/i;

/** The status where the text begins with one, else the name as it is written. */
function wholeName(errorType: string): string {
  return STATUS.exec(errorType)?.[1] ?? wordOf(errorType);
}

/** Names of classes, codes and types, and HTTP statuses. A name with and without `error` or `exception` at its end is one. */
const ERRORS = wordTable<ErrorClass>(
  {
    timeout: `
      408 504 522 524 598 TimeoutError APITimeoutError APIConnectionTimeoutError ETIMEDOUT ESOCKETTIMEDOUT timeout_error timed_out
      ConnectTimeout ConnectTimeoutError ReadTimeout ReadTimeoutError WriteTimeout PoolTimeout TaskTimeoutError
      GatewayTimeout GatewayTimeoutError ModelTimeoutException RequestTimeout request_timeout DEADLINE_EXCEEDED DeadlineExceeded
      UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT UND_ERR_CONNECT_TIMEOUT HeadersTimeoutError BodyTimeoutError
      ServerTimeoutError ConnectionTimeoutError SocketTimeoutException HttpTimeoutException RequestTimeoutException`,
    cancelled: `
      499 AbortError AbortException APIUserAbortError CancelledError CanceledError TaskCancelledError TaskCanceledException
      OperationCanceledException CancellationException GeneratorExit KeyboardInterrupt context.Canceled CANCELLED
      ECANCELED RequestAbortedError client_disconnected`,
    refused: `
      RefusalError refused refusal ContentFilterFinishReasonError content_filter ContentFilterError ContentPolicyViolationError
      content_policy_violation ResponsibleAIPolicyViolation BlockedPromptException StopCandidateException moderation_blocked
      guardrail_intervened GuardrailRaisedException safety SAFETY ContentFilteredException safety_violations`,
    truncated: 'LengthFinishReasonError TruncatedError truncated IncompleteOutputException',
    schema_invalid: `
      SchemaInvalidError schema_invalid ValidationError ZodError $ZodError ValiError AI_NoObjectGeneratedError
      NoObjectGeneratedError AI_NoOutputGeneratedError AI_TypeValidationError TypeValidationError AI_JSONParseError SyntaxError
      JSONDecodeError JSONSchemaValidationError OutputParserException OUTPUT_PARSING_FAILURE StructuredOutputValidationError
      StructuredOutputParsingError ModelBehaviorError UnexpectedModelBehavior ToolRetryError MALFORMED_FUNCTION_CALL
      OutputParsingException InstructorRetryException json_validate_failed tool_use_failed
      ResponseValidationError APIResponseValidationError ArkError TypeBoxError InvalidToolInputError AI_InvalidToolInputError`,
    rate_limit: `
      429 498 RateLimitError rate_limit rate_limit_error rate_limit_exceeded rate_limited TooManyRequests too_many_requests
      TooManyRequestsException ThrottlingException ThrottledException RESOURCE_EXHAUSTED ResourceExhausted tokens requests
      ModelRateLimitError RouterRateLimitError rate_limit_reached engine_overloaded_error GatewayRateLimitError
      ServiceQuotaExceededException ProvisionedThroughputExceededException slow_down tokens_per_minute requests_per_minute`,
    server: `
      500 502 503 507 520 521 523 529 530 InternalServerError internal_server_error internal_error server_error api_error
      APIError INTERNAL UNAVAILABLE ServiceUnavailable service_unavailable ServiceUnavailableException ServiceUnavailableError
      overloaded overloaded_error OverloadedError ModelOverloadedError ModelServerError ModelErrorException ModelNotReadyException
      ModelStreamErrorException InternalServerException InternalFailure BadGateway BadGatewayError capacity_exceeded
      GatewayInternalServerError MidStreamFallbackError APIStatusError`,
    connection: `
      APIConnectionError ConnectionError ConnectError ECONNRESET ECONNREFUSED ECONNABORTED EPIPE ENOTFOUND EAI_AGAIN
      EHOSTUNREACH ENETUNREACH UND_ERR_SOCKET SocketError FetchError RemoteProtocolError ConnectionResetError
      ConnectionRefusedError ConnectException ServerDisconnectedError EndpointConnectionError SSLError ProxyError
      CERT_HAS_EXPIRED ERR_TLS_CERT_ALTNAME_INVALID ClientConnectorError IncompleteRead ERR_STREAM_PREMATURE_CLOSE ERR_SOCKET_CLOSED`,
    gone: `
      401 403 404 410 Unauthorized Forbidden not_found NotFound NOT_FOUND NotFoundError not_found_error Gone
      invalid_api_key expired_key AuthenticationError authentication_error UNAUTHENTICATED Unauthenticated AI_LoadAPIKeyError
      LoadAPIKeyError invalid_authentication account_deactivated access_terminated invalid_organization organization_restricted
      unsupported_country_region_territory PermissionDeniedError PERMISSION_DENIED permission_error access_denied ModelAuthError
      key_model_access_denied team_model_access_denied GatewayAuthenticationError
      model_not_found ModelNotFoundError ModelNotFoundException model_decommissioned model_deprecated model_not_active
      model_not_available model_not_supported unsupported_model unknown_model invalid_model account_suspended
      InvalidClientTokenId SignatureDoesNotMatch DeploymentNotFound AI_NoSuchModelError NoSuchModelError GatewayModelNotFoundError
      AccessDeniedException ResourceNotFoundException UnrecognizedClientException ExpiredTokenException
      InvalidSignatureException MissingAuthenticationToken NoCredentialsError CredentialsProviderError UnauthorizedException`,
    credit: `
      402 PaymentRequired payment_required insufficient_quota billing_hard_limit_reached billing_not_active billing_error
      budget_exceeded BudgetExceededError insufficient_credits insufficient_balance credit_balance_too_low quota_exceeded
      exceeded_current_quota_error credits_exhausted out_of_credits insufficient_funds monthly_limit_exceeded
      spending_limit_reached`,
    bad_request: `
      400 413 422 BadRequest BadRequestError UnprocessableEntity UnprocessableEntityError ContentTooLarge PayloadTooLarge
      RequestTooLargeError request_too_large invalid_request_error InvalidRequestError INVALID_ARGUMENT InvalidArgument
      HTTPValidationError invalid_json_schema AI_InvalidPromptError InvalidPromptError AI_InvalidArgumentError ValidationException context_length_exceeded
      ContextWindowExceededError string_above_max_length array_above_max_length integer_above_max_value invalid_value invalid_type
      invalid_prompt invalid_json missing_required_parameter unsupported_value unsupported_parameter unknown_parameter
      UnsupportedParamsError FAILED_PRECONDITION OUT_OF_RANGE`,
    breaker_open: 'EOPENBREAKER BrokenCircuitError IsolatedCircuitError CircuitBreakerOpenError',
    low_confidence: 'LowConfidenceError low_confidence',
    cache_miss: 'CacheMissError cache_miss',
    drill: 'DrillFault drill',
  },
  wholeName,
);

const SUFFIX = /(?:error|exception)$/;

const BY_SHORT_NAME: ReadonlyMap<string, ErrorClass> = new Map(
  // Amazon's ValidationException is a bad request, everybody else's ValidationError an output that does not fit: of names that are alike
  // but for the suffix the first one has the short form.
  [...ERRORS].reverse().map(([name, found]) => [name.replace(SUFFIX, ''), found]),
);

const TIMEOUT = /timed?out/;
const SERVER_STATUS = /^5\d\d$/;

const classOf = remembered((errorType: string): ErrorClass | undefined => {
  const name = wholeName(errorType);
  const found = ERRORS.get(name) ?? BY_SHORT_NAME.get(name.replace(SUFFIX, ''));
  if (found !== undefined) return found;
  if (SERVER_STATUS.test(name)) return 'server';
  return TIMEOUT.test(name) ? 'timeout' : undefined;
});

/** The `error.type` of a failure that a drill made itself. */
export const DRILL_ERROR = 'drill';

/** What an `error.type`, a class name with or without its module, a provider's code or an HTTP status says. Undefined: no more than that it failed. */
export function errorClass(errorType: string): ErrorClass | undefined {
  return classOf(errorType);
}

/** How a call ended that failed with this: libraries raise errors for answers that came, too. `error` where the type says no more. */
export function errorOutcome(errorType: string | undefined): CallOutcome {
  return failureOutcome(errorType === undefined ? undefined : classOf(errorType));
}

/** As {@link errorOutcome}, of a class that is known already. */
export function failureOutcome(found: ErrorClass | undefined): CallOutcome {
  switch (found) {
    case 'timeout':
    case 'cancelled':
    case 'refused':
    case 'truncated':
    case 'schema_invalid':
      return found;
    case 'cache_miss':
      return 'miss';
    default:
      return 'error';
  }
}

/** Whether the target would answer nothing, whatever is asked: key, model, deployment or credit is gone. */
export function breaksAvailability(errorType: string | undefined): boolean {
  const found = errorType === undefined ? undefined : classOf(errorType);
  return found === 'gone' || found === 'credit';
}

/** Whether the failure says something of the request and nothing of the provider's health: a breaker must not count it. */
export function isWrongSignal(errorType: string): boolean {
  const found = classOf(errorType);
  return found === 'bad_request' || found === 'refused' || found === 'cancelled';
}

/** Why one leaves a call that ended like this; `found`: what its error says, where there was one. */
export function triggerAfter(outcome: CallOutcome, found: ErrorClass | undefined): TriggerReason {
  switch (outcome) {
    case 'refused':
      return 'refusal';
    case 'truncated':
    case 'schema_invalid':
    case 'timeout':
      return outcome;
    default:
      return triggerOf(found);
  }
}

/** Why a chain leaves a target that failed with this. */
export function triggerOf(found: ErrorClass | undefined): TriggerReason {
  switch (found) {
    case 'timeout':
    case 'truncated':
    case 'schema_invalid':
    case 'rate_limit':
    case 'breaker_open':
    case 'low_confidence':
    case 'drill':
      return found;
    case 'refused':
      return 'refusal';
    case 'credit':
      return 'budget';
    default:
      return 'error';
  }
}

/** What only the words of a message tell, and the code that stands for it. */
const MESSAGES: readonly (readonly [RegExp, string])[] = [
  // Anthropic answers HTTP 400 invalid_request_error where the account has no credit.
  [/credit balance is too low|insufficient (?:account )?(?:balance|credits?|funds)/i, 'billing_error'],
  [
    /used all available credits|reached (?:its|your) monthly spending limit|your specified API usage limits/i,
    'billing_error',
  ],
  [/exceeded your (?:current|monthly) (?:quota|included credits)/i, 'insufficient_quota'],
];

/** Google says so of limits per minute, too, which pass by themselves. */
const PASSING = /quota exceeded for metric|generativelanguage\.googleapis/i;

/** What parsers say of an output that does not fit: LangChain, pydantic, the AI SDK, OpenAI Agents. */
const VIOLATION =
  /^(?:failed to parse\b|invalid json\b|could not parse (?:llm |the )?(?:output|response|function call)|\d+ validation errors? for |no object generated\b)/i;

/** Python's instrumentations write the class before the message. */
const RAISED = /^([\w.]*(?:Error|Exception))\b[:(]/;

/** Longer messages are read up to here. */
const MESSAGE_LENGTH = 2_048;

/** The code that a message stands for where type and status say less than its words; undefined for any other message. It keeps nothing of the text. */
export function errorInMessage(message: string): string | undefined {
  const start = message.slice(0, MESSAGE_LENGTH);
  const found = MESSAGES.find(([words]) => words.test(start))?.[1];
  return found !== undefined && PASSING.test(start) ? undefined : found;
}

/** As {@link errorInMessage}, where a type says no more than what its message may be more exact about; else the type. */
export function wordedErrorType(errorType: string | undefined, message: string): string | undefined {
  const found = errorType === undefined ? undefined : classOf(errorType);
  const isVague = found === undefined || found === 'bad_request' || found === 'rate_limit';
  return (isVague ? errorInMessage(message) : undefined) ?? errorType;
}

/** Whether a message of a span around a call says that the output did not fit what was asked for. It keeps nothing of the text. */
export function isViolationMessage(message: string): boolean {
  const raised = RAISED.exec(message.slice(0, MESSAGE_LENGTH))?.[1];
  return raised === undefined ? VIOLATION.test(message) : errorOutcome(raised) === 'schema_invalid';
}

/** `Error: 429 ...`, as clients put the status before the provider's words. */
const STATUS_FIRST = /^(?:\w*Error: )?([45]\d\d)\b/;
/** The issues of a schema's check, as JSON. */
const ISSUES = /^\[\s*\{\s*"(?:code|expected)":/;

/** What a message says that stands in place of any type: a status, or that the output did not fit. It keeps nothing of the text. */
export function errorTypeOfMessage(message: string): string | undefined {
  const status = STATUS_FIRST.exec(message)?.[1];
  if (status !== undefined) return wordedErrorType(status, message);
  if (isViolationMessage(message)) return 'OutputParserException';
  return ISSUES.test(message) && message.includes('"path"') ? 'ZodError' : undefined;
}
