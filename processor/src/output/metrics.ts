/** Snapshot in, metric points out: the gauges of each target and the ledger's counters and histograms, names and attributes as semconv has them. */
import {
  ASSUMPTION_NAMES,
  ASSUMPTION_STATES,
  type AssumptionName,
  type AssumptionState,
  ATTR_LLM_FALLBACK_ASSUMPTION_NAME,
  ATTR_LLM_FALLBACK_ASSUMPTION_STATE,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CONTRACT_PART,
  ATTR_LLM_FALLBACK_LIMIT_NAME,
  ATTR_LLM_FALLBACK_TARGET_STATE,
  BREAKER_STATES,
  CONTRACT_PARTS,
  LIMIT_NAMES,
  METRIC_LLM_FALLBACK_ASSUMPTION_STATUS,
  METRIC_LLM_FALLBACK_BREAKER_STATUS,
  METRIC_LLM_FALLBACK_CHAIN_SERVING_RANK,
  METRIC_LLM_FALLBACK_CHAIN_SPARES,
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
import type { GaugePoint, Histograms, MetricAttributes, MetricPoint } from '../types/metric.ts';
import type { ChainSnapshot, Sighting, Snapshot, TargetSnapshot } from '../types/snapshot.ts';
import { chainStandings } from './urgency.ts';

/**
 * The points of one metric stand together, and each is made when it is read: a scrape of many rows never holds them all. Times
 * in seconds, as the metric names say; placeholders have their gauges too, so that an alert can fire on them.
 */
export function* metricPoints(snapshot: Snapshot): Generator<MetricPoint, void, undefined> {
  const targets = snapshot.targets.filter(({ overflow }) => !overflow);
  for (const [name, measure] of GAUGES) {
    for (const target of targets) {
      const value = measure(target);
      if (value !== undefined) yield gauge(name, target, value, undefined);
    }
  }
  for (const target of targets) if (isJudged(target)) yield* statusPoints(target);
  for (const target of targets) yield* assumptionPoints(target);
  for (const target of targets) yield* driftPoints(target);
  for (const target of targets) yield* headroomPoints(target);
  for (const chain of snapshot.chains) yield* breakerPoints(chain);
  const standings = chainStandings(snapshot);
  for (const { chain, serving } of standings) {
    if (chain && serving) yield gauge(METRIC_LLM_FALLBACK_CHAIN_SERVING_RANK, chain, serving.rank, undefined);
  }
  for (const { chain, spares } of standings) {
    if (chain) yield gauge(METRIC_LLM_FALLBACK_CHAIN_SPARES, chain, spares, undefined);
  }
  for (const watermark of snapshot.watermarks) {
    yield gauge(METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP, watermark, watermark.at / 1000, undefined);
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

/** One object for each value of an attribute, as most rows have them all. */
const labels = <V extends string>(name: string, values: readonly V[]): readonly (readonly [V, MetricAttributes])[] =>
  values.map((value) => [value, { [name]: value }]);

const TARGET_STATE_LABELS = labels(ATTR_LLM_FALLBACK_TARGET_STATE, TARGET_STATES);
const ASSUMPTION_LABELS: ReadonlyMap<AssumptionName, readonly (readonly [AssumptionState, MetricAttributes])[]> =
  new Map(
    ASSUMPTION_NAMES.map((name) => [
      name,
      ASSUMPTION_STATES.map((state) => [
        state,
        { [ATTR_LLM_FALLBACK_ASSUMPTION_NAME]: name, [ATTR_LLM_FALLBACK_ASSUMPTION_STATE]: state },
      ]),
    ]),
  );
const PART_LABELS = new Map(labels(ATTR_LLM_FALLBACK_CONTRACT_PART, CONTRACT_PARTS));
const LIMIT_LABELS = new Map(labels(ATTR_LLM_FALLBACK_LIMIT_NAME, LIMIT_NAMES));

function* statusPoints(target: TargetSnapshot): Generator<MetricPoint, void, undefined> {
  for (const [state, extra] of TARGET_STATE_LABELS) {
    yield gauge(METRIC_LLM_FALLBACK_TARGET_STATUS, target, state === target.state ? 1 : 0, extra);
  }
}

function* assumptionPoints(target: TargetSnapshot): Generator<MetricPoint, void, undefined> {
  for (const { name, state: own } of target.assumptions) {
    for (const [state, extra] of ASSUMPTION_LABELS.get(name) ?? []) {
      yield gauge(METRIC_LLM_FALLBACK_ASSUMPTION_STATUS, target, state === own ? 1 : 0, extra);
    }
  }
}

function* driftPoints(target: TargetSnapshot): Generator<MetricPoint, void, undefined> {
  for (const { part, revisions } of target.drift) {
    yield gauge(METRIC_LLM_FALLBACK_CONTRACT_DRIFT, target, revisions.length, PART_LABELS.get(part));
  }
}

function* headroomPoints(target: TargetSnapshot): Generator<MetricPoint, void, undefined> {
  for (const { limit, headroom } of target.headroom) {
    if (headroom === undefined) continue;
    yield gauge(METRIC_LLM_FALLBACK_FAILOVER_HEADROOM, target, headroom, LIMIT_LABELS.get(limit));
  }
}

function* breakerPoints(chain: ChainSnapshot): Generator<MetricPoint, void, undefined> {
  for (const { name, state: own } of chain.breakers) {
    for (const state of BREAKER_STATES) {
      const extra = { [ATTR_LLM_FALLBACK_BREAKER_NAME]: name, [ATTR_LLM_FALLBACK_BREAKER_STATE]: state };
      yield gauge(METRIC_LLM_FALLBACK_BREAKER_STATUS, chain, state === own ? 1 : 0, extra);
    }
  }
}

function gauge(
  name: string,
  { service, attributes }: Pick<GaugePoint, 'service' | 'attributes'>,
  value: number,
  extra: MetricAttributes | undefined,
): MetricPoint {
  return extra === undefined
    ? { kind: 'gauge', name, service, attributes, value }
    : { kind: 'gauge', name, service, attributes, extra, value };
}

/** The points that an output sends: all, or those that are no histograms. */
export function* withHistograms(
  points: Iterable<MetricPoint>,
  histograms: Histograms = 'classic',
): Generator<MetricPoint, void, undefined> {
  for (const point of points) if (histograms === 'classic' || point.kind !== 'histogram') yield point;
}
