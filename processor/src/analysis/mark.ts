/** When and in which span something was seen, within one batch: moved in place, so that a span allocates nothing. */
import { spanIdOf, traceIdOf } from '../ids.ts';
import type { Attempt } from '../types/evidence.ts';
import type { Sighting } from '../types/snapshot.ts';

export interface Mark {
  at: number;
  readonly ids: Uint32Array;
}

export function mark(attempt: Attempt, at: number): Mark {
  return { at, ids: attempt.ids.slice() };
}

/**
 * Moves to the attempt where it is later; at the same time where its ids are greater, as {@link compareSightings} orders them.
 * Positive where it moved, 0 where the attempt is the very one that was marked.
 */
export function moveLater(own: Mark, attempt: Attempt, at: number): number {
  const order = at - own.at || compareIds(attempt.ids, own.ids);
  if (order > 0) move(own, attempt, at);
  return order;
}

/** Moves to the attempt where it is earlier; at the same time where its ids are smaller. */
export function moveEarlier(own: Mark, attempt: Attempt, at: number): void {
  if (at < own.at || (at === own.at && compareIds(attempt.ids, own.ids) < 0)) move(own, attempt, at);
}

export function seen({ at, ids }: Mark): Sighting {
  return { at, traceId: traceIdOf(ids), spanId: spanIdOf(ids) };
}

/** Negative where `a` came first. Total: two sightings that compare as 0 are the same. */
export function compareSightings(a: Sighting, b: Sighting): number {
  return a.at - b.at || compareText(a.traceId, b.traceId) || compareText(a.spanId, b.spanId);
}

export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function move(own: Mark, attempt: Attempt, at: number): void {
  own.at = at;
  own.ids.set(attempt.ids);
}

function compareIds(a: Uint32Array, b: Uint32Array): number {
  for (let index = 0; index < a.length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
