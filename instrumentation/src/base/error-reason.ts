/**
 * An error that an attempt threw in; its `error.type`, and why the chain goes on (`trigger.reason`), out. Reads structure only
 * (names, codes, statuses), so that it needs no client library; never writes a message into an attribute, never throws.
 */
import {
  type CallOutcome,
  type ErrorClass,
  errorClass,
  errorInMessage,
  failureOutcome,
  type TriggerReason,
  triggerOf,
} from '@warmspare/semconv';

/** What an error tells, gathered from itself and, where it says nothing, from what caused it. */
interface Signs {
  readonly names: readonly string[];
  /** Identify one failure (`model_not_found`). */
  readonly codes: readonly string[];
  /** A provider's families of failures (`invalid_request_error`): less telling than the HTTP status. */
  readonly types: readonly string[];
  readonly status: number | undefined;
  /** Read for the few failures that nothing else tells, and never kept. */
  readonly message: string | undefined;
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
  const { names, codes, types, status, message } = signs(error);
  const worded = message === undefined || codes.length > 0 ? undefined : errorInMessage(message);
  return worded ?? codes[0] ?? (status === undefined ? undefined : String(status)) ?? types[0] ?? names[0] ?? '_OTHER';
}

/** Why a chain leaves a target that threw `error`. */
export function triggerReason(error: unknown): TriggerReason {
  return triggerOf(errorClassOf(error));
}

/** How an attempt ended that threw `error`. */
export function outcomeOfError(error: unknown): CallOutcome {
  return failureOutcome(errorClassOf(error));
}

/** What `error` says by any of its signs: the more telling class wins where an error carries several. */
export function errorClassOf(error: unknown): ErrorClass | undefined {
  const { names, codes, types, status, message } = signs(error);
  const said = [...codes, ...names, ...types].map(errorClass);
  const found = TELLING.find((each) => said.includes(each));
  if (found !== undefined && found !== 'rate_limit') return found;
  const worded = message === undefined ? undefined : errorInMessage(message);
  if (worded !== undefined) return errorClass(worded);
  return (
    found ?? (status === undefined ? undefined : errorClass(String(status))) ?? said.find((each) => each !== undefined)
  );
}

/** Whether `error` is what an aborted call throws, in any client's form. */
export function isAbort(error: unknown): boolean {
  return signs(error).names.some((name) => errorClass(name) === 'cancelled');
}

/** In this order; the other classes are told by the HTTP status first. */
const TELLING: readonly ErrorClass[] = [
  'drill',
  'low_confidence',
  'breaker_open',
  'refused',
  'truncated',
  'schema_invalid',
  'credit',
  'rate_limit',
  'timeout',
  'cache_miss',
];

function signs(error: unknown): Signs {
  const names: string[] = [];
  const codes: string[] = [];
  const types: string[] = [];
  let status: number | undefined;
  let message: string | undefined;
  try {
    let current = error;
    for (let depth = 0; depth < MAX_DEPTH && typeof current === 'object' && current !== null; depth += 1) {
      const fields: Fields = current;
      for (const name of [fields.name, fields.constructor?.name]) {
        if (isCode(name) && !ANONYMOUS.has(name)) names.push(name);
      }
      const inner = innerOf(fields);
      codes.push(...[fields.lc_error_code, fields.code, inner.code].filter(isCode));
      types.push(...[inner.type, inner.status, fields.type].filter(isCode).filter((type) => type !== 'error'));
      status ??= statusOf(fields) ?? statusOf(inner);
      // An error of our process may say anything; one with a status, and what a provider sent, are about the call.
      const said = status === undefined ? inner.message : (fields.message ?? inner.message);
      if (typeof said === 'string') message ??= said;
      current = fields.cause;
    }
  } catch {
    // A getter of a foreign error threw: what was read so far must do.
  }
  return { names, codes, types, status, message };
}

interface Fields {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly constructor?: { readonly name?: unknown };
  readonly code?: unknown;
  readonly lc_error_code?: unknown;
  readonly type?: unknown;
  readonly error?: unknown;
  readonly data?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly status_code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown } | undefined;
  readonly cause?: unknown;
}

/** The error in the provider's body: OpenAI has it at `error`, Anthropic at `error.error`, the AI SDK at `data.error`. */
function innerOf({ error, data }: Fields): Fields {
  const body = objectIn(error) ?? objectIn(data) ?? {};
  return objectIn(body.error) ?? body;
}

function objectIn(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}

/** AWS has it in the metadata, Ollama in snake case. Gateways write the HTTP status of the provider behind them as the code. */
function statusOf({ status, statusCode, status_code, code, $metadata }: Fields): number | undefined {
  return [status, statusCode, status_code, $metadata?.httpStatusCode, code]
    .map(Number)
    .find((found) => found >= 400 && found < 600);
}

function isCode(value: unknown): value is string {
  return typeof value === 'string' && CODE.test(value);
}
