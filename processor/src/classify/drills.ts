/** What an attempt of a drill tells of the drill: whether the drill made its failure itself, and how the drill of its target ended. Pure. */
import { type CallOutcome, type DrillOutcome, errorClass, isFailure, type TriggerReason } from '@warmspare/semconv';
import type { Attempt } from '../types/evidence.ts';

/** Nothing that a drill does to the primary is real, and what it did to a target between says so as its error. */
export function isInjected({ exercise, routeType, errorType }: Attempt): boolean {
  if (exercise !== 'drill') return false;
  return routeType === 'primary' || (errorType !== undefined && errorClass(errorType) === 'drill');
}

/** How the drill of the attempt's target ended. Undefined where the drill did not force the target: a real failure above did. */
export function drillOutcomeOf(attempt: Attempt, outcome: CallOutcome): DrillOutcome | undefined {
  const { exercise, drillId, drillFault, triggerReason } = attempt;
  if (exercise !== 'drill' || (drillId === undefined && drillFault === undefined)) return undefined;
  if (isInjected(attempt) || !FORCED.has(triggerReason)) return undefined;
  if (outcome === 'success') return 'succeeded';
  if (outcome === 'cancelled') return 'interrupted';
  return isFailure(outcome) ? 'failed' : 'inconclusive';
}

/** An open breaker in a drill is the drill's doing, too. */
const FORCED: ReadonlySet<TriggerReason | undefined> = new Set([undefined, 'drill', 'breaker_open', 'manual']);
