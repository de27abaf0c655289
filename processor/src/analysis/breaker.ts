/**
 * The states in which a chain's breakers were seen. A breaker is read when a call or a fallback begins, so a state is as old as the
 * start of the span that tells it: a slow call through a closed breaker must not close one that opened meanwhile. Spans do not say
 * which process they come from: several that disagree are seen as one breaker, in the state that was seen last.
 */

import { BREAKER_STATES, type BreakerState } from '@warmspare/semconv';
import { cut } from '../base/texts.ts';
import type { Attempt } from '../types/evidence.ts';
import type { BreakerHistory, FailoverEvidence } from '../types/facts.ts';
import type { BreakerSnapshot, Sighting } from '../types/snapshot.ts';
import { compareSightings, compareText, MutableSighting } from './mutable-sighting.ts';

type Breakers = FailoverEvidence['breakers'];

const BREAKERS_PER_CHAIN = 16;
const NAME_LENGTH = 100;

export const NO_BREAKERS: Breakers = {};

/** When a batch saw a breaker open and closed, epoch ms, in no order. */
export interface BreakerTimes {
  readonly open: readonly number[];
  readonly closed: readonly number[];
}

interface StagedBreaker {
  readonly states: Partial<Record<BreakerState, MutableSighting>>;
  readonly open: number[];
  readonly closed: number[];
}

/** What one batch says of one chain's breakers. */
export class BreakerStage {
  readonly #breakers = new Map<string, StagedBreaker>();
  #forgotten = 0;

  /** `at`: epoch ms, the end of the span. A breaker without a name is called by its chain. */
  note(attempt: Attempt, at: number): void {
    const state = attempt.breakerState;
    if (!isState(state)) return;
    const name = cut(attempt.breakerName ?? attempt.chain, NAME_LENGTH);
    let staged = this.#breakers.get(name);
    if (!staged) {
      if (this.#breakers.size >= 2 * BREAKERS_PER_CHAIN) {
        forgetOldest(this.#breakers);
        this.#forgotten++;
      }
      staged = { states: {}, open: [], closed: [] };
      this.#breakers.set(name, staged);
    }
    seen(staged, attempt, state, attempt.startTime > 0 ? Math.min(attempt.startTime, at) : at);
  }

  histories(): Breakers {
    if (this.#breakers.size === 0) return NO_BREAKERS;
    return bounded([...this.#breakers].map(([name, { states }]) => [name, historyOf(states)]));
  }

  /** How many of them are not among the histories. */
  get leftOut(): number {
    return this.#forgotten + Math.max(0, this.#breakers.size - BREAKERS_PER_CHAIN);
  }

  /** By breaker name. */
  times(): ReadonlyMap<string, BreakerTimes> {
    return this.#breakers;
  }
}

export function mergeBreakers(a: Breakers, b: Breakers): Breakers {
  if (b === NO_BREAKERS) return a;
  const merged = new Map(Object.entries(a));
  for (const [name, right] of Object.entries(b)) {
    const left = merged.get(name);
    merged.set(name, left ? mergeHistories(left, right) : right);
  }
  return bounded([...merged]);
}

/** The state of each breaker that was seen last, and how it came to open, by name. */
export function breakerStates({
  breakers,
  trips,
}: Pick<FailoverEvidence, 'breakers' | 'trips'>): readonly BreakerSnapshot[] {
  return Object.entries(breakers)
    .flatMap(([name, history]) => {
      const trip = trips && Object.hasOwn(trips, name) ? trips[name] : undefined;
      const states = BREAKER_STATES.flatMap((state) => {
        const since = history[state];
        return since ? [{ name, state, since, ...(trip && { trip }) }] : [];
      });
      return states.sort((a, b) => compareSightings(b.since, a.since)).slice(0, 1);
    })
    .sort((a, b) => compareText(a.name, b.name));
}

/** Of one breaker; empty where it is not known. */
export function historyIn(breakers: Breakers, name: string): BreakerHistory {
  return (Object.hasOwn(breakers, name) ? breakers[name] : undefined) ?? {};
}

function seen(staged: StagedBreaker, attempt: Attempt, state: BreakerState, at: number): void {
  const known = staged.states[state];
  if (known) known.moveLater(attempt, at);
  else staged.states[state] = new MutableSighting(attempt, at);
  if (state !== 'half_open') staged[state].push(at);
}

function isState(state: string | undefined): state is BreakerState {
  return BREAKER_STATES.some((known) => known === state);
}

function historyOf(marks: Partial<Record<BreakerState, MutableSighting>>): BreakerHistory {
  return Object.fromEntries(Object.entries(marks).map(([state, mark]) => [state, mark.seen()]));
}

function mergeHistories(a: BreakerHistory, b: BreakerHistory): BreakerHistory {
  const merged: Partial<Record<BreakerState, Sighting>> = {};
  for (const state of BREAKER_STATES) {
    const newest = later(a[state], b[state]);
    if (newest) merged[state] = newest;
  }
  return merged;
}

/** Those seen last: of more than so many, every order and split of the evidence keeps the same, in the same states. */
function bounded(breakers: readonly (readonly [string, BreakerHistory])[]): Breakers {
  if (breakers.length <= BREAKERS_PER_CHAIN) return Object.fromEntries(breakers);
  const newestFirst = [...breakers].sort(
    ([x, left], [y, right]) => newestAt(right) - newestAt(left) || compareText(x, y),
  );
  return Object.fromEntries(newestFirst.slice(0, BREAKERS_PER_CHAIN));
}

function forgetOldest(breakers: Map<string, StagedBreaker>): void {
  const lastSeen = ({ states }: StagedBreaker): number => Math.max(0, ...Object.values(states).map((mark) => mark.at));
  const [oldest] = [...breakers].sort(([x, a], [y, b]) => lastSeen(a) - lastSeen(b) || compareText(y, x));
  if (oldest) breakers.delete(oldest[0]);
}

const newestAt = (history: BreakerHistory): number => Math.max(0, ...Object.values(history).map(({ at }) => at));

function later(a: Sighting | undefined, b: Sighting | undefined): Sighting | undefined {
  if (!a || !b) return a ?? b;
  return compareSightings(a, b) >= 0 ? a : b;
}
