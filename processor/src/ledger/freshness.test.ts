/** The state and age of one row at one now, and which of its sightings are the newest. */
import type { ExerciseKind } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import type { KindEvidence, RowState } from '../types/store.ts';
import { freshness } from './freshness.ts';

const at = (time: number, id = 'a') => ({ at: time, traceId: id, spanId: id });
const failedAt = (time: number, outcome: 'error' | 'timeout' = 'error', errorType?: string, id = 'a') => ({
  ...at(time, id),
  outcome,
  errorType,
});
const seen = (success?: number, failure?: number): KindEvidence => ({
  success: success === undefined ? undefined : at(success),
  failure: failure === undefined ? undefined : failedAt(failure),
});

const row = (evidence: RowState['evidence']): RowState => ({
  rank: 1,
  declaredAt: 1000,
  announcedAt: 1000,
  seenAt: 1000,
  evidence,
});
const COUNTS: readonly ExerciseKind[] = ['organic', 'drill', 'shadow'];
const judged = (evidence: RowState['evidence'], now = 10_000, maxAge = 100, counts = COUNTS) =>
  freshness(row(evidence), { maxAge, counts }, now);

describe('the kind of the last success', () => {
  const CASES: { name: string; evidence: RowState['evidence']; kind: ExerciseKind | undefined }[] = [
    { name: 'none without a success', evidence: { organic: seen(), drill: seen(undefined, 9) }, kind: undefined },
    { name: 'the newer one, counted first', evidence: { organic: seen(5), drill: seen(3) }, kind: 'organic' },
    {
      name: 'the newer one, counted last',
      evidence: { organic: seen(3), drill: seen(4), shadow: seen(5) },
      kind: 'shadow',
    },
    {
      name: 'not one that only failed since',
      evidence: { organic: seen(5), drill: seen(undefined, 9) },
      kind: 'organic',
    },
    { name: 'not one that is not counted', evidence: { organic: seen(5), probe: seen(9) }, kind: 'organic' },
  ];
  it.each(CASES)('is $name', ({ evidence, kind }) => {
    expect(judged(evidence).lastSuccessKind).toBe(kind);
  });

  it('is that of the greater ids where two succeeded at one time, in whatever order they are counted', () => {
    const evidence = { organic: seen(5), drill: { ...seen(), success: at(5, 'b') } };
    for (const counts of [COUNTS, COUNTS.toReversed()]) {
      expect(judged(evidence, 10_000, 100, counts)).toMatchObject({
        lastSuccessKind: 'drill',
        lastSuccess: { spanId: 'b' },
      });
    }
  });
});

describe('the newest sightings', () => {
  it('are those of all kinds that count', () => {
    const { lastSuccess, lastFailure, lastAttempt } = judged({
      organic: seen(5, 2),
      drill: seen(1, 7),
      probe: seen(9, 9),
    });
    expect([lastSuccess?.at, lastFailure?.at, lastAttempt?.at]).toEqual([5, 7, 7]);
  });

  it('have the success for the last attempt at one time, as the state has', () => {
    const tie = judged({ organic: seen(5), drill: { ...seen(), failure: failedAt(5, 'error', '500', 'z') } });
    expect(tie).toMatchObject({ state: 'fresh', lastAttempt: { spanId: 'a' }, lastFailure: { spanId: 'z' } });
  });

  it('are the greater in words where one span says two things', () => {
    const [one, other] = [failedAt(5, 'error', '500'), failedAt(5, 'error', '503')];
    const timeout = failedAt(5, 'timeout');
    for (const [a, b, expected] of [
      [one, other, other],
      [other, one, other],
      [other, timeout, timeout],
      [timeout, other, timeout],
      [failedAt(5), one, one],
    ]) {
      const evidence = { organic: { success: undefined, failure: a }, drill: { success: undefined, failure: b } };
      expect(judged(evidence).lastFailure).toEqual(expected);
    }
  });
});

describe('the state', () => {
  const CASES: { name: string; evidence: RowState['evidence']; now?: number; state: string; seconds: number }[] = [
    { name: 'without evidence', evidence: {}, state: 'never_exercised', seconds: 9 },
    {
      name: 'of kinds that are not counted',
      evidence: { probe: seen(5000, 6000) },
      state: 'never_exercised',
      seconds: 9,
    },
    { name: 'after a failure alone', evidence: { organic: seen(undefined, 5000) }, state: 'failing', seconds: 9 },
    {
      name: 'never exercised for ever',
      evidence: {},
      now: 1e12,
      state: 'never_exercised',
      seconds: (1e12 - 1000) / 1000,
    },
    { name: 'at its greatest age', evidence: { organic: seen(5000) }, now: 105_000, state: 'fresh', seconds: 100 },
    { name: 'a millisecond beyond', evidence: { organic: seen(5000) }, now: 105_001, state: 'stale', seconds: 100.001 },
    { name: 'failing and too old', evidence: { organic: seen(5000, 6000) }, now: 1e6, state: 'failing', seconds: 995 },
    { name: 'before its own success', evidence: { organic: seen(20_000) }, state: 'fresh', seconds: 0 },
    {
      name: 'of a failure of another kind',
      evidence: { organic: seen(5000), shadow: seen(undefined, 5001) },
      state: 'failing',
      seconds: 5,
    },
  ];
  it.each(CASES)('$name', ({ evidence, now, state, seconds }) => {
    expect(judged(evidence, now)).toMatchObject({ state, timeSinceLastSuccess: seconds });
  });

  it('has its age from the declaration before that, never negative', () => {
    expect(judged({}, 500).timeSinceLastSuccess).toBe(0);
  });
});
