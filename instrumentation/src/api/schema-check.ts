/** The verdict of a user's own schema check in, onto the attempt that it belongs to. Never throws, never sees the output. */
import { trace } from '@opentelemetry/api';
import {
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  type SchemaErrorType,
} from '@warmspare/semconv';
import { guarded } from '../base/report.ts';
import { activeAttempt } from '../call/scope.ts';
import type { SchemaVerdict } from '../types/attempt.ts';

/** What a check of your own found. */
export interface SchemaCheck {
  readonly valid: boolean;
  /** What is wrong with the output; read only where it is not valid. */
  readonly errorType?: SchemaErrorType;
}

/**
 * Reports that code of yours held an output against its schema, where the chain declares none: inside a rung of a `chain()`, an
 * invalid output makes the attempt `schema_invalid` (the answer is still the caller's). Elsewhere the verdict is noted on the
 * active span; an LLM call whose span has ended keeps its outcome, so give the schema to `withRoute()` where you can.
 *
 * ```ts
 * const result = Summary.safeParse(JSON.parse(text));
 * recordSchemaCheck({ valid: result.success });
 * ```
 */
export function recordSchemaCheck({ valid, errorType }: SchemaCheck): void {
  const verdict: SchemaVerdict = valid
    ? { validity: 'valid', errorType: undefined }
    : { validity: 'invalid', errorType: errorType ?? '_OTHER' };
  guarded('a schema check could not be recorded', () => note(verdict), undefined);
}

function note(verdict: SchemaVerdict): void {
  const attempt = activeAttempt();
  if (attempt?.onSchemaCheck !== undefined) {
    attempt.onSchemaCheck(verdict);
    return;
  }
  trace.getActiveSpan()?.setAttributes({
    [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: verdict.validity,
    ...(verdict.errorType !== undefined && { [ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]: verdict.errorType }),
  });
}
