/** Metric points go in, the SDK's metric data comes out, grouped into one resource for each observed service. */
import { type HrTime, ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import {
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  METRICS,
  type MetricDefinition,
} from '@warmspare/semconv';
import type { DistributionPoint, MetricPoint } from '../types/metric.ts';
import type { ServiceIdentity } from '../types/span.ts';

/** What the data says beside the points. */
export interface OtlpContext {
  readonly version: string;
  /** Persisted, so that a restarted processor goes on with the same series. */
  readonly instanceId: string;
}

/** One entry for each service, in the order of its first point. `now` is the time of every point, epoch ms. */
export function resourceMetrics(
  points: readonly MetricPoint[],
  now: number,
  temporality: 'cumulative' | 'delta',
  context: OtlpContext,
): ResourceMetrics[] {
  const byService = Map.groupBy(points, ({ service }) =>
    JSON.stringify([service.namespace, service.name, service.environment]),
  );
  return [...byService.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const byName = Map.groupBy(group, ({ name }) => name);
    const metrics = [...byName].map(([name, series]) => metricData(definitionOf(name), series, now, temporality));
    const scope = { name: '@warmspare/processor', version: context.version };
    return [
      {
        resource: resourceFromAttributes(resourceAttributes(first.service, context.instanceId)),
        scopeMetrics: [{ scope, metrics }],
      },
    ];
  });
}

const DEFINITIONS: ReadonlyMap<string, MetricDefinition> = new Map(
  METRICS.map((definition) => [definition.name, definition]),
);

function definitionOf(name: string): MetricDefinition {
  const definition = DEFINITIONS.get(name);
  if (definition === undefined) throw new Error(`the metric ${name} has no definition`);
  return definition;
}

function metricData(
  { name, brief, unit, kind }: MetricDefinition,
  series: readonly MetricPoint[],
  now: number,
  temporality: 'cumulative' | 'delta',
): MetricData {
  const descriptor = { name, description: brief, unit, valueType: ValueType.DOUBLE };
  const aggregationTemporality =
    temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
  const endTime = hrTime(now);
  const dataPoint = <T>(point: MetricPoint, value: T): DataPoint<T> => ({
    startTime: point.kind === 'gauge' ? endTime : hrTime(point.startTime),
    endTime,
    attributes: { ...point.attributes, ...point.extra },
    value,
  });
  switch (kind) {
    case 'gauge': {
      const dataPoints = series.flatMap((point) => (point.kind === 'gauge' ? [dataPoint(point, point.value)] : []));
      return {
        descriptor,
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPointType: DataPointType.GAUGE,
        dataPoints,
      };
    }
    case 'counter': {
      const dataPoints = series.flatMap((point) => (point.kind === 'counter' ? [dataPoint(point, point.value)] : []));
      return { descriptor, aggregationTemporality, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
    }
    case 'histogram': {
      const dataPoints = series.flatMap((point) =>
        point.kind === 'histogram' ? [dataPoint(point, histogram(point))] : [],
      );
      return { descriptor, aggregationTemporality, dataPointType: DataPointType.HISTOGRAM, dataPoints };
    }
  }
}

const histogram = ({ bounds, counts, sum, count }: DistributionPoint) => ({
  buckets: { boundaries: [...bounds], counts: [...counts] },
  sum,
  count,
});

const hrTime = (at: number): HrTime => [Math.floor(at / 1000), Math.round((at % 1000) * 1e6)];

/** The observed service, never Warmspare itself: its metrics belong beside its own. */
const resourceAttributes = (
  { namespace, name, environment }: ServiceIdentity,
  instanceId: string,
): Record<string, string> => ({
  ...(namespace !== '' && { [ATTR_SERVICE_NAMESPACE]: namespace }),
  ...(name !== '' && { [ATTR_SERVICE_NAME]: name }),
  ...(environment !== '' && { [ATTR_DEPLOYMENT_ENVIRONMENT_NAME]: environment }),
  [ATTR_SERVICE_INSTANCE_ID]: instanceId,
});
