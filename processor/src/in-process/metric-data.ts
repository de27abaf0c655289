/**
 * Metric points in, the data of a `MetricProducer` out. It imports types of the SDK only: what it returns is read by the
 * application's own SDK, 2.x or 3.x, whose enums have the same numbers.
 */
import type { HrTime } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { CollectionResult, DataPoint, MetricData } from '@opentelemetry/sdk-metrics';
import { METRICS, type MetricDefinition } from '@warmspare/semconv';
import type { MetricPoint } from '../types/metric.ts';

export type Temporality = 'cumulative' | 'delta';

/** `AggregationTemporality`, `DataPointType` and `ValueType` by number, the same in sdk-metrics 2.x and 3.x. */
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
    attributes: { ...from.attributes },
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
