/**
 * Whether the chain falls when it must: what engaged the next rung and how fast, in which states its breakers were seen, and the
 * primary's failures. All of it is the newest of what was seen, merged by time.
 */

import { type CallOutcome, isConclusive, isWrongSignal } from '@warmspare/semconv';
import { spanIdOf, traceIdOf } from '../base/ids.ts';
import { cut } from '../base/texts.ts';
import type { Attempt, ChainRun } from '../types/evidence.ts';
import type { FailoverEvidence, Finding, Verdict } from '../types/facts.ts';
import type { Policy } from '../types/policy.ts';
import { BreakerStage, mergeBreakers, NO_BREAKERS } from './breaker.ts';
import { opensBreakers, type TripSigns } from './breaker-trips.ts';
import { compareSightings, compareText } from './mutable-sighting.ts';
import { laterFinding, mergeVerdicts } from './verdicts.ts';

/** Failures kept from each end of a run of failures, and of all. */
const FAILURES_PER_END = 8;
const TEXT_LENGTH = 100;
const NO_FAILURES: readonly Finding[] = [];

export const NO_FAILOVER: FailoverEvidence = {
  verdict: { proved: undefined, broken: undefined },
  breakers: NO_BREAKERS,
  lastSuccessAt: 0,
  failures: NO_FAILURES,
  lastFailures: NO_FAILURES,
};

/** What one batch says of one chain. */
export class FailoverStage {
  #verdict = NO_FAILOVER.verdict;
  #breakers: BreakerStage | undefined;
  #lastSuccessAt = 0;
  #failures: Finding[] | undefined;
  // All of them, as numbers: what tells trips has to be held against what comes later in the batch.
  readonly #succeededAt: number[] = [];
  readonly #failedAt: number[] = [];

  /** `counted`: an exercise that the policy counts. `at`: epoch ms. */
  note(attempt: Attempt, outcome: CallOutcome, at: number, policy: Policy, counted: boolean): void {
    if (attempt.breakerState !== undefined) {
      this.#breakers ??= new BreakerStage();
      this.#breakers.note(attempt, at);
    }
    if (attempt.routeType !== 'primary') {
      if (counted && attempt.rank === 1 && isConclusive(outcome)) this.#noteEngagement(attempt, at, policy);
    } else if (outcome === 'success') {
      if (at > this.#lastSuccessAt) this.#lastSuccessAt = at;
      this.#succeededAt.push(at);
    } else if (outcome !== 'unknown' && attempt.breakerState !== 'open') {
      // Behind an open breaker the primary was not asked.
      this.#noteFailure(attempt, outcome, at);
    }
  }

  run(run: ChainRun, at: number): void {
    if (run.outcome === 'unprotected') this.#found('broken', finding(run, at, 'unprotected'));
  }

  evidence(): FailoverEvidence | undefined {
    const isEmpty = this.#lastSuccessAt === 0 && !this.#failures && !this.#breakers;
    if (isEmpty && this.#verdict === NO_FAILOVER.verdict) return undefined;
    const failures = this.#failures ?? NO_FAILURES;
    return {
      verdict: this.#verdict,
      breakers: this.#breakers?.histories() ?? NO_BREAKERS,
      lastSuccessAt: this.#lastSuccessAt,
      failures: since(this.#lastSuccessAt, failures),
      lastFailures: newest(failures),
    };
  }

  /** Breakers that the evidence has no room for. */
  get breakersLeftOut(): number {
    return this.#breakers?.leftOut ?? 0;
  }

  /** What tells trips. */
  signs(): TripSigns {
    return {
      breakers: this.#breakers?.times() ?? NO_TIMES,
      succeededAt: this.#succeededAt,
      failedAt: this.#failedAt,
      failures: (this.#failures ?? NO_FAILURES).filter(opensBreakers),
    };
  }

  #noteEngagement(attempt: Attempt, at: number, { maxFailover }: Policy): void {
    const { failoverDuration, primaryErrorType, breakerState } = attempt;
    if (failoverDuration === undefined || !didPrimaryFail(attempt)) return;
    // A breaker that is open right behind a failure opened by it.
    if (breakerState === 'open' && primaryErrorType !== undefined && isWrongSignal(primaryErrorType)) {
      this.#found('broken', finding(attempt, at, primaryErrorType));
    } else if (failoverDuration > maxFailover) this.#found('broken', finding(attempt, at, 'too_slow'));
    else this.#found('proved', finding(attempt, at, 'engaged'));
  }

  #found(side: keyof Verdict, found: Finding): void {
    this.#verdict = { ...this.#verdict, [side]: laterFinding(this.#verdict[side], found) };
  }

  #noteFailure(attempt: Attempt, outcome: CallOutcome, at: number): void {
    this.#failures ??= [];
    const failure = finding(attempt, at, outcome === 'error' ? (attempt.errorType ?? outcome) : outcome);
    this.#failures.push(failure);
    if (opensBreakers(failure)) this.#failedAt.push(at);
    if (this.#failures.length > 8 * FAILURES_PER_END) this.#failures = [...bothEnds(this.#failures)];
  }
}

const NO_TIMES: TripSigns['breakers'] = new Map();

export function mergeFailover(a: FailoverEvidence, b: FailoverEvidence): FailoverEvidence {
  const lastSuccessAt = Math.max(a.lastSuccessAt, b.lastSuccessAt);
  const trips = mergeNewest(a.trips, b.trips);
  const unexplained = mergeNewest(a.unexplained, b.unexplained);
  // What the batch did not change stays the same object: most batches only show another success.
  return {
    verdict: b.verdict === NO_FAILOVER.verdict ? a.verdict : mergeVerdicts(a.verdict, b.verdict),
    breakers: mergeBreakers(a.breakers, b.breakers),
    lastSuccessAt,
    failures:
      b.failures.length === 0 && a.failures.every(({ at }) => at > lastSuccessAt)
        ? a.failures
        : since(lastSuccessAt, [...a.failures, ...b.failures]),
    lastFailures: b.lastFailures.length === 0 ? a.lastFailures : newest([...a.lastFailures, ...b.lastFailures]),
    ...(trips && { trips }),
    ...(unexplained && { unexplained }),
  };
}

/** Of each breaker. */
function mergeNewest<T extends { readonly at: number }>(
  a: Readonly<Record<string, T>> | undefined,
  b: Readonly<Record<string, T>> | undefined,
): Readonly<Record<string, T>> | undefined {
  if (!a || !b) return a ?? b;
  const newer = Object.entries(b).filter(([breaker, { at }]) => at > (a[breaker]?.at ?? 0));
  return { ...a, ...Object.fromEntries(newer) };
}

/** A real need on the user's path. In a drill and behind an open breaker the primary was not tried: nothing had to be noticed. */
function didPrimaryFail({ exercise, triggerReason, breakerState }: Attempt): boolean {
  if (exercise !== 'organic' || triggerReason === 'drill' || triggerReason === 'breaker_open') return false;
  return triggerReason !== undefined || breakerState !== 'open';
}

function finding({ ids }: Attempt | ChainRun, at: number, because: string): Finding {
  return { at, traceId: traceIdOf(ids), spanId: spanIdOf(ids), because: cut(because, TEXT_LENGTH) };
}

/** The failures after the last success: each once, oldest first, of a long run both ends. */
function since(lastSuccessAt: number, failures: readonly Finding[]): readonly Finding[] {
  if (failures.length === 0) return NO_FAILURES;
  const after = failures.filter(({ at }) => at > lastSuccessAt);
  return after.length === 0 ? NO_FAILURES : bothEnds(after);
}

function bothEnds(failures: readonly Finding[]): readonly Finding[] {
  const distinct = inOrder(failures);
  if (distinct.length <= 2 * FAILURES_PER_END) return distinct;
  return [...distinct.slice(0, FAILURES_PER_END), ...distinct.slice(-FAILURES_PER_END)];
}

function newest(failures: readonly Finding[]): readonly Finding[] {
  return failures.length === 0 ? NO_FAILURES : inOrder(failures).slice(-FAILURES_PER_END);
}

/** Oldest first, each once; spans without ids are told apart by what they say. */
function inOrder(failures: readonly Finding[]): readonly Finding[] {
  const sorted = [...failures].sort((a, b) => compareSightings(a, b) || compareText(a.because, b.because));
  return sorted.filter((each, index) => {
    const next = sorted[index + 1];
    if (!next || compareSightings(each, next) !== 0) return true;
    return each.traceId === '' && each.spanId === '' && each.because !== next.because;
  });
}
