/** Snapshot in, metric points out: the gauges of each target and the ledger's counters and histograms, names and attributes as semconv has them. */
import {
  ATTR_LLM_FALLBACK_TARGET_STATE,
  METRIC_LLM_FALLBACK_DECLARATION_TIMESTAMP,
  METRIC_LLM_FALLBACK_LAST_ATTEMPT_TIMESTAMP,
  METRIC_LLM_FALLBACK_LAST_SUCCESS_TIMESTAMP,
  METRIC_LLM_FALLBACK_MAX_AGE,
  METRIC_LLM_FALLBACK_TARGET_STATUS,
  METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
  METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP,
  TARGET_STATES,
} from '@warmspare/semconv';
import type { MetricAttributes, MetricPoint } from './types/metric.ts';
import type { Snapshot, TargetSnapshot } from './types/snapshot.ts';

/** Times in seconds, as the metric names say; placeholders have their gauges too, so that an alert can fire on them. */
export function metricPoints(snapshot: Snapshot): MetricPoint[] {
  const points: MetricPoint[] = [];
  for (const target of snapshot.targets) if (!target.overflow) pushGauges(points, target);
  for (const { service, attributes, at } of snapshot.watermarks) {
    points.push(gauge(METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP, service, attributes, at / 1000));
  }
  for (const counter of snapshot.counters) points.push(counter);
  for (const histogram of snapshot.histograms) points.push(histogram);
  return points;
}

function pushGauges(points: MetricPoint[], target: TargetSnapshot): void {
  const { service, attributes, lastSuccess, lastAttempt, timeSinceLastSuccess } = target;
  const push = (name: string, value: number): number => points.push(gauge(name, service, attributes, value));
  push(METRIC_LLM_FALLBACK_DECLARATION_TIMESTAMP, target.declaredAt / 1000);
  if (lastSuccess) push(METRIC_LLM_FALLBACK_LAST_SUCCESS_TIMESTAMP, lastSuccess.at / 1000);
  if (lastAttempt) push(METRIC_LLM_FALLBACK_LAST_ATTEMPT_TIMESTAMP, lastAttempt.at / 1000);
  if (target.state === undefined || timeSinceLastSuccess === undefined) return;
  push(METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS, timeSinceLastSuccess);
  push(METRIC_LLM_FALLBACK_MAX_AGE, target.maxAge);
  for (const [index, state] of TARGET_STATES.entries()) {
    const own = statusAttributes(attributes)[index] ?? attributes;
    points.push(gauge(METRIC_LLM_FALLBACK_TARGET_STATUS, service, own, state === target.state ? 1 : 0));
  }
}

/** A row's attributes with each state, made once a row: outputs may cache by identity. */
const withStates = new WeakMap<MetricAttributes, readonly MetricAttributes[]>();

function statusAttributes(attributes: MetricAttributes): readonly MetricAttributes[] {
  let made = withStates.get(attributes);
  if (!made) {
    made = TARGET_STATES.map((state) => ({ ...attributes, [ATTR_LLM_FALLBACK_TARGET_STATE]: state }));
    withStates.set(attributes, made);
  }
  return made;
}

function gauge(
  name: string,
  service: TargetSnapshot['service'],
  attributes: MetricAttributes,
  value: number,
): MetricPoint {
  return { kind: 'gauge', name, service, attributes, value };
}
