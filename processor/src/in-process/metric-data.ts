/**
 * Metric points in, the data of a `MetricProducer` out. It imports nothing of an SDK: what it returns is read by the
 * application's own, 2.x or 3.x, whose enums have the same numbers. The types are theirs by structure.
 */
import { METRICS, type MetricDefinition } from '@warmspare/semconv';
import type { MetricPoint } from '../types/metric.ts';

/** How successive collections of a counter relate. */
export type Temporality = 'cumulative' | 'delta';

/** Seconds and nanoseconds. */
type HrTime = [number, number];

interface DataPoint<T> {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly attributes: Record<string, string | number | boolean>;
  readonly value: T;
}

interface Histogram {
  buckets: { boundaries: number[]; counts: number[] };
  sum: number;
  count: number;
}

/** `AggregationTemporality` (0 delta, 1 cumulative), `DataPointType` (0 histogram, 2 gauge, 3 sum), `ValueType` (1 double). */
interface MetricBase {
  readonly descriptor: {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    readonly valueType: 1;
  };
  readonly aggregationTemporality: 0 | 1;
}

type MetricData = MetricBase &
  (
    | { readonly dataPointType: 2; readonly dataPoints: DataPoint<number>[] }
    | { readonly dataPointType: 3; readonly dataPoints: DataPoint<number>[]; readonly isMonotonic: boolean }
    | { readonly dataPointType: 0; readonly dataPoints: DataPoint<Histogram>[] }
  );

interface Resource {
  readonly attributes: Record<string, string>;
  getRawAttributes(): [];
  merge(other: Resource | null): Resource;
}

/** What `collect` of a `MetricProducer` resolves to. */
export interface CollectionResult {
  readonly resourceMetrics: {
    readonly resource: Resource;
    readonly scopeMetrics: { scope: { name: string }; metrics: MetricData[] }[];
  };
  readonly errors: unknown[];
}

const DELTA = 0;
const CUMULATIVE = 1;
const HISTOGRAM = 0;
const GAUGE = 2;
const SUM = 3;
const DOUBLE = 1;

/** The scope's name is the entry's. `now` is the time of every point, epoch ms. */
export function collectionResult(
  points: readonly MetricPoint[],
  now: number,
  temporality: Temporality,
  errors: readonly unknown[],
): CollectionResult {
  const byName = Map.groupBy(points, ({ name }) => name);
  const metrics = METRICS.flatMap((definition) => {
    const series = byName.get(definition.name);
    return series ? [metricData(definition, series, now, temporality)] : [];
  });
  const scopeMetrics = metrics.length > 0 ? [{ scope: { name: '@warmspare/processor/in-process' }, metrics }] : [];
  return { resourceMetrics: { resource: NO_RESOURCE, scopeMetrics }, errors: [...errors] };
}

function metricData(
  { name, brief, unit, kind }: MetricDefinition,
  series: readonly MetricPoint[],
  now: number,
  temporality: Temporality,
): MetricData {
  const descriptor = { name, description: brief, unit, valueType: DOUBLE } as const;
  const aggregationTemporality = temporality === 'delta' ? DELTA : CUMULATIVE;
  const endTime = hrTime(now);
  const point = <T>(from: MetricPoint, value: T): DataPoint<T> => ({
    startTime: from.kind === 'gauge' ? endTime : hrTime(from.startTime),
    endTime,
    attributes: { ...from.attributes, ...from.extra },
    value,
  });
  switch (kind) {
    case 'gauge':
      return {
        descriptor,
        aggregationTemporality: CUMULATIVE,
        dataPointType: GAUGE,
        dataPoints: series.flatMap((from) => (from.kind === 'gauge' ? [point(from, from.value)] : [])),
      };
    case 'counter':
      return {
        descriptor,
        aggregationTemporality,
        dataPointType: SUM,
        isMonotonic: true,
        dataPoints: series.flatMap((from) => (from.kind === 'counter' ? [point(from, from.value)] : [])),
      };
    case 'histogram':
      return {
        descriptor,
        aggregationTemporality,
        dataPointType: HISTOGRAM,
        dataPoints: series.flatMap((from) => {
          if (from.kind !== 'histogram') return [];
          const buckets = { boundaries: [...from.bounds], counts: [...from.counts] };
          return [point(from, { buckets, sum: from.sum, count: from.count })];
        }),
      };
  }
}

function hrTime(at: number): HrTime {
  return [Math.floor(at / 1000), Math.round((at % 1000) * 1e6)];
}

/** A reader puts its own SDK's resource in the place of a producer's. */
const NO_RESOURCE: Resource = {
  attributes: {},
  getRawAttributes: () => [],
  merge: (other) => other ?? NO_RESOURCE,
};
