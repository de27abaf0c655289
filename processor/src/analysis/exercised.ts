/**
 * What the newest calls of a target took, cost and used: what its capacity is told from. A bounded sample that merges as a set, so that
 * every replica projects the same, whichever of them saw a call and how often.
 */

import { type CallOutcome, isConclusive } from '@warmspare/semconv';
import { spanIdOf, traceIdOf } from '../base/ids.ts';
import { cut } from '../base/texts.ts';
import type { Attempt } from '../types/evidence.ts';
import type { Exercised } from '../types/facts.ts';
import type { Policy, TargetPolicy } from '../types/policy.ts';
import { compareSightings, compareText } from './mutable-sighting.ts';

/** Calls kept a target; beyond, the oldest leaves. */
export const CALLS_PER_TARGET = 50;

/** Whether calls are worth keeping: nothing is projected where nothing is limited. */
export function hasLimits(policy: Policy | TargetPolicy): boolean {
  if (!('limits' in policy)) return false;
  const { p95Latency, costPerHour, tokensPerMinute } = policy.limits;
  return p95Latency !== undefined || costPerHour !== undefined || tokensPerMinute !== undefined;
}

/** What one batch says of one target. */
export class ExercisedStage {
  #calls: Exercised[] = [];

  /**
   * `at`: epoch ms. Calls that ended in an error or were broken off say nothing of what an answer takes; one that ran into a timeout
   * took at least so long.
   */
  note(attempt: Attempt, outcome: CallOutcome, at: number): void {
    if (!isConclusive(outcome) || outcome === 'error') return;
    this.#calls.push(exercisedOf(attempt, at));
    if (this.#calls.length >= 8 * CALLS_PER_TARGET) this.#calls = [...newest(this.#calls)];
  }

  calls(): readonly Exercised[] {
    return newest(this.#calls);
  }
}

export function mergeExercised(a: readonly Exercised[], b: readonly Exercised[]): readonly Exercised[] {
  return newest([...a, ...b]);
}

function exercisedOf({ ids, startTime, endTime, inputTokens, outputTokens, ...cost }: Attempt, at: number): Exercised {
  const tokens = isAmount(inputTokens) || isAmount(outputTokens) ? (inputTokens ?? 0) + (outputTokens ?? 0) : undefined;
  const { costAmount, costCurrency } = cost;
  return {
    at,
    traceId: traceIdOf(ids),
    spanId: spanIdOf(ids),
    ...(startTime > 0 && endTime >= startTime && { seconds: (endTime - startTime) / 1000 }),
    ...(isAmount(tokens) && { tokens }),
    ...(isAmount(costAmount) && costCurrency !== undefined && { cost: costAmount, currency: cut(costCurrency, 3) }),
  };
}

/** Newest first, each once. */
function newest(calls: readonly Exercised[]): readonly Exercised[] {
  const sorted = [...calls].sort((a, b) => compareSightings(b, a) || compareText(JSON.stringify(a), JSON.stringify(b)));
  const distinct = sorted.filter((each, index) => {
    const before = sorted[index - 1];
    return !before || compareSightings(before, each) !== 0 || (each.spanId === '' && !isSame(before, each));
  });
  return distinct.slice(0, CALLS_PER_TARGET);
}

const isSame = (a: Exercised, b: Exercised): boolean => JSON.stringify(a) === JSON.stringify(b);

function isAmount(value: number | undefined): value is number {
  return value !== undefined && value >= 0 && value < Number.POSITIVE_INFINITY;
}
