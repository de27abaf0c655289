/** What happened to an attempt in, `llm_fallback.call.outcome` out. Pure; knows no clock, no policy and no client library. */
import { CALL_OUTCOMES, type CallOutcome, type SchemaValidity } from './attributes.ts';

/** What happened. Every fact that is left out did not happen. */
export interface CallFacts extends PolicyFindings {
  /** The caller gave up before the answer was complete: an abort that is no timeout, or an early end of reading a stream. */
  readonly cancelled?: boolean | undefined;
  /** A deadline passed: the client's own, or an abort whose reason is a TimeoutError (see {@link abortOutcome}). */
  readonly timedOut?: boolean | undefined;
  /** An exception, an error status, or a stream that ended without a terminal reason. */
  readonly failed?: boolean | undefined;
  /** The model refused, or a content filter withheld the answer. */
  readonly refused?: boolean | undefined;
  /** The answer ended at a limit of tokens or length. */
  readonly truncated?: boolean | undefined;
  /** Of the output against its declared schema; only `invalid` is held against the attempt. */
  readonly schemaValidity?: SchemaValidity | undefined;
  /** A cache had nothing to serve. */
  readonly missed?: boolean | undefined;
  /** Nothing tells that the call ended well, or a word that nobody knows does. */
  readonly unknown?: boolean | undefined;
}

/** What only a policy can tell of an attempt. */
export interface PolicyFindings {
  /** The cached answer is older than the maximum age. */
  readonly cacheStale?: boolean | undefined;
  /** The attempt took longer than the maximum. */
  readonly overLatency?: boolean | undefined;
  /** The attempt cost more than the maximum. */
  readonly overCost?: boolean | undefined;
}

/** The first outcome that applies, in the order of `CALL_OUTCOMES`; `success` where nothing else does. */
export function callOutcome(facts: CallFacts): CallOutcome {
  if (facts.cancelled === true) return 'cancelled';
  if (facts.timedOut === true) return 'timeout';
  if (facts.failed === true) return 'error';
  if (facts.refused === true) return 'refused';
  if (facts.truncated === true) return 'truncated';
  if (facts.schemaValidity === 'invalid') return 'schema_invalid';
  if (facts.cacheStale === true) return 'cache_stale';
  if (facts.overLatency === true) return 'over_latency';
  if (facts.overCost === true) return 'over_cost';
  if (facts.missed === true) return 'miss';
  if (facts.unknown === true) return 'unknown';
  return 'success';
}

/**
 * The outcome that a span carries, held against a policy: the first that applies of both. Never loosens, so a failure stays
 * the failure it was, and a miss stays a miss: a cache that had nothing did not fail, however long it looked.
 */
export function tighten(outcome: CallOutcome, findings: PolicyFindings): CallOutcome {
  if (outcome === 'miss') return outcome;
  const { cacheStale, overLatency, overCost } = findings;
  const found = callOutcome({ cacheStale, overLatency, overCost });
  return CALL_OUTCOMES.indexOf(found) < CALL_OUTCOMES.indexOf(outcome) ? found : outcome;
}

/** Whether the outcome says anything of the target: `cancelled`, `miss` and `unknown` prove nothing and disprove nothing. */
export function isConclusive(outcome: CallOutcome): boolean {
  return outcome !== 'cancelled' && outcome !== 'miss' && outcome !== 'unknown';
}

/** Whether the outcome disproves the target: a span that has it ends with an error. */
export function isFailure(outcome: CallOutcome): boolean {
  return isConclusive(outcome) && outcome !== 'success';
}

/** Whether the model answered, whatever the answer was worth. */
export function isAnswered(outcome: CallOutcome): boolean {
  return isConclusive(outcome) && outcome !== 'error' && outcome !== 'timeout';
}

/** Whether the user got this answer: a success, or an answer that only a policy holds against the target. */
export function isServed(outcome: string): boolean {
  return outcome === 'success' || outcome === 'cache_stale' || outcome === 'over_latency' || outcome === 'over_cost';
}

/** Whether an attempt with this outcome is a successful exercise. */
export function isSuccess(outcome: CallOutcome): boolean {
  return outcome === 'success';
}

/**
 * How an aborted attempt ended, by its signal's reason: `timeout` for a TimeoutError (what `AbortSignal.timeout` gives), else
 * `cancelled`. Never throws.
 */
export function abortOutcome(reason: unknown): 'timeout' | 'cancelled' {
  try {
    const named = typeof reason === 'object' && reason !== null && 'name' in reason;
    return named && reason.name === 'TimeoutError' ? 'timeout' : 'cancelled';
  } catch {
    return 'cancelled';
  }
}
