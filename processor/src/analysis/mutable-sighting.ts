/** When and in which span something was seen, within one batch: moved in place, and small, since a batch makes many. */
import { ID_WORDS, spanIdOf, traceIdOf } from '../base/ids.ts';
import type { Attempt } from '../types/evidence.ts';
import type { Sighting } from '../types/snapshot.ts';

/** The ids' six words stand in fields of their own, as signed integers: the engine keeps those without a box. */
export class MutableSighting {
  at: number;
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;
  #e = 0;
  #f = 0;

  constructor({ ids }: Pick<Attempt, 'ids'>, at: number) {
    this.at = at;
    this.#take(ids);
  }

  /**
   * Moves to the attempt where it is later; at the same time where its ids are greater, as {@link compareSightings} orders them.
   * Positive where it moved, 0 where the attempt is the very one that was marked.
   */
  moveLater({ ids }: Attempt, at: number): number {
    const order = at - this.at || this.#compareTo(ids);
    if (order > 0) this.#move(ids, at);
    return order;
  }

  /** Moves to the attempt where it is earlier; at the same time where its ids are smaller. */
  moveEarlier({ ids }: Attempt, at: number): void {
    if (at < this.at || (at === this.at && this.#compareTo(ids) < 0)) this.#move(ids, at);
  }

  seen(): Sighting {
    words[0] = this.#a;
    words[1] = this.#b;
    words[2] = this.#c;
    words[3] = this.#d;
    words[4] = this.#e;
    words[5] = this.#f;
    return { at: this.at, traceId: traceIdOf(words), spanId: spanIdOf(words) };
  }

  #move(ids: Uint32Array, at: number): void {
    this.at = at;
    this.#take(ids);
  }

  #take(ids: Uint32Array): void {
    this.#a = (ids[0] ?? 0) | 0;
    this.#b = (ids[1] ?? 0) | 0;
    this.#c = (ids[2] ?? 0) | 0;
    this.#d = (ids[3] ?? 0) | 0;
    this.#e = (ids[4] ?? 0) | 0;
    this.#f = (ids[5] ?? 0) | 0;
  }

  /** Positive where the ids are greater than the marked ones. */
  #compareTo(ids: Uint32Array): number {
    return (
      (ids[0] ?? 0) - (this.#a >>> 0) ||
      (ids[1] ?? 0) - (this.#b >>> 0) ||
      (ids[2] ?? 0) - (this.#c >>> 0) ||
      (ids[3] ?? 0) - (this.#d >>> 0) ||
      (ids[4] ?? 0) - (this.#e >>> 0) ||
      (ids[5] ?? 0) - (this.#f >>> 0)
    );
  }
}

const words = new Uint32Array(ID_WORDS);

/** Negative where `a` came first. Total: two sightings that compare as 0 are the same. */
export function compareSightings(a: Sighting, b: Sighting): number {
  return a.at - b.at || compareText(a.traceId, b.traceId) || compareText(a.spanId, b.spanId);
}

export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
