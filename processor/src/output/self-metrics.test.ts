import {
  ATTR_WARMSPARE_CARDINALITY_LIMIT,
  ATTR_WARMSPARE_REJECT_REASON,
  CARDINALITY_LIMITS,
  METRIC_WARMSPARE_REQUESTS_REJECTED,
  METRICS,
  SPAN_REJECT_REASONS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import type { PipelineHealth, PipelineStats } from '../types/pipeline.ts';
import { createRequestRejections, selfMetricPoints } from './self-metrics.ts';

const stats: PipelineStats = {
  batches: 1,
  received: 10,
  accepted: 5,
  ignored: 3,
  rejected: { missing_end_time: 2, name_too_long: 0, invalid_id: 3, unauthorized: 1 },
  duplicates: 1,
  clamped: 4,
  overflowed: 6,
  overflow: {
    rows: 12,
    chains: 13,
    services: 14,
    row_series: 15,
    chain_targets: 16,
    chain_breakers: 17,
    unassigned: 18,
  },
  unknownWords: { finish_reason: 19, operation: 20, outcome: 21, exercise_kind: 22, route_type: 23 },
  evicted: 11,
  commits: 7,
  storeErrors: 8,
};
const health: PipelineHealth = {
  storeAvailable: true,
  storeError: undefined,
  damage: undefined,
  clockError: undefined,
  queued: 9,
};

describe('the service’s own metrics', () => {
  it('have a point for every warmspare.* metric of the registry, of its kind and with its attributes', () => {
    const points = selfMetricPoints(stats, health, createRequestRejections().counts, 1000);
    const promised = METRICS.filter(({ name }) => name.startsWith('warmspare.'));
    expect(new Set(points.map(({ name }) => name))).toEqual(new Set(promised.map(({ name }) => name)));
    for (const { name, kind, attributes } of promised) {
      const own = points.filter((point) => point.name === name);
      expect(own.map((point) => [point.kind, Object.keys(point.attributes)])).toEqual(
        own.map(() => [kind, [...attributes]]),
      );
    }
  });

  it('carry the pipeline’s counts', () => {
    const points = selfMetricPoints(stats, { ...health, damage: { reason: 'r', movedTo: 'm' } }, new Map(), 1000);
    const values = points.map((point) =>
      point.kind === 'histogram' ? [] : [point.name, point.attributes[ATTR_WARMSPARE_REJECT_REASON], point.value],
    );
    expect(values).toEqual([
      ['warmspare.spans.received', undefined, 10],
      ['warmspare.spans.accepted', undefined, 5],
      ['warmspare.spans.ignored', undefined, 3],
      ['warmspare.spans.rejected', 'missing_end_time', 2],
      ['warmspare.spans.rejected', 'name_too_long', 0],
      ['warmspare.spans.rejected', 'invalid_id', 3],
      ['warmspare.spans.rejected', 'unauthorized', 1],
      ['warmspare.spans.duplicated', undefined, 1],
      ['warmspare.batches', undefined, 1],
      ['warmspare.commits', undefined, 7],
      ['warmspare.queue.size', undefined, 9],
      ['warmspare.series.overflow', undefined, 6],
      ...[12, 13, 14, 15, 16, 17, 18].map((count) => ['warmspare.cardinality.overflow', undefined, count]),
      ...[19, 20, 21, 22, 23].map((count) => ['warmspare.vocabulary.unknown', undefined, count]),
      ['warmspare.calls.evicted', undefined, 11],
      ['warmspare.clock.clamps', undefined, 4],
      ['warmspare.clock.doubtful', undefined, 0],
      ['warmspare.store.errors', undefined, 8],
      ['warmspare.store.damage', undefined, 1],
    ]);
  });

  // A request and a single span may be refused for one reason.
  it('give every reason of the registry, and no other', () => {
    const points = selfMetricPoints(stats, health, createRequestRejections().counts, 1000);
    const reasons = points.flatMap(({ attributes }) => attributes[ATTR_WARMSPARE_REJECT_REASON] ?? []);
    expect(new Set(reasons)).toEqual(new Set(SPAN_REJECT_REASONS));
  });

  it('give every limit of the registry, and no other', () => {
    const points = selfMetricPoints(stats, health, new Map(), 1000);
    const limits = points.flatMap(({ attributes }) => attributes[ATTR_WARMSPARE_CARDINALITY_LIMIT] ?? []);
    expect(limits).toEqual([...CARDINALITY_LIMITS]);
  });

  it('count refused requests by reason, each from zero, under one attributes object', () => {
    const rejections = createRequestRejections();
    const rejected = () =>
      selfMetricPoints(stats, health, rejections.counts, 1000).filter(
        ({ name }) => name === METRIC_WARMSPARE_REQUESTS_REJECTED,
      );
    const before = rejected();
    rejections.count('too_large');
    rejections.count('too_large');
    const after = rejected();
    expect(before.every((point) => point.kind === 'counter' && point.value === 0)).toBe(true);
    expect(after.filter((point) => point.kind === 'counter' && point.value > 0)).toMatchObject([
      { value: 2, attributes: { [ATTR_WARMSPARE_REJECT_REASON]: 'too_large' } },
    ]);
    expect(after.map(({ attributes }) => attributes).every((own, index) => own === before[index]?.attributes)).toBe(
      true,
    );
  });
});
