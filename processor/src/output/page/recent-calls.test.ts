import { expect, it } from 'vitest';
import { QUARTER_MS, QUARTERS, recentCalls } from './recent-calls.ts';

const FROM = 1_900_000;
const activity = { from: FROM, counts: [3, 0, 5] };
/** In the middle of a quarter. */
const at = (quarter: number): number => (quarter + 0.5) * QUARTER_MS;

it.each([
  ['ends with the quarter that still runs', at(FROM + 2), [3, 0, 5]],
  ['has quarters without calls after the last one', at(FROM + 4), [3, 0, 5, 0, 0]],
  ['begins a day ago', at(FROM + QUARTERS), [0, 5, ...new Array<number>(QUARTERS - 2).fill(0)]],
  ['leaves out what lies after now', at(FROM + 1), [3, 0]],
])('the last day of calls %s', (_name, now, end) => {
  const calls = recentCalls(activity, now);
  expect(calls).toHaveLength(QUARTERS);
  expect(calls.slice(-end.length)).toEqual(end);
  expect(calls.slice(0, -end.length).every((count) => count === 0)).toBe(true);
});

it('is empty without calls in the last day', () => {
  expect(recentCalls(undefined, at(FROM))).toEqual([]);
  expect(recentCalls(activity, at(FROM + 2 + QUARTERS))).toEqual([]);
});
