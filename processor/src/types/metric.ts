/** What `metrics.ts` makes of a snapshot and every metric output reads: named points with plain values, ready to be translated. */
import type { ServiceIdentity } from './span.ts';

/** `service.*`, chain, target and route type included where the point has them, under their full names. */
export type MetricAttributes = Readonly<Record<string, string | number | boolean>>;

/** Whether histograms leave, with their buckets. */
export type Histograms = 'classic' | 'off';

interface PointBase {
  /** A name of semconv's `METRICS` table, which has kind, unit and description. */
  readonly name: string;
  /** Which resource the point belongs to by OTLP; all parts empty on the overflow row's points. */
  readonly service: ServiceIdentity;
  /** Of the row, the chain or the service: one object as long as that lives, so that an output may know it by it. */
  readonly attributes: MetricAttributes;
  /** The metric's own, under other names; of a counter or histogram one object for the life of the series. */
  readonly extra?: MetricAttributes;
}

export interface GaugePoint extends PointBase {
  readonly kind: 'gauge';
  readonly value: number;
}

/** Cumulative since `startTime` (epoch ms); monotonic. */
export interface SumPoint extends PointBase {
  readonly kind: 'counter';
  readonly value: number;
  readonly startTime: number;
}

/** Cumulative since `startTime` (epoch ms); `counts` has one more entry than `bounds`. */
export interface DistributionPoint extends PointBase {
  readonly kind: 'histogram';
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
  readonly startTime: number;
}

/** One point of a metric. */
export type MetricPoint = GaugePoint | SumPoint | DistributionPoint;
