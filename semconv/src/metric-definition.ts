/** The shape of one entry of the generated metric table. */

export type MetricKind = 'gauge' | 'counter' | 'histogram';

/** A metric as the registry defines it. */
export interface MetricDefinition {
  /** The OpenTelemetry name. */
  readonly name: string;
  readonly kind: MetricKind;
  /** UCUM, as OTLP carries it. */
  readonly unit: string;
  /** One sentence; the description by OTLP and the help text by Prometheus. */
  readonly brief: string;
  /** Every attribute that a point may carry, `service.*` included. */
  readonly attributes: readonly string[];
  /** Upper bounds of a histogram's buckets, ascending, in `unit`; the last bucket is open. */
  readonly bounds?: readonly number[];
  /** The name after Prometheus' own OTLP translation; a histogram's series add `_bucket`, `_sum` and `_count`. */
  readonly prometheusName: string;
}
