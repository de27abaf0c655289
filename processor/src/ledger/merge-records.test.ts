import { describe, expect, it } from 'vitest';
import type { RowRecord, SeriesRecord } from '../types/store.ts';
import { countHeldOf, mergeChain, mergeRow, mergeUnassigned, withHolder } from './merge-records.ts';

const KEY = {
  namespace: '',
  service: 'shop',
  environment: '',
  chain: 'c',
  target: 't',
  routeType: 'fallback',
} as const;
const series = (metric: string, value: number, startTime: number, counts?: readonly number[]): SeriesRecord => ({
  kind: { metric, attributes: '{}' },
  value,
  sum: value / 2,
  counts,
  startTime,
});
const seen = (at: number, spanId: string) => ({ at, traceId: 'a'.repeat(32), spanId });
const row = (declaredAt: number, at: number, value: number, rest: Partial<RowRecord> = {}): RowRecord => ({
  key: KEY,
  placeholder: false,
  state: {
    rank: 1,
    declaredAt,
    announcedAt: at,
    seenAt: at,
    evidence: { organic: { success: seen(at, `${at}`), failure: undefined } },
  },
  series: [series('calls', value, declaredAt)],
  facts: { activity: { from: 3, counts: [value] } },
  ...rest,
});

describe('the records of two replicas', () => {
  it('merge to the newest sighting, the earliest declaration and the sum of what was counted, in any order', () => {
    const [a, b, c] = [row(5, 10, 1), row(4, 30, 2), row(6, 20, 4)];
    const merged = mergeRow(mergeRow(a, b), c);
    expect(merged.state).toMatchObject({
      declaredAt: 4,
      seenAt: 30,
      evidence: { organic: { success: { spanId: '30' } } },
    });
    expect(merged.series).toEqual([series('calls', 7, 5)]);
    expect(merged.facts.activity).toEqual({ from: 3, counts: [7] });
    const other = mergeRow(mergeRow(c, b), a);
    expect({ ...other, series: [] }).toEqual({ ...merged, series: [] });
    expect(other.series).toEqual([series('calls', 7, 6)]);
  });

  it('keep a row that one of them knows for real, and series that only one of them has', () => {
    const placeholder = row(5, 0, 0, { placeholder: true, series: [] });
    expect(mergeRow(placeholder, row(6, 10, 1))).toMatchObject({ placeholder: false, series: [{ value: 1 }] });
    const chain = { key: KEY, announcedAt: 3, series: [series('a', 1, 1)], facts: {} };
    const merged = mergeChain(chain, { ...chain, announcedAt: 2, series: [series('b', 1, 1)] });
    expect(merged).toMatchObject({ announcedAt: 3, series: [{ kind: { metric: 'a' } }, { kind: { metric: 'b' } }] });
  });

  it('begin a histogram anew whose buckets a later version changed', () => {
    const old = row(1, 1, 0, { series: [series('duration', 3, 1, [1, 2])] });
    const anew = row(1, 1, 0, { series: [series('duration', 1, 9, [0, 1, 0])] });
    expect(mergeRow(old, anew).series).toEqual(anew.series);
  });

  it('list calls by their sum and by the newest model that they may have stood in for', () => {
    const call = { namespace: '', service: 'shop', environment: '', provider: '', requestModel: 'm' };
    const merged = mergeUnassigned(
      { ...call, calls: 2, lastSeen: 5, insteadOf: 'x' },
      { ...call, calls: -1, lastSeen: 4 },
    );
    expect(merged).toEqual({ ...call, calls: 1, lastSeen: 5, insteadOf: 'x' });
  });
});

describe('calls that wait in a replica', () => {
  const held: SeriesRecord = {
    ...series('held', 2, 5),
    kind: { metric: 'held', attributes: '{"llm_fallback.call.outcome":"error"}' },
  };

  it('are counted for a replica that is gone, and for no other', () => {
    const [a, b] = ['one', 'two'].map((holder) => row(5, 10, 1, { series: withHolder([held], holder) }));
    if (!a || !b) throw new Error('no rows');
    const both = mergeRow(a, b);
    const counted = countHeldOf(both, 'one');
    expect(counted.series).toEqual([
      b.series[0],
      {
        ...held,
        kind: {
          metric: 'llm_fallback.calls',
          attributes: '{"llm_fallback.call.outcome":"error","llm_fallback.exercise.kind":"organic"}',
        },
      },
    ]);
    expect(countHeldOf(counted, 'one')).toBe(counted);
  });
});
