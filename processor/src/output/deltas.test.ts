import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../store/memory.ts';
import type { MetricPoint } from '../types/metric.ts';
import type { SentStore } from '../types/sent.ts';
import type { DeltaState } from './delta.ts';
import { deltasFor, openDeltas } from './deltas.ts';

const SERVICE = { namespace: '', name: 's', environment: '' };
const OTLP = { name: 'otlp', address: 'http://a' };

/** Counted so far, as one process knows it: its attributes are objects of its own. */
function process(totals: readonly number[], startTime = 0): MetricPoint[] {
  return totals.flatMap((total, index): MetricPoint[] => [
    { kind: 'counter', name: 'c', service: SERVICE, attributes: { a: `x${index}`, b: 1 }, value: total, startTime },
    {
      kind: 'histogram',
      name: 'h',
      service: SERVICE,
      attributes: { a: `x${index}`, b: 1 },
      bounds: [1],
      counts: [total, 0],
      sum: total / 2,
      count: total,
      startTime,
    },
  ]);
}

/** Attributes that live as long as the process, with new values. */
function now(points: readonly MetricPoint[], totals: readonly number[]): MetricPoint[] {
  return process(totals).map((point, index) => ({
    ...point,
    attributes: points[index]?.attributes ?? point.attributes,
  }));
}

function sums(points: readonly MetricPoint[]): { count: number; observations: number; sum: number } {
  const all = { count: 0, observations: 0, sum: 0 };
  for (const point of points) {
    if (point.kind === 'counter') all.count += point.value;
    if (point.kind === 'histogram') {
      all.observations += point.counts.reduce((total, count) => total + count, 0);
      all.sum += point.sum;
    }
  }
  return all;
}

async function sentStore(): Promise<SentStore> {
  return (await createMemoryStore()).sent;
}

async function exported(deltas: DeltaState, points: readonly MetricPoint[], at = 1): Promise<readonly MetricPoint[]> {
  const since = deltas.since(points, at);
  since.accepted();
  await since.kept();
  return since.points;
}

describe('deltas that outlive the process', () => {
  it('add up to what was counted since the destination began, whatever fails and whenever the process is killed', async () => {
    const step = fc.record({
      added: fc.tuple(fc.nat(9), fc.nat(9)),
      does: fc.constantFrom('export', 'fail to export', 'die'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step), async (steps) => {
        const sent = await sentStore();
        let totals = [5, 7];
        let points = process(totals);
        let deltas = await openDeltas(sent, OTLP, points, 0);
        const received: MetricPoint[] = [];
        for (const { added, does } of [...steps, { added: [1, 1], does: 'export' }]) {
          totals = totals.map((total, index) => total + (added[index] ?? 0));
          points = now(points, totals);
          if (does === 'export') received.push(...(await exported(deltas, points)));
          if (does === 'fail to export') deltas.since(points, 1);
          if (does !== 'die') continue;
          // What the next process finds in the store, under attributes of its own.
          points = process(totals);
          deltas = await openDeltas(sent, OTLP, points, 1);
        }
        const all = totals.reduce((sum, total) => sum + total, 0) - 12;
        expect(sums(received)).toEqual({ count: all, observations: all, sum: all / 2 });
      }),
    );
  });

  it('count from the last export, and a series that nobody was sent from its start', async () => {
    const sent = await sentStore();
    const points = process([3]);
    await exported(await openDeltas(sent, OTLP, points, 500), now(points, [4]), 1000);
    const later = process([4, 2]);
    const next = await openDeltas(sent, OTLP, later, 2000);
    expect(next.since(now(later, [6, 2]), 3000).points).toMatchObject([
      { kind: 'counter', value: 2, startTime: 1000 },
      { kind: 'histogram', count: 2, startTime: 1000 },
      { kind: 'counter', value: 2, startTime: 0 },
      { kind: 'histogram', count: 2, startTime: 0 },
    ]);
  });

  it('know a series again whatever the order of its attributes, and not one that began anew', async () => {
    const sent = await sentStore();
    await openDeltas(sent, OTLP, process([3]), 0);
    const reordered = process([3]).map((point) => ({ ...point, attributes: { b: 1, a: 'x0' } }));
    const again = await openDeltas(sent, OTLP, reordered, 0);
    expect(again.since(reordered, 1).points).toEqual([]);
    const anew = process([3], 77);
    expect((await openDeltas(sent, OTLP, anew, 0)).since(anew, 1).points).toEqual(anew);
  });

  it('begin anew for another address, and after cumulative values', async () => {
    const sent = await sentStore();
    await openDeltas(sent, OTLP, process([3]), 0);
    const elsewhere = process([5]);
    const moved = await openDeltas(sent, { ...OTLP, address: 'http://b' }, elsewhere, 0);
    expect(moved.since(elsewhere, 1).points).toEqual([]);
    const back = process([8]);
    expect(await deltasFor('cumulative', sent, OTLP, () => back, 0)).toBeUndefined();
    for (const temporality of ['delta', 'lowmemory'] as const) {
      expect((await deltasFor(temporality, sent, OTLP, () => back, 0))?.since(back, 1).points).toEqual([]);
    }
  });

  it('keep what could not be written with the next export, and begin only once everything is written', async () => {
    const sent = await sentStore();
    let fails = true;
    const full: SentStore = {
      ...sent,
      put: (...all) => (fails ? Promise.reject(new Error('disk full')) : sent.put(...all)),
    };
    const points = process([3]);
    const deltas = await openDeltas(full, OTLP, points, 0);
    const since = deltas.since(now(points, [4]), 1);
    since.accepted();
    await expect(since.kept()).rejects.toThrow('disk full');
    expect(await sent.load('otlp', OTLP.address, () => undefined)).toBe(false);
    fails = false;
    await exported(deltas, now(points, [5]));
    const after = process([6]);
    expect(sums((await openDeltas(sent, OTLP, after, 0)).since(after, 1).points)).toMatchObject({ count: 1 });
  });

  it('forget series that are no more', async () => {
    const sent = await sentStore();
    const points = process([3, 4]);
    await openDeltas(sent, OTLP, points, 0);
    const fewer = process([3]);
    await exported(await openDeltas(sent, OTLP, fewer, 0), now(fewer, [5]));
    const kept: string[] = [];
    await sent.load('otlp', OTLP.address, (part) => kept.push(...part.map(({ series }) => series)));
    expect(kept).toHaveLength(2);
  });
});
