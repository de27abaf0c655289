/**
 * Whether the chain falls when it must: what engaged the next rung and how fast, in which states its breakers were seen, and the
 * primary's failures since it last worked. All of it is the newest of what was seen, merged by time.
 */
import { BREAKER_STATES, type BreakerState, type CallOutcome } from '@warmspare/semconv';
import { spanIdOf, traceIdOf } from '../ids.ts';
import type { Attempt, ChainRun } from '../types/evidence.ts';
import type { BreakerHistory, FailoverEvidence, Finding, Verdict } from '../types/facts.ts';
import type { Policy } from '../types/policy.ts';
import type { Sighting } from '../types/snapshot.ts';
import { compareSightings, compareText, Mark } from './mark.ts';
import { laterFinding, mergeVerdicts } from './verdicts.ts';

const BREAKERS_PER_CHAIN = 16;
/** Failures kept from each end of a run of failures. */
const FAILURES_PER_END = 8;
const TEXT_LENGTH = 100;

export const NO_FAILOVER: FailoverEvidence = {
  verdict: { proved: undefined, broken: undefined },
  breakers: {},
  lastSuccessAt: 0,
  failures: [],
};

/** What one batch says of one chain. */
export class FailoverStage {
  #verdict = NO_FAILOVER.verdict;
  #breakers: Map<string, Partial<Record<BreakerState, Mark>>> | undefined;
  #lastSuccessAt = 0;
  #failures: Finding[] | undefined;

  /** `counted`: an exercise that the policy counts. `at`: epoch ms. */
  note(attempt: Attempt, outcome: CallOutcome, at: number, policy: Policy, counted: boolean): void {
    if (attempt.breakerName !== undefined) this.#noteBreaker(attempt, attempt.breakerName, at);
    if (attempt.routeType === 'primary') {
      if (outcome !== 'success') this.#noteFailure(attempt, outcome, at);
      else if (at > this.#lastSuccessAt) this.#lastSuccessAt = at;
      return;
    }
    const { failoverDuration, rank } = attempt;
    if (!counted || rank !== 1 || failoverDuration === undefined || !didPrimaryFail(attempt)) return;
    if (outcome === 'cancelled') return;
    if (failoverDuration > policy.maxFailover) this.#found('broken', finding(attempt, at, 'too_slow'));
    else this.#found('proved', finding(attempt, at, 'engaged'));
  }

  run(run: ChainRun, at: number): void {
    if (run.outcome === 'unprotected') this.#found('broken', finding(run, at, 'unprotected'));
  }

  evidence(): FailoverEvidence | undefined {
    const isEmpty = this.#lastSuccessAt === 0 && !this.#failures && !this.#breakers;
    if (isEmpty && this.#verdict === NO_FAILOVER.verdict) return undefined;
    return {
      verdict: this.#verdict,
      breakers: this.#breakers ? historiesOf(this.#breakers) : NO_FAILOVER.breakers,
      lastSuccessAt: this.#lastSuccessAt,
      failures: since(this.#lastSuccessAt, this.#failures ?? NO_FAILOVER.failures),
    };
  }

  #found(side: keyof Verdict, found: Finding): void {
    this.#verdict = { ...this.#verdict, [side]: laterFinding(this.#verdict[side], found) };
  }

  #noteFailure(attempt: Attempt, outcome: CallOutcome, at: number): void {
    this.#failures ??= [];
    this.#failures.push(finding(attempt, at, outcome === 'error' ? (attempt.errorType ?? outcome) : outcome));
    if (this.#failures.length > 8 * FAILURES_PER_END) this.#failures = [...bothEnds(this.#failures)];
  }

  #noteBreaker(attempt: Attempt, breaker: string, at: number): void {
    const state = attempt.breakerState;
    if (!isState(state)) return;
    this.#breakers ??= new Map();
    const name = breaker.slice(0, TEXT_LENGTH);
    let states = this.#breakers.get(name);
    if (!states) {
      if (this.#breakers.size >= BREAKERS_PER_CHAIN) return;
      states = {};
      this.#breakers.set(name, states);
    }
    const known = states[state];
    if (known) known.moveLater(attempt, at);
    else states[state] = new Mark(attempt, at);
  }
}

export function mergeFailover(a: FailoverEvidence, b: FailoverEvidence): FailoverEvidence {
  const lastSuccessAt = Math.max(a.lastSuccessAt, b.lastSuccessAt);
  const none = NO_FAILOVER;
  return {
    verdict: b.verdict === none.verdict ? a.verdict : mergeVerdicts(a.verdict, b.verdict),
    breakers: b.breakers === none.breakers ? a.breakers : mergeBreakers(a.breakers, b.breakers),
    lastSuccessAt,
    failures: since(lastSuccessAt, b.failures.length === 0 ? a.failures : [...a.failures, ...b.failures]),
  };
}

/** The newest state of each breaker, by name. */
export function breakerStates(
  breakers: FailoverEvidence['breakers'],
): readonly { name: string; state: BreakerState; since: Sighting }[] {
  return Object.entries(breakers)
    .flatMap(([name, history]) => {
      const newest = BREAKER_STATES.flatMap((state) => {
        const since = history[state];
        return since ? [{ name, state, since }] : [];
      }).sort((a, b) => compareSightings(b.since, a.since))[0];
      return newest ? [newest] : [];
    })
    .sort((a, b) => compareText(a.name, b.name));
}

/** A breaker that is seen open after it was seen in another state. */
export interface Trip {
  readonly breaker: string;
  readonly at: Sighting;
  /** Seconds from the first failure of the run of failures; absent where no failure was seen. */
  readonly duration: number | undefined;
  /** The failure right before, where it is none that a breaker should count. */
  readonly wrongSignal: string | undefined;
}

/**
 * The trips that `next`, merged onto `before`, shows for the first time. A breaker first seen open tripped where a failure of the
 * primary was seen. What arrives later than that, out of order, is not looked at again.
 */
export function tripsOf(before: FailoverEvidence, next: FailoverEvidence): readonly Trip[] {
  return Object.entries(next.breakers).flatMap(([name, { open, ...others }]): Trip[] => {
    if (!open) return [];
    const { open: known, ...earlier } = before.breakers[name] ?? {};
    const other = [...Object.values(earlier), ...Object.values(others)].reduce<Sighting | undefined>(later, undefined);
    const isNew = known === undefined || (other !== undefined && other.at > known.at && open.at > other.at);
    if (!isNew || (other !== undefined && other.at > open.at)) return [];
    const failures = [...before.failures, ...next.failures].filter(({ at }) => at <= open.at).sort(compareSightings);
    const first = failures.find(({ because }) => because !== 'cancelled');
    const last = failures.at(-1);
    return [
      {
        breaker: name,
        at: open,
        duration: first && (open.at - first.at) / 1000,
        wrongSignal: last && isWrongSignal(last.because) ? last.because : undefined,
      },
    ];
  });
}

/** Failures that say something of the request, not of the primary's health: a breaker must not count them. */
const WRONG_SIGNALS: ReadonlySet<string> = new Set([
  '400',
  '413',
  '422',
  'BadRequestError',
  'UnprocessableEntityError',
  'invalid_request_error',
  'context_length_exceeded',
  'content_filter',
  'refused',
  'cancelled',
]);

export function isWrongSignal(because: string): boolean {
  return WRONG_SIGNALS.has(because) || WRONG_SIGNALS.has(because.slice(because.lastIndexOf('.') + 1));
}

/** In a drill and behind an open breaker the primary was not tried: nothing failed that would have had to be noticed. */
function didPrimaryFail({ triggerReason, breakerState }: Attempt): boolean {
  return triggerReason !== 'drill' && triggerReason !== 'breaker_open' && breakerState !== 'open';
}

function finding({ ids }: Attempt | ChainRun, at: number, because: string): Finding {
  return { at, traceId: traceIdOf(ids), spanId: spanIdOf(ids), because: because.slice(0, TEXT_LENGTH) };
}

function isState(state: string | undefined): state is BreakerState {
  return BREAKER_STATES.some((known) => known === state);
}

function historiesOf(breakers: ReadonlyMap<string, Partial<Record<BreakerState, Mark>>>): FailoverEvidence['breakers'] {
  const histories = [...breakers].map(([name, marks]): [string, BreakerHistory] => {
    const states = Object.entries(marks).map(([state, mark]) => [state, mark.seen()]);
    return [name, Object.fromEntries(states) as BreakerHistory];
  });
  return Object.fromEntries(histories);
}

function mergeBreakers(a: FailoverEvidence['breakers'], b: FailoverEvidence['breakers']): FailoverEvidence['breakers'] {
  const merged = new Map(Object.entries(a));
  for (const [name, right] of Object.entries(b)) {
    const left = merged.get(name);
    merged.set(name, left ? mergeHistories(left, right) : right);
  }
  const newestFirst = [...merged].sort(
    ([x, left], [y, right]) => newestAt(right) - newestAt(left) || compareText(x, y),
  );
  return Object.fromEntries(newestFirst.slice(0, BREAKERS_PER_CHAIN));
}

function mergeHistories(a: BreakerHistory, b: BreakerHistory): BreakerHistory {
  const merged: Partial<Record<BreakerState, Sighting>> = {};
  for (const state of BREAKER_STATES) {
    const newest = later(a[state], b[state]);
    if (newest) merged[state] = newest;
  }
  return merged;
}

const newestAt = (history: BreakerHistory): number => Math.max(0, ...Object.values(history).map(({ at }) => at));

function later(a: Sighting | undefined, b: Sighting | undefined): Sighting | undefined {
  if (!a || !b) return a ?? b;
  return compareSightings(a, b) >= 0 ? a : b;
}

/** The failures after the last success: each once, oldest first, of a long run both ends. */
function since(lastSuccessAt: number, failures: readonly Finding[]): readonly Finding[] {
  if (failures.length === 0) return NO_FAILOVER.failures;
  const after = failures.filter(({ at }) => at > lastSuccessAt);
  return after.length === 0 ? NO_FAILOVER.failures : bothEnds(after);
}

function bothEnds(failures: readonly Finding[]): readonly Finding[] {
  const sorted = [...failures].sort((a, b) => compareSightings(a, b) || compareText(a.because, b.because));
  const distinct = sorted.filter((each, index) => {
    const next = sorted[index + 1];
    return (
      !next ||
      compareSightings(each, next) !== 0 ||
      (each.traceId === '' && each.spanId === '' && each.because !== next.because)
    );
  });
  if (distinct.length <= 2 * FAILURES_PER_END) return distinct;
  return [...distinct.slice(0, FAILURES_PER_END), ...distinct.slice(-FAILURES_PER_END)];
}
