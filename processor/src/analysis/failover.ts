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
import { compareSightings, compareText, type Mark, mark, moveLater, seen } from './mark.ts';
import { laterFinding, mergeVerdicts } from './verdicts.ts';

/** What one batch says of one chain. */
export interface FailoverStage {
  /** `counted`: an exercise that the policy counts, or the primary's. `at`: epoch ms. */
  note(attempt: Attempt, outcome: CallOutcome, at: number, policy: Policy, counted: boolean): void;
  run(run: ChainRun, at: number): void;
  evidence(): FailoverEvidence | undefined;
}

const BREAKERS_PER_CHAIN = 16;
/** Failures kept from each end of a run of failures. */
const FAILURES_PER_END = 8;
const TEXT_LENGTH = 100;

export const NO_FAILOVER: FailoverEvidence = {
  verdict: { proved: undefined, broken: undefined },
  breakers: {},
  lastSuccess: undefined,
  failures: [],
};

export function createFailoverStage(): FailoverStage {
  let verdict: Verdict = NO_FAILOVER.verdict;
  const breakers = new Map<string, Partial<Record<BreakerState, Mark>>>();
  let success: Mark | undefined;
  let failures: Finding[] = [];

  const found = (finding: Finding, side: keyof Verdict): void => {
    verdict = { ...verdict, [side]: laterFinding(verdict[side], finding) };
  };

  const noteBreaker = (attempt: Attempt, at: number): void => {
    const state = attempt.breakerState;
    if (attempt.breakerName === undefined || !isState(state)) return;
    const name = attempt.breakerName.slice(0, TEXT_LENGTH);
    let states = breakers.get(name);
    if (!states) {
      if (breakers.size >= BREAKERS_PER_CHAIN) return;
      states = {};
      breakers.set(name, states);
    }
    const known = states[state];
    if (known) moveLater(known, attempt, at);
    else states[state] = mark(attempt, at);
  };

  const notePrimary = (attempt: Attempt, outcome: CallOutcome, at: number): void => {
    if (outcome === 'success') {
      if (success) moveLater(success, attempt, at);
      else success = mark(attempt, at);
      return;
    }
    failures.push(finding(attempt, at, outcome === 'error' ? (attempt.errorType ?? outcome) : outcome));
    if (failures.length > 8 * FAILURES_PER_END) failures = [...bothEnds(failures)];
  };

  return {
    note(attempt, outcome, at, policy, counted) {
      if (attempt.breakerName !== undefined) noteBreaker(attempt, at);
      if (attempt.routeType === 'primary') {
        notePrimary(attempt, outcome, at);
        return;
      }
      const { failoverDuration, rank } = attempt;
      if (!counted || rank !== 1 || failoverDuration === undefined || !didPrimaryFail(attempt)) return;
      if (outcome === 'cancelled') return;
      if (failoverDuration > policy.maxFailover) found(finding(attempt, at, 'too_slow'), 'broken');
      else found(finding(attempt, at, 'engaged'), 'proved');
    },
    run(run, at) {
      if (run.outcome === 'unprotected') found(finding(run, at, 'unprotected'), 'broken');
    },
    evidence() {
      const lastSuccess = success && seen(success);
      if (!lastSuccess && failures.length === 0 && breakers.size === 0 && verdict === NO_FAILOVER.verdict)
        return undefined;
      const states = [...breakers].map(([name, marks]): [string, BreakerHistory] => [name, historyOf(marks)]);
      return { verdict, breakers: Object.fromEntries(states), lastSuccess, failures: since(lastSuccess, failures) };
    },
  };
}

export function mergeFailover(a: FailoverEvidence, b: FailoverEvidence): FailoverEvidence {
  const lastSuccess = later(a.lastSuccess, b.lastSuccess);
  return {
    verdict: mergeVerdicts(a.verdict, b.verdict),
    breakers: mergeBreakers(a.breakers, b.breakers),
    lastSuccess,
    failures: since(lastSuccess, [...a.failures, ...b.failures]),
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

function historyOf(marks: Partial<Record<BreakerState, Mark>>): BreakerHistory {
  const history: Partial<Record<BreakerState, Sighting>> = {};
  for (const state of BREAKER_STATES) {
    const known = marks[state];
    if (known) history[state] = seen(known);
  }
  return history;
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
function since(success: Sighting | undefined, failures: readonly Finding[]): readonly Finding[] {
  const after = failures.filter(({ at }) => !success || at > success.at);
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
