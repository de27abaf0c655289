/** How many calls a row had in each quarter of an hour of the last day, by event time. Merging adds; what is older than a day leaves. */
import type { Activity } from '../types/snapshot.ts';

/** Milliseconds. */
export const QUARTER: number = 15 * 60 * 1000;
/** A day's, and one more, so that a whole day is known behind the quarter that still runs. */
const KEPT = 97;

/** What one batch adds. Most batches are of one quarter: the map is made for the second. */
export class ActivityStage {
  #quarter = -1;
  #count = 0;
  #others: Map<number, number> | undefined;

  /** `at`: epoch ms. */
  count(at: number): void {
    const quarter = quarterOf(at);
    if (quarter !== this.#quarter) this.#turnTo(quarter);
    this.#count++;
  }

  activity(): Activity | undefined {
    if (this.#count === 0) return undefined;
    if (!this.#others) return { from: this.#quarter, counts: [this.#count] };
    const counts = new Map(this.#others);
    add(counts, this.#quarter, this.#count);
    return fromCounts(counts);
  }

  #turnTo(quarter: number): void {
    if (this.#count > 0) {
      this.#others ??= new Map();
      if (this.#others.size >= 4 * KEPT) forgetOld(this.#others);
      add(this.#others, this.#quarter, this.#count);
    }
    this.#quarter = quarter;
    this.#count = 0;
  }
}

export function mergeActivity(a: Activity, b: Activity): Activity {
  if (b.counts.length === 1 && a.from + a.counts.length - 1 === b.from) {
    return { from: a.from, counts: a.counts.with(-1, at(a, b.from) + at(b, b.from)) };
  }
  const from = Math.min(a.from, b.from);
  const end = Math.max(a.from + a.counts.length, b.from + b.counts.length);
  const begin = Math.max(from, end - KEPT);
  const counts = Array.from({ length: end - begin }, (_, index) => at(a, begin + index) + at(b, begin + index));
  return trimmed(begin, counts);
}

/** What has to be added to `before` to make `after`; undefined where that is nothing. */
export function subtractActivity(after: Activity, before: Activity | undefined): Activity | undefined {
  if (!before) return after;
  const counts = after.counts.map((count, index) => count - at(before, after.from + index));
  const first = counts.findIndex((count) => count !== 0);
  return first < 0 ? undefined : { from: after.from + first, counts: counts.slice(first) };
}

/** Since the epoch; `at` in epoch ms. */
export function quarterOf(at: number): number {
  return Math.floor(at / QUARTER);
}

/** Quarters that make up the present load: the one that runs and the three before it. */
const LOAD_QUARTERS = 4;

/** Whether the present load, which `activity` tells, is of calls that no sampler stood before: they were seen in the same time. */
export function isLoadKnown(activity: Activity | undefined, unsampled: number | undefined, now: number): boolean {
  const first = quarterOf(now) - LOAD_QUARTERS + 1;
  if (unsampled !== undefined && unsampled >= first) return true;
  return activity === undefined || activity.from + activity.counts.length <= first;
}

/**
 * Calls a second over the last three quarters of an hour and what has passed of the present one. Where the first call is younger,
 * over the time since (at least a minute): the first minutes of a new service are not spread over an hour. `since`: when it was
 * declared, epoch ms; calls of earlier quarters, which arrived late, say that it is older. 0 where there were none.
 */
export function presentLoad(activity: Activity | undefined, since: number, now: number): number {
  if (!activity) return 0;
  const last = quarterOf(now);
  const first = last - LOAD_QUARTERS + 1;
  let calls = 0;
  for (let quarter = first; quarter <= last; quarter++) calls += at(activity, quarter);
  const knownSince = activity.from < quarterOf(since) ? activity.from * QUARTER : since;
  const begin = Math.max(first * QUARTER, knownSince);
  return calls / (Math.max(60_000, now - begin) / 1000);
}

function add(counts: Map<number, number>, quarter: number, count: number): void {
  counts.set(quarter, (counts.get(quarter) ?? 0) + count);
}

function at({ from, counts }: Activity, quarter: number): number {
  return counts[quarter - from] ?? 0;
}

function fromCounts(counts: ReadonlyMap<number, number>): Activity | undefined {
  if (counts.size === 0) return undefined;
  const last = Math.max(...counts.keys());
  const first = Math.max(Math.min(...counts.keys()), last - KEPT + 1);
  return trimmed(
    first,
    Array.from({ length: last - first + 1 }, (_, index) => counts.get(first + index) ?? 0),
  );
}

/** Without leading zeros, so that equal counts are equal values. */
function trimmed(from: number, counts: readonly number[]): Activity {
  const leading = counts.findIndex((count) => count > 0);
  return leading <= 0 ? { from, counts } : { from: from + leading, counts: counts.slice(leading) };
}

function forgetOld(counts: Map<number, number>): void {
  const newest = Math.max(...counts.keys());
  for (const quarter of counts.keys()) if (quarter <= newest - KEPT) counts.delete(quarter);
}
