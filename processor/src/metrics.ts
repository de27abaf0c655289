/** Snapshot in, metric points out: the gauges of each target and the ledger's counters and histograms, names and attributes as semconv has them. */
import {
  ASSUMPTION_STATES,
  ATTR_LLM_FALLBACK_ASSUMPTION_NAME,
  ATTR_LLM_FALLBACK_ASSUMPTION_STATE,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CONTRACT_PART,
  ATTR_LLM_FALLBACK_LIMIT_NAME,
  ATTR_LLM_FALLBACK_TARGET_STATE,
  BREAKER_STATES,
  METRIC_LLM_FALLBACK_ASSUMPTION_STATUS,
  METRIC_LLM_FALLBACK_BREAKER_STATUS,
  METRIC_LLM_FALLBACK_CONTRACT_DRIFT,
  METRIC_LLM_FALLBACK_DECLARATION_TIMESTAMP,
  METRIC_LLM_FALLBACK_FAILOVER_HEADROOM,
  METRIC_LLM_FALLBACK_LAST_ATTEMPT_TIMESTAMP,
  METRIC_LLM_FALLBACK_LAST_SUCCESS_TIMESTAMP,
  METRIC_LLM_FALLBACK_MAX_AGE,
  METRIC_LLM_FALLBACK_TARGET_STATUS,
  METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
  METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP,
  TARGET_STATES,
} from '@warmspare/semconv';
import type { MetricAttributes, MetricPoint } from './types/metric.ts';
import type { ChainSnapshot, Sighting, Snapshot, TargetSnapshot } from './types/snapshot.ts';

/**
 * The points of one metric stand together, and each is made when it is read: a scrape of many rows never holds them all. Times
 * in seconds, as the metric names say; placeholders have their gauges too, so that an alert can fire on them.
 */
export function* metricPoints(snapshot: Snapshot): Generator<MetricPoint, void, undefined> {
  const targets = snapshot.targets.filter(({ overflow }) => !overflow);
  for (const [name, measure] of GAUGES) {
    for (const target of targets) {
      const value = measure(target);
      if (value !== undefined) yield gauge(name, target.service, target.attributes, value);
    }
  }
  for (const target of targets) if (isJudged(target)) yield* statusPoints(target);
  for (const target of targets) yield* assumptionPoints(target);
  for (const target of targets) yield* driftPoints(target);
  for (const target of targets) yield* headroomPoints(target);
  for (const chain of snapshot.chains) yield* breakerPoints(chain);
  for (const { service, attributes, at } of snapshot.watermarks) {
    yield gauge(METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP, service, attributes, at / 1000);
  }
  for (const counters of Map.groupBy(snapshot.counters, nameOf).values()) yield* counters;
  for (const histograms of Map.groupBy(snapshot.histograms, nameOf).values()) yield* histograms;
}

const nameOf = ({ name }: MetricPoint): string => name;

/** The primary and undeclared targets have no state. */
const isJudged = (target: TargetSnapshot): boolean =>
  target.state !== undefined && target.timeSinceLastSuccess !== undefined;

const inSeconds = (sighting: Sighting | undefined): number | undefined => sighting && sighting.at / 1000;

const GAUGES: readonly (readonly [name: string, measure: (target: TargetSnapshot) => number | undefined])[] = [
  [METRIC_LLM_FALLBACK_DECLARATION_TIMESTAMP, ({ declaredAt }) => declaredAt / 1000],
  [METRIC_LLM_FALLBACK_LAST_SUCCESS_TIMESTAMP, ({ lastSuccess }) => inSeconds(lastSuccess)],
  [METRIC_LLM_FALLBACK_LAST_ATTEMPT_TIMESTAMP, ({ lastAttempt }) => inSeconds(lastAttempt)],
  [
    METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
    (target) => (isJudged(target) ? target.timeSinceLastSuccess : undefined),
  ],
  [METRIC_LLM_FALLBACK_MAX_AGE, (target) => (isJudged(target) ? target.maxAge : undefined)],
];

function* statusPoints({ service, attributes, state: own }: TargetSnapshot): Generator<MetricPoint, void, undefined> {
  for (const state of TARGET_STATES) {
    const withState = { ...attributes, [ATTR_LLM_FALLBACK_TARGET_STATE]: state };
    yield gauge(METRIC_LLM_FALLBACK_TARGET_STATUS, service, withState, state === own ? 1 : 0);
  }
}

function* assumptionPoints({
  service,
  attributes,
  assumptions,
}: TargetSnapshot): Generator<MetricPoint, void, undefined> {
  for (const { name, state: own } of assumptions) {
    for (const state of ASSUMPTION_STATES) {
      const labels = {
        ...attributes,
        [ATTR_LLM_FALLBACK_ASSUMPTION_NAME]: name,
        [ATTR_LLM_FALLBACK_ASSUMPTION_STATE]: state,
      };
      yield gauge(METRIC_LLM_FALLBACK_ASSUMPTION_STATUS, service, labels, state === own ? 1 : 0);
    }
  }
}

function* driftPoints({ service, attributes, drift }: TargetSnapshot): Generator<MetricPoint, void, undefined> {
  for (const { part, revisions } of drift) {
    const labels = { ...attributes, [ATTR_LLM_FALLBACK_CONTRACT_PART]: part };
    yield gauge(METRIC_LLM_FALLBACK_CONTRACT_DRIFT, service, labels, revisions.length);
  }
}

function* headroomPoints({ service, attributes, headroom }: TargetSnapshot): Generator<MetricPoint, void, undefined> {
  for (const { limit, headroom: value } of headroom) {
    if (value === undefined) continue;
    yield gauge(
      METRIC_LLM_FALLBACK_FAILOVER_HEADROOM,
      service,
      { ...attributes, [ATTR_LLM_FALLBACK_LIMIT_NAME]: limit },
      value,
    );
  }
}

function* breakerPoints({ service, attributes, breakers }: ChainSnapshot): Generator<MetricPoint, void, undefined> {
  for (const { name, state: own } of breakers) {
    for (const state of BREAKER_STATES) {
      const labels = {
        ...attributes,
        [ATTR_LLM_FALLBACK_BREAKER_NAME]: name,
        [ATTR_LLM_FALLBACK_BREAKER_STATE]: state,
      };
      yield gauge(METRIC_LLM_FALLBACK_BREAKER_STATUS, service, labels, state === own ? 1 : 0);
    }
  }
}

function gauge(
  name: string,
  service: TargetSnapshot['service'],
  attributes: MetricAttributes,
  value: number,
): MetricPoint {
  return { kind: 'gauge', name, service, attributes, value };
}
