import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Turn } from '../types/snapshot.ts';
import { mergeTurns, stateChanges } from './turns.ts';

const HOUR = 3_600_000;
const turn = (hour: number, outcome: string): Turn => ({
  at: hour * HOUR,
  traceId: 'a'.repeat(32),
  spanId: hour.toString(16).padStart(16, '0'),
  outcome,
  kind: 'organic',
});
const merged = (turns: readonly Turn[]): readonly Turn[] =>
  turns.reduce<readonly Turn[]>((all, each) => mergeTurns(all, [each]), []);
const changes = (turns: readonly Turn[], now: number, maxAge = 24) =>
  stateChanges({ turns: merged(turns), declaredAt: 0, maxAge: maxAge * 3600 }, now * HOUR).map(({ at, state }) => [
    at / HOUR,
    state,
  ]);

describe('the state changes of a target', () => {
  it('are told newest first, from the declaration on', () => {
    expect(
      changes([turn(1, 'success'), turn(2, 'success'), turn(3, 'error'), turn(4, 'timeout'), turn(5, 'success')], 6),
    ).toEqual([
      [5, 'fresh'],
      [3, 'failing'],
      [1, 'fresh'],
      [0, 'never_exercised'],
    ]);
  });

  it('tell when a target grew stale, between two successes and since the last one', () => {
    expect(changes([turn(1, 'success'), turn(50, 'success'), turn(60, 'success')], 100)).toEqual([
      [84, 'stale'],
      [50, 'fresh'],
      [25, 'stale'],
      [1, 'fresh'],
      [0, 'never_exercised'],
    ]);
  });

  it('are the same where a failure comes late, into the middle of a run', () => {
    const late = [turn(1, 'success'), turn(2, 'success'), turn(3, 'success'), turn(2.5, 'error')];
    expect(changes(late, 4).slice(0, 3)).toEqual([
      [3, 'fresh'],
      [2.5, 'failing'],
      [1, 'fresh'],
    ]);
  });

  it('keep the newest fifty', () => {
    const flapping = Array.from({ length: 300 }, (_, index) => turn(index * 6, index % 2 === 0 ? 'success' : 'error'));
    const spread = [
      ...flapping,
      ...flapping.map((each) => turn(each.at / HOUR + 1, each.outcome === 'error' ? 'success' : 'error')),
    ];
    const told = changes(spread, 1900, 1_000_000);
    expect(told.length).toBeGreaterThanOrEqual(25);
    expect(told.length).toBeLessThanOrEqual(50);
    expect(told[0]).toEqual([1795, 'fresh']);
  });

  it('are the same in any order, with any repetition and in any parts', () => {
    const turns = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.constantFrom('success', 'error')), {
      selector: ([hour]) => hour,
      maxLength: 60,
    });
    fc.assert(
      fc.property(turns, fc.integer({ min: 0, max: 60 }), (pairs, cut) => {
        const all = pairs.map(([hour, outcome]) => turn(hour, outcome));
        const [left, right] = [all.slice(0, cut), all.slice(cut)];
        const parts = mergeTurns(mergeTurns(right, []), mergeTurns(left, right));
        expect(parts).toEqual(mergeTurns([], [...all].reverse()));
      }),
    );
  });
});
