/**
 * An error that an attempt threw in; its `error.type`, and why the chain goes on (`trigger.reason`), out. Reads structure only
 * (names, codes, statuses), so that it needs no client library; never reads messages into an attribute, never throws.
 */
import type { TriggerReason } from '@warmspare/semconv';

/** What an error tells, gathered from itself and, where it says nothing, from what caused it. */
interface Signs {
  readonly names: readonly string[];
  /** Identify one failure (`model_not_found`). */
  readonly codes: readonly string[];
  /** A provider's families of failures (`invalid_request_error`): less telling than the HTTP status. */
  readonly types: readonly string[];
  readonly status: number | undefined;
}

/** `error.type` must stay of low cardinality: a code is an identifier, not a sentence. */
const CODE = /^[A-Za-z][\w.-]{0,63}$/;
const MAX_DEPTH = 4;

/** Names that say nothing. */
const ANONYMOUS: ReadonlySet<string> = new Set(['Error', 'Object', 'AggregateError']);

/**
 * What `error.type` says of an exception: the provider's or system's code (`model_not_found`, `ECONNRESET`), else the HTTP
 * status (`503`), else the provider's type of error, else the name of the error's class, else `_OTHER`. Source of the rule: OpenTelemetry semantic conventions,
 * attribute `error.type`.
 */
export function errorType(error: unknown): string {
  const { names, codes, types, status } = signs(error);
  return codes[0] ?? (status === undefined ? undefined : String(status)) ?? types[0] ?? names[0] ?? '_OTHER';
}

/** Why a chain leaves a target that threw `error`. */
export function triggerReason(error: unknown): TriggerReason {
  const found = signs(error);
  const said = [...found.names, ...found.codes, ...found.types];
  for (const [reason, telling] of REASONS) {
    if (said.some((sign) => telling.has(sign))) return reason;
  }
  return reasonOfStatus(found.status);
}

/** Whether `error` is what an aborted call throws, in any client's form. */
export function isAbort(error: unknown): boolean {
  return signs(error).names.some((name) => ABORTS.has(name));
}

const ABORTS: ReadonlySet<string> = new Set(['AbortError', 'APIUserAbortError', 'TaskCancelledError']);

/** In this order: the more telling sign wins where an error carries several. */
const REASONS: readonly (readonly [TriggerReason, ReadonlySet<string>])[] = [
  ['drill', new Set(['DrillFault'])],
  ['low_confidence', new Set(['LowConfidenceError'])],
  // opossum sets the code, cockatiel and others name their class.
  ['breaker_open', new Set(['EOPENBREAKER', 'BrokenCircuitError', 'IsolatedCircuitError', 'CircuitBreakerOpenError'])],
  [
    'refusal',
    new Set([
      'RefusalError',
      'ContentFilterFinishReasonError',
      'content_filter',
      'content_policy_violation',
      'ResponsibleAIPolicyViolation',
    ]),
  ],
  ['truncated', new Set(['TruncatedError', 'LengthFinishReasonError'])],
  [
    'schema_invalid',
    new Set([
      'SchemaInvalidError',
      'ZodError',
      '$ZodError',
      'ValiError',
      'SyntaxError',
      'AI_NoObjectGeneratedError',
      'AI_TypeValidationError',
      'AI_JSONParseError',
      'OutputParserException',
      'OUTPUT_PARSING_FAILURE',
    ]),
  ],
  [
    'budget',
    new Set([
      'insufficient_quota',
      'budget_exceeded',
      'BudgetExceededError',
      'billing_error',
      'billing_hard_limit_reached',
    ]),
  ],
  ['rate_limit', new Set(['RateLimitError', 'rate_limit_error', 'rate_limit_exceeded', 'ThrottlingException'])],
  [
    'timeout',
    new Set([
      'TimeoutError',
      'APIConnectionTimeoutError',
      'TaskTimeoutError',
      'APITimeoutError',
      'ModelTimeoutException',
      'timeout_error',
      'ETIMEDOUT',
      'ESOCKETTIMEDOUT',
      'UND_ERR_HEADERS_TIMEOUT',
      'UND_ERR_BODY_TIMEOUT',
      'UND_ERR_CONNECT_TIMEOUT',
    ]),
  ],
];

function reasonOfStatus(status: number | undefined): TriggerReason {
  switch (status) {
    case 402:
      return 'budget';
    case 408:
    case 504:
      return 'timeout';
    case 429:
      return 'rate_limit';
    default:
      return 'error';
  }
}

function signs(error: unknown): Signs {
  const names: string[] = [];
  const codes: string[] = [];
  const types: string[] = [];
  let status: number | undefined;
  try {
    let current = error;
    for (let depth = 0; depth < MAX_DEPTH && typeof current === 'object' && current !== null; depth += 1) {
      const fields: Fields = current;
      for (const name of [fields.name, fields.constructor?.name]) {
        if (isCode(name) && !ANONYMOUS.has(name)) names.push(name);
      }
      const inner = innerOf(fields);
      codes.push(...[fields.lc_error_code, fields.code, inner.code].filter(isCode));
      types.push(...[inner.type, fields.type].filter(isCode).filter((type) => type !== 'error'));
      status ??= statusOf(fields);
      current = fields.cause;
    }
  } catch {
    // A getter of a foreign error threw: what was read so far must do.
  }
  return { names, codes, types, status };
}

interface Fields {
  readonly name?: unknown;
  readonly constructor?: { readonly name?: unknown };
  readonly code?: unknown;
  readonly lc_error_code?: unknown;
  readonly type?: unknown;
  readonly error?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly cause?: unknown;
}

/** The error in the provider's body: OpenAI has it at `error`, Anthropic at `error.error`. */
function innerOf({ error }: Fields): Fields {
  const body: Fields = typeof error === 'object' && error !== null ? error : {};
  return typeof body.error === 'object' && body.error !== null ? body.error : body;
}

function statusOf({ status, statusCode }: Fields): number | undefined {
  const found = status ?? statusCode;
  return typeof found === 'number' && found >= 400 && found < 600 ? found : undefined;
}

function isCode(value: unknown): value is string {
  return typeof value === 'string' && CODE.test(value);
}
