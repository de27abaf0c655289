/**
 * When a target began to work or to fail: of each six hours in which the policy counted exercises, the first and the last success and the
 * first and the last failure. Minima and maxima of a bounded set merge exactly, so that order, repetition and split change nothing.
 */
import { type CallOutcome, isConclusive } from '@warmspare/semconv';
import { spanIdOf, traceIdOf } from '../base/ids.ts';
import { cut } from '../base/texts.ts';
import type { Attempt } from '../types/evidence.ts';
import type { StateChange, TargetState, Turn } from '../types/snapshot.ts';
import { compareSightings, compareText } from './mutable-sighting.ts';

/** The newest state changes that are shown. */
const CHANGES = 50;
/** Of each such period only the first and the last success and failure are kept, so that flapping within it shows as one change. */
const PERIOD_MS = 6 * 3_600_000;
/** Periods that are kept, the newest with an exercise; each shows up to three changes. */
const PERIODS = 25;
export const NO_TURNS: readonly Turn[] = [];

/** What one batch says of one target. */
export class TurnsStage {
  #turns: Turn[] = [];

  /** `at`: epoch ms. */
  note(attempt: Attempt, outcome: CallOutcome, at: number): void {
    if (!isConclusive(outcome)) return;
    this.#turns.push(turnOf(attempt, outcome, at));
    if (this.#turns.length >= 8 * PERIODS) this.#turns = [...endsOf(this.#turns)];
  }

  turns(): readonly Turn[] {
    return this.#turns.length === 0 ? NO_TURNS : endsOf(this.#turns);
  }
}

export function mergeTurns(a: readonly Turn[], b: readonly Turn[]): readonly Turn[] {
  return endsOf([...a, ...b]);
}

/** Newest first: what the state was and why, from the declaration on. Times in epoch ms, `maxAge` in seconds. */
export function stateChanges(
  {
    turns,
    declaredAt,
    maxAge,
  }: { readonly turns: readonly Turn[]; readonly declaredAt: number; readonly maxAge: number },
  now: number,
): readonly StateChange[] {
  const changes: StateChange[] = [];
  let state: TargetState = 'never_exercised';
  let succeededAt: number | undefined;
  const change = (next: TargetState, at: number, by: Turn | undefined): void => {
    if (next === state && changes.length > 0) return;
    state = next;
    changes.push({ at, state, by });
  };
  const grownStale = (until: number): void => {
    if (state !== 'fresh' || succeededAt === undefined) return;
    if (until - succeededAt > maxAge * 1000) change('stale', succeededAt + maxAge * 1000, undefined);
  };
  // Where older exercises are no longer known, the log begins with the oldest that is.
  if (new Set(turns.map(periodOf)).size < PERIODS)
    change('never_exercised', Math.min(declaredAt, turns[0]?.at ?? declaredAt), undefined);
  for (const turn of turns) {
    grownStale(turn.at);
    if (isSuccess(turn)) succeededAt = turn.at;
    change(isSuccess(turn) ? 'fresh' : 'failing', turn.at, turn);
  }
  grownStale(now);
  return changes.reverse().slice(0, CHANGES);
}

const isSuccess = ({ outcome }: Turn): boolean => outcome === 'success';

function turnOf({ ids, errorType, exercise }: Attempt, outcome: CallOutcome, at: number): Turn {
  const told = errorType !== undefined && errorType !== outcome;
  return {
    at,
    traceId: traceIdOf(ids),
    spanId: spanIdOf(ids),
    outcome,
    kind: exercise,
    ...(told && { errorType: cut(errorType, 100) }),
  };
}

const periodOf = ({ at }: Turn): number => Math.floor(at / PERIOD_MS);

/** Oldest first; at the same time the failure first, as a tie is a success. */
function endsOf(turns: readonly Turn[]): readonly Turn[] {
  const sorted = [...turns].sort(inOrder);
  const ends = new Map<string, { readonly first: Turn; last: Turn }>();
  for (const turn of sorted) {
    const key = `${periodOf(turn)} ${isSuccess(turn)}`;
    const known = ends.get(key);
    if (known) known.last = turn;
    else ends.set(key, { first: turn, last: turn });
  }
  const kept = [...ends.values()].flatMap(({ first, last }) => (inOrder(first, last) === 0 ? [first] : [first, last]));
  const periods = [...new Set(kept.map(periodOf))].sort((a, b) => b - a);
  const oldest = periods[PERIODS - 1] ?? Number.NEGATIVE_INFINITY;
  return kept.filter((turn) => periodOf(turn) >= oldest).sort(inOrder);
}

/** A total order: of what is equal in it either may stay. */
function inOrder(a: Turn, b: Turn): number {
  return (
    a.at - b.at ||
    Number(isSuccess(a)) - Number(isSuccess(b)) ||
    compareSightings(a, b) ||
    compareText(a.outcome, b.outcome) ||
    compareText(a.kind, b.kind) ||
    compareText(a.errorType ?? '', b.errorType ?? '')
  );
}
