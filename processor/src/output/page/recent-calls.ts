/** What is kept of a target's calls goes in, the last day by quarter of an hour comes out. */
import type { Activity } from '../../types/snapshot.ts';

export const QUARTERS = 96;
export const QUARTER_MS: number = 15 * 60_000;

/** At `now` (epoch ms), the oldest first; the last one still runs. Empty where there were no calls. */
export function recentCalls(activity: Activity | undefined, now: number): readonly number[] {
  if (!activity) return [];
  const first = Math.floor(now / QUARTER_MS) - QUARTERS + 1;
  const calls = new Array<number>(QUARTERS).fill(0);
  let isEmpty = true;
  for (const [index, count] of activity.counts.entries()) {
    const place = activity.from + index - first;
    if (count === 0 || place < 0 || place >= QUARTERS) continue;
    calls[place] = count;
    isEmpty = false;
  }
  return isEmpty ? [] : calls;
}
