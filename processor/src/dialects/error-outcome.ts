/** The type of an error in, how the call ended out: libraries raise errors for answers that came, too. */
import type { CallOutcome } from '@warmspare/semconv';

/** By class, as pydantic, zod, the AI SDK and the providers' clients name them. */
const BY_CLASS: Readonly<Record<string, CallOutcome>> = {
  // The output does not fit the schema.
  ValidationError: 'schema_invalid',
  ZodError: 'schema_invalid',
  AI_NoObjectGeneratedError: 'schema_invalid',
  AI_TypeValidationError: 'schema_invalid',
  OutputParserException: 'schema_invalid',
  // The answer was cut off, or withheld.
  LengthFinishReasonError: 'truncated',
  ContentFilterFinishReasonError: 'refused',
  ContentPolicyViolationError: 'refused',
  // The caller went away.
  AbortError: 'cancelled',
  APIUserAbortError: 'cancelled',
  CancelledError: 'cancelled',
  TaskCancelledError: 'cancelled',
  GeneratorExit: 'cancelled',
};

const TIMEOUT = /timed?[-_ ]?out/i;

/** `error` where the type says no more. Class names may come with their module. */
export function outcomeOf(errorType: string | undefined): CallOutcome {
  if (errorType === undefined) return 'error';
  const name = errorType.slice(errorType.lastIndexOf('.') + 1);
  if (Object.hasOwn(BY_CLASS, name)) return BY_CLASS[name] ?? 'error';
  return TIMEOUT.test(name) ? 'timeout' : 'error';
}
