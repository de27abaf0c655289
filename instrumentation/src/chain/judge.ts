/** How a rung settled and what its newest LLM call reported in; the attempt's outcome, `error.type` and schema validity out. Pure. */
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  type CallFacts,
  type CallOutcome,
  callOutcome,
  isSuccess,
  SCHEMA_ERROR_TYPES,
  SCHEMA_VALIDITIES,
} from '@warmspare/semconv';
import { errorType, triggerReason } from '../error-reason.ts';
import type { FinishedCall, SchemaVerdict } from '../scope.ts';
import { SchemaInvalidError } from './errors.ts';

export type Ending =
  /** The rung's answer was accepted; `validated` says that it matched the chain's schema. */
  | { readonly kind: 'served'; readonly validated: boolean }
  /** The calls that feed a stream have ended, and they know how. */
  | { readonly kind: 'streamed' }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The caller gave up, or (`timeout`) a deadline passed; `error` where something was thrown. */
  | { readonly kind: 'cancelled' | 'timeout'; readonly error: unknown };

export interface Verdict {
  readonly outcome: CallOutcome;
  readonly errorType: string | undefined;
  readonly schema: SchemaVerdict | undefined;
}

/** `checked` is what the user's own check found, where there was one. */
export function judge(
  ending: Ending,
  call: FinishedCall | undefined,
  schemaDeclared: boolean,
  checked?: SchemaVerdict,
): Verdict {
  const schema = schemaOf(ending, call, schemaDeclared, checked);
  const outcome = callOutcome({ ...factsOf(ending, call), schemaValidity: schema?.validity });
  return { outcome, errorType: isSuccess(outcome) ? undefined : nameOf(ending, call, outcome), schema };
}

/** Why the chain went on, told from an error, also holds what became of the attempt. */
function factsOf(ending: Ending, call: FinishedCall | undefined): CallFacts {
  switch (ending.kind) {
    case 'served':
      // A chain's own parser refuses what was refused or cut off; without one, the call must tell.
      return ending.validated ? {} : answerFacts(call);
    case 'streamed':
      return call === undefined ? {} : streamFacts(call);
    case 'cancelled':
      return { cancelled: true };
    case 'timeout':
      return { timedOut: true };
    case 'failed':
      return failureFacts(ending.error, call);
  }
}

function answerFacts(call: FinishedCall | undefined): CallFacts {
  if (call === undefined || call.error !== undefined) return {};
  const { refused, truncated, attributes } = call;
  const named = refused === true || truncated === true || attributes[ATTR_LLM_FALLBACK_SCHEMA_VALIDITY] === 'invalid';
  // An answer may say without an exception that it failed: no terminal reason, or a status of failure.
  return { refused, truncated, failed: !named && attributes[ATTR_ERROR_TYPE] !== undefined };
}

function streamFacts(call: FinishedCall): CallFacts {
  if (call.aborted !== undefined)
    return { cancelled: call.aborted === 'cancelled', timedOut: call.aborted === 'timeout' };
  return call.error === undefined ? answerFacts(call) : failureFacts(call.error, call);
}

function failureFacts(error: unknown, call: FinishedCall | undefined): CallFacts {
  switch (triggerReason(error)) {
    case 'timeout':
      return { timedOut: true };
    case 'refusal':
      return { refused: true };
    case 'truncated':
      return { truncated: true };
    case 'schema_invalid':
      // The code that parsed the answer does not know that it was cut off; the call does.
      return { refused: call?.refused, truncated: call?.truncated };
    default:
      return { failed: true };
  }
}

function schemaOf(
  ending: Ending,
  call: FinishedCall | undefined,
  declared: boolean,
  checked: SchemaVerdict | undefined,
): Verdict['schema'] {
  if (ending.kind === 'served' && ending.validated) return { validity: 'valid', errorType: undefined };
  if (ending.kind === 'failed' && triggerReason(ending.error) === 'schema_invalid') {
    const errorType = ending.error instanceof SchemaInvalidError ? ending.error.errorType : '_OTHER';
    return { validity: 'invalid', errorType };
  }
  if (checked !== undefined) return checked;
  const answered = ending.kind === 'served' || ending.kind === 'streamed';
  const validity = SCHEMA_VALIDITIES.find((one) => one === call?.attributes[ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]);
  if (answered && validity !== undefined) {
    const found = call?.attributes[ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE];
    return { validity, errorType: SCHEMA_ERROR_TYPES.find((one) => one === found) };
  }
  return declared ? { validity: 'not_evaluated', errorType: undefined } : undefined;
}

/** The exception's type; the outcome where there is none. */
function nameOf(ending: Ending, call: FinishedCall | undefined, outcome: CallOutcome): string {
  const error = 'error' in ending ? ending.error : call?.error;
  if (error !== undefined) return errorType(error);
  const said = call?.attributes[ATTR_ERROR_TYPE];
  return outcome === 'error' && typeof said === 'string' ? said : outcome;
}
