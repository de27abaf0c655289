import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DistributionPoint, MetricPoint, SumPoint } from '../types/metric.ts';
import { createDeltaState } from './delta.ts';

const service = { namespace: '', name: 's', environment: '' };
const attributes = { a: 'x' };
const counter = (value: number, startTime = 0): SumPoint => ({
  kind: 'counter',
  name: 'c',
  service,
  attributes,
  value,
  startTime,
});
const histogram = (counts: readonly number[], sum: number): DistributionPoint => ({
  kind: 'histogram',
  name: 'h',
  service,
  attributes,
  bounds: [1],
  counts,
  sum,
  count: counts.reduce((total, count) => total + count, 0),
  startTime: 0,
});

describe('deltas', () => {
  it('count from the last accepted export', () => {
    const delta = createDeltaState();
    const first = delta.since([counter(5)], 1000);
    expect(first.points).toEqual([counter(5)]);
    first.accepted();
    expect(delta.since([counter(7)], 2000).points).toEqual([{ ...counter(2), startTime: 1000 }]);
  });

  it('carry what a failed export lacked', () => {
    const delta = createDeltaState();
    delta.since([counter(5)], 1000).accepted();
    delta.since([counter(7)], 2000);
    expect(delta.since([counter(8)], 3000).points).toEqual([{ ...counter(3), startTime: 1000 }]);
  });

  it('leave out what did not change, and pass gauges on', () => {
    const delta = createDeltaState();
    const gauge: MetricPoint = { kind: 'gauge', name: 'g', service, attributes, value: 1 };
    delta.since([counter(5), gauge], 1000).accepted();
    expect(delta.since([counter(5), gauge], 2000).points).toEqual([gauge]);
  });

  it('do not send again what an earlier process has counted', () => {
    const delta = createDeltaState();
    delta.start([counter(100)], 500);
    expect(delta.since([counter(101)], 1000).points).toEqual([{ ...counter(1), startTime: 500 }]);
  });

  it('start anew with a series that did', () => {
    const delta = createDeltaState();
    delta.since([counter(5, 0)], 1000).accepted();
    expect(delta.since([counter(2, 1500)], 2000).points).toEqual([counter(2, 1500)]);
  });

  it('tell apart the series of a row that have attributes of their own', () => {
    const delta = createDeltaState();
    const [x, y] = [{ kind: 'x' }, { kind: 'y' }];
    delta.since([{ ...counter(5), extra: x }, counter(1)], 1000).accepted();
    const later = [{ ...counter(7), extra: x }, { ...counter(3), extra: y }, counter(2)];
    expect(delta.since(later, 2000).points).toEqual([
      { ...counter(2), extra: x, startTime: 1000 },
      { ...counter(3), extra: y },
      { ...counter(1), startTime: 1000 },
    ]);
  });

  it('subtract every bucket of a histogram', () => {
    const delta = createDeltaState();
    delta.since([histogram([1, 2], 4)], 1000).accepted();
    expect(delta.since([histogram([1, 5], 10)], 2000).points).toEqual([{ ...histogram([0, 3], 6), startTime: 1000 }]);
  });

  it('add up to the cumulative value whatever fails in between', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ added: fc.nat(100), accepted: fc.boolean() })), (steps) => {
        const delta = createDeltaState();
        let total = 0;
        let received = 0;
        for (const [index, { added, accepted }] of [...steps, { added: 1, accepted: true }].entries()) {
          total += added;
          const sent = delta.since([counter(total)], index);
          if (!accepted) continue;
          for (const point of sent.points) if (point.kind === 'counter') received += point.value;
          sent.accepted();
        }
        expect(received).toBe(total);
      }),
    );
  });
});
