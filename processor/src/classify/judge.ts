/** Tightens the outcome that a span states by what the policy asks: a success may become a lesser outcome, never the reverse. */
import { type CallOutcome, tighten } from '@warmspare/semconv';
import type { Attempt } from '../types/evidence.ts';
import type { Policy, TargetPolicy } from '../types/policy.ts';

/** The first that applies of what the span says and what the policy finds. */
export function judge(attempt: Attempt, policy: Policy | TargetPolicy): CallOutcome {
  const cacheStale = isStale(attempt, policy);
  const overLatency = isSlow(attempt, policy);
  const overCost = isDear(attempt, policy);
  if (!cacheStale && !overLatency && !overCost) return attempt.outcome;
  return tighten(attempt.outcome, { cacheStale, overLatency, overCost });
}

function isStale(attempt: Attempt, policy: Policy): boolean {
  return (
    attempt.routeType === 'cache' &&
    attempt.cacheAge !== undefined &&
    policy.maxCacheAge !== undefined &&
    attempt.cacheAge > policy.maxCacheAge
  );
}

function isSlow(attempt: Attempt, policy: Policy | TargetPolicy): boolean {
  if (!('maxLatency' in policy) || policy.maxLatency === undefined || attempt.startTime <= 0) return false;
  return attempt.endTime - attempt.startTime > policy.maxLatency * 1000;
}

/** Amounts of different currencies are not compared. */
function isDear(attempt: Attempt, policy: Policy | TargetPolicy): boolean {
  if (!('maxCost' in policy) || policy.maxCost === undefined || attempt.costAmount === undefined) return false;
  return policy.maxCost.currency === attempt.costCurrency && attempt.costAmount > policy.maxCost.amount;
}
