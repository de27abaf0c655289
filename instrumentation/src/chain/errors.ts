/** Why a chain itself turned an answer down. They stand in the AggregateError of an exhausted chain; none quotes the answer. */
import type { CallOutcome, SchemaErrorType } from '@warmspare/semconv';

/** The output does not match the chain's schema. */
export class SchemaInvalidError extends Error {
  override readonly name = 'SchemaInvalidError';
  readonly code = 'schema_invalid';
  readonly errorType: SchemaErrorType;
  /** What the schema's vendor found; absent where the output is no JSON. It may quote the output: for the caller, never on a span. */
  readonly issues: readonly unknown[];

  constructor(errorType: SchemaErrorType, issues: readonly unknown[] = []) {
    super(`The output does not match the chain's schema (${errorType})`);
    this.errorType = errorType;
    this.issues = issues;
  }
}

/** The model refused, or a content filter withheld the answer. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly code = 'refused';

  constructor() {
    super('The model refused to answer');
  }
}

/** The answer ended at a limit of tokens. */
export class TruncatedError extends Error {
  override readonly name = 'TruncatedError';
  readonly code = 'truncated';

  constructor() {
    super('The answer was cut off at a limit of tokens');
  }
}

/** The provider answered without an error of HTTP, but what it sent says that it failed, or holds no answer. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  /** What the provider's error says, where there is one. */
  readonly code: string;
  readonly outcome: CallOutcome;

  constructor(outcome: CallOutcome, errorType: string | undefined) {
    super(`The provider sent no answer (${errorType ?? outcome})`);
    this.code = errorType ?? outcome;
    this.outcome = outcome;
  }
}

/** A target resolved to something that is no answer, no text and no value that the chain's schema takes. */
export class UnreadableAnswerError extends TypeError {
  override readonly name = 'UnreadableAnswerError';
  readonly code = 'unreadable_answer';

  /** `what` names the kind of value, never the value. */
  constructor(target: string, what: string) {
    super(
      `${target} resolved to ${what}, which nobody can read: return the answer of the client as it is, ` +
        "its text, or a plain value in the form of the chain's schema",
    );
  }
}

/** A rung's `accept` turned its answer down. */
export class LowConfidenceError extends Error {
  override readonly name = 'LowConfidenceError';
  readonly code = 'low_confidence';

  constructor(target: string) {
    super(`accept() of ${target} turned the answer down`);
  }
}

/** A cache rung had nothing to serve. */
export class CacheMissError extends Error {
  override readonly name = 'CacheMissError';
  readonly code = 'cache_miss';

  constructor() {
    super('The cache holds no answer');
  }
}
