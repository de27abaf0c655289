/** How a rung settled and what its newest LLM call reported in; the attempt's outcome, `error.type` and schema validity out. Pure. */
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  type CallFacts,
  type CallOutcome,
  callOutcome,
  isFailure,
  SCHEMA_ERROR_TYPES,
  SCHEMA_VALIDITIES,
} from '@warmspare/semconv';
import { errorType, outcomeOfError } from '../base/error-reason.ts';
import type { FinishedCall, SchemaVerdict } from '../types/attempt.ts';
import type { CallAnswer } from '../types/call.ts';
import { NoAnswerError, SchemaInvalidError } from './errors.ts';

export type Ending =
  /** The target's answer was accepted. */
  | {
      readonly kind: 'served';
      /** It matched the chain's schema. */
      readonly validated: boolean;
      /** As its client reads it; undefined for the user's own values. */
      readonly answer?: CallAnswer | undefined;
      /** Nobody here saw what came: an HTTP response, or nothing. */
      readonly unread?: boolean;
    }
  /** The calls that feed a stream have ended, and they know how. */
  | { readonly kind: 'streamed' }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The caller gave up, or (`timeout`) a deadline passed; `error` where something was thrown. */
  | { readonly kind: 'cancelled' | 'timeout'; readonly error: unknown };

type Served = Extract<Ending, { kind: 'served' }>;

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
  const outcome = callOutcome({ ...factsOf(endOf(ending, call)), schemaValidity: schema?.validity });
  const failed = isFailure(outcome) || outcome === 'cancelled';
  return { outcome, errorType: failed ? nameOf(ending, call, outcome) : undefined, schema };
}

/** How the attempt ended, whatever becomes of its schema. */
function endOf(ending: Ending, call: FinishedCall | undefined): CallOutcome {
  switch (ending.kind) {
    case 'served':
      return endOfServed(ending, call);
    case 'streamed':
      return call?.outcome ?? 'unknown';
    case 'cancelled':
    case 'timeout':
      return ending.kind;
    case 'failed':
      return endOfFailed(ending.error, call);
  }
}

/** The answer itself tells, else the newest call inside. What else the target made of its calls is its own. */
function endOfServed({ validated, answer, unread }: Served, call: FinishedCall | undefined): CallOutcome {
  if (answer !== undefined) return answer.finish ?? 'error';
  if (call === undefined) return unread === true && !validated ? 'unknown' : 'success';
  // A call that threw or was left was one of several.
  if (call.error !== undefined) return 'success';
  const said = call.aborted === undefined ? (call.outcome ?? 'unknown') : 'unknown';
  // That it keeps to the schema says more than that nobody saw it.
  return validated && call.outcome === undefined ? 'success' : said;
}

function endOfFailed(error: unknown, call: FinishedCall | undefined): CallOutcome {
  if (error instanceof NoAnswerError) return error.outcome;
  const outcome = outcomeOfError(error);
  // The code that parsed the answer does not know that it was cut off or broke; the call does.
  const said = call?.outcome;
  const worse = said === 'error' || said === 'refused' || said === 'truncated';
  return outcome === 'schema_invalid' && worse && call?.error === undefined ? said : outcome;
}

/** Whether the output keeps to its schema is judged apart. */
function factsOf(outcome: CallOutcome): CallFacts {
  return {
    cancelled: outcome === 'cancelled',
    timedOut: outcome === 'timeout',
    failed: outcome === 'error',
    refused: outcome === 'refused',
    truncated: outcome === 'truncated',
    missed: outcome === 'miss',
    unknown: outcome === 'unknown',
  };
}

function schemaOf(
  ending: Ending,
  call: FinishedCall | undefined,
  declared: boolean,
  checked: SchemaVerdict | undefined,
): Verdict['schema'] {
  if (ending.kind === 'served' && ending.validated) return { validity: 'valid', errorType: undefined };
  if (ending.kind === 'failed' && outcomeOfError(ending.error) === 'schema_invalid') {
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

/** The exception's type, else what the error in an answer says; the outcome where there is neither. */
function nameOf(ending: Ending, call: FinishedCall | undefined, outcome: CallOutcome): string {
  if (ending.kind === 'served' && ending.answer !== undefined) return ending.answer.errorType ?? outcome;
  const error = 'error' in ending ? ending.error : call?.error;
  if (error !== undefined) return errorType(error);
  const said = call?.attributes[ATTR_ERROR_TYPE];
  return outcome === 'error' && typeof said === 'string' ? said : outcome;
}
