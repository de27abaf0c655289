/** The pipeline's own counts go in, `warmspare.*` metric points come out: the service's health beside what it measures. */
import {
  ATTR_WARMSPARE_CARDINALITY_LIMIT,
  ATTR_WARMSPARE_REJECT_REASON,
  ATTR_WARMSPARE_VOCABULARY_TABLE,
  CARDINALITY_LIMITS,
  METRIC_WARMSPARE_BATCHES,
  METRIC_WARMSPARE_CALLS_EVICTED,
  METRIC_WARMSPARE_CARDINALITY_OVERFLOW,
  METRIC_WARMSPARE_CLOCK_CLAMPS,
  METRIC_WARMSPARE_CLOCK_DOUBTFUL,
  METRIC_WARMSPARE_COMMITS,
  METRIC_WARMSPARE_QUEUE_SIZE,
  METRIC_WARMSPARE_REQUESTS_REJECTED,
  METRIC_WARMSPARE_SERIES_OVERFLOW,
  METRIC_WARMSPARE_SPANS_ACCEPTED,
  METRIC_WARMSPARE_SPANS_DUPLICATED,
  METRIC_WARMSPARE_SPANS_IGNORED,
  METRIC_WARMSPARE_SPANS_RECEIVED,
  METRIC_WARMSPARE_SPANS_REJECTED,
  METRIC_WARMSPARE_STORE_DAMAGE,
  METRIC_WARMSPARE_STORE_ERRORS,
  METRIC_WARMSPARE_VOCABULARY_UNKNOWN,
  VOCABULARY_TABLES,
} from '@warmspare/semconv';
import type { RefusalReason } from '../receive/refusal.ts';
import type { MetricAttributes, MetricPoint } from '../types/metric.ts';
import type { PipelineHealth, PipelineStats } from '../types/pipeline.ts';
import type { ServiceIdentity } from '../types/span.ts';

/** The resource of the service's own metrics by OTLP. */
const SELF: ServiceIdentity = { namespace: '', name: 'warmspare', environment: '' };
const NO_ATTRIBUTES: MetricAttributes = {};

/** Counts requests that were refused as a whole, by reason. */
export interface RequestRejections {
  count(reason: RefusalReason): void;
  readonly counts: ReadonlyMap<string, number>;
}

/** Every reason has its series from the start: a counter that appears with its first count shows no increase. */
const REASONS: Readonly<Record<RefusalReason, number>> = {
  malformed: 0,
  too_large: 0,
  unauthorized: 0,
  unsupported: 0,
  overload: 0,
  timeout: 0,
  store_unavailable: 0,
  internal: 0,
};

/** Starts at zero. */
export function createRequestRejections(): RequestRejections {
  const counts = new Map<string, number>(Object.entries(REASONS));
  return { counts, count: (reason) => counts.set(reason, (counts.get(reason) ?? 0) + 1) };
}

/** `startTime`: when this process began to count, epoch ms. */
export function selfMetricPoints(
  stats: PipelineStats,
  health: PipelineHealth,
  rejections: ReadonlyMap<string, number>,
  startTime: number,
): MetricPoint[] {
  const counter = (name: string, value: number, attributes: MetricAttributes = NO_ATTRIBUTES): MetricPoint => ({
    kind: 'counter',
    name,
    service: SELF,
    attributes,
    value,
    startTime,
  });
  const gauge = (name: string, value: number): MetricPoint => ({
    kind: 'gauge',
    name,
    service: SELF,
    attributes: NO_ATTRIBUTES,
    value,
  });
  return [
    counter(METRIC_WARMSPARE_SPANS_RECEIVED, stats.received),
    counter(METRIC_WARMSPARE_SPANS_ACCEPTED, stats.accepted),
    counter(METRIC_WARMSPARE_SPANS_IGNORED, stats.ignored),
    ...Object.entries(stats.rejected).map(([reason, count]) =>
      counter(METRIC_WARMSPARE_SPANS_REJECTED, count, forReason(reason)),
    ),
    counter(METRIC_WARMSPARE_SPANS_DUPLICATED, stats.duplicates),
    ...[...rejections].map(([reason, count]) => counter(METRIC_WARMSPARE_REQUESTS_REJECTED, count, forReason(reason))),
    counter(METRIC_WARMSPARE_BATCHES, stats.batches),
    counter(METRIC_WARMSPARE_COMMITS, stats.commits),
    gauge(METRIC_WARMSPARE_QUEUE_SIZE, health.queued),
    counter(METRIC_WARMSPARE_SERIES_OVERFLOW, stats.overflowed),
    ...CARDINALITY_LIMITS.map((limit) =>
      counter(
        METRIC_WARMSPARE_CARDINALITY_OVERFLOW,
        stats.overflow[limit],
        only(ATTR_WARMSPARE_CARDINALITY_LIMIT, limit),
      ),
    ),
    ...VOCABULARY_TABLES.map((table) =>
      counter(
        METRIC_WARMSPARE_VOCABULARY_UNKNOWN,
        stats.unknownWords[table],
        only(ATTR_WARMSPARE_VOCABULARY_TABLE, table),
      ),
    ),
    counter(METRIC_WARMSPARE_CALLS_EVICTED, stats.evicted),
    counter(METRIC_WARMSPARE_CLOCK_CLAMPS, stats.clamped),
    gauge(METRIC_WARMSPARE_CLOCK_DOUBTFUL, health.clockError === undefined ? 0 : 1),
    counter(METRIC_WARMSPARE_STORE_ERRORS, stats.storeErrors),
    gauge(METRIC_WARMSPARE_STORE_DAMAGE, health.damage === undefined ? 0 : 1),
  ];
}

/** One object a value, because outputs know a series by its attributes object. */
const known = new Map<string, MetricAttributes>();

function only(attribute: string, value: string): MetricAttributes {
  const id = `${attribute}=${value}`;
  let attributes = known.get(id);
  if (attributes === undefined) {
    attributes = { [attribute]: value };
    known.set(id, attributes);
  }
  return attributes;
}

const forReason = (reason: string): MetricAttributes => only(ATTR_WARMSPARE_REJECT_REASON, reason);
