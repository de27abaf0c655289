/** Generated from model/*.yaml by `npm run generate`; change the model, not this file. */
import {
  ATTR_LLM_FALLBACK_ASSUMPTION_NAME,
  ATTR_LLM_FALLBACK_ASSUMPTION_STATE,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CONTRACT_PART,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_DRILL_FAULT,
  ATTR_LLM_FALLBACK_DRILL_OUTCOME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_LIMIT_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_STATE,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  ATTR_WARMSPARE_CARDINALITY_LIMIT,
  ATTR_WARMSPARE_REJECT_REASON,
  ATTR_WARMSPARE_VOCABULARY_TABLE,
} from './attributes.ts';
import {
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_TOKEN_TYPE,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
} from './gen-ai.ts';
import type { MetricDefinition } from './metric-definition.ts';

/**
 * Time since the target's last successful exercise.
 * Targets other than the primary. Counts from the declaration while the target was never exercised; never negative.
 */
export const METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS = 'llm_fallback.time_since_last_success';

/**
 * When the target last succeeded, as Unix time.
 * Absent while it never did.
 */
export const METRIC_LLM_FALLBACK_LAST_SUCCESS_TIMESTAMP = 'llm_fallback.last_success.timestamp';

/**
 * When the target was last tried, as Unix time.
 * Absent while it never was.
 */
export const METRIC_LLM_FALLBACK_LAST_ATTEMPT_TIMESTAMP = 'llm_fallback.last_attempt.timestamp';

/**
 * When the target was first announced, as Unix time.
 * The smallest receipt time of an announcement; survives restarts.
 */
export const METRIC_LLM_FALLBACK_DECLARATION_TIMESTAMP = 'llm_fallback.declaration.timestamp';

/**
 * How old the target's last success may be by policy.
 * The policy travels as data, so that alerts need no thresholds of their own.
 */
export const METRIC_LLM_FALLBACK_MAX_AGE = 'llm_fallback.max_age';

/** 1 for the state that the target is in, 0 for the others. */
export const METRIC_LLM_FALLBACK_TARGET_STATUS = 'llm_fallback.target.status';

/**
 * 1 for the state that the assumption is in, 0 for the others.
 * Only where the assumption applies to the target.
 */
export const METRIC_LLM_FALLBACK_ASSUMPTION_STATUS = 'llm_fallback.assumption.status';

/**
 * Revisions of the primary's contract seen since the target's last success.
 * Counts from the declaration where there is no success, and leaves out the revision that was then in force.
 */
export const METRIC_LLM_FALLBACK_CONTRACT_DRIFT = 'llm_fallback.contract.drift';

/**
 * Rank of the target that served the chain's newest answered run; 0 is the primary.
 * Organic runs only. Absent while none was answered, and on inferred chains, where the primary's own answers name no
 * chain.
 */
export const METRIC_LLM_FALLBACK_CHAIN_SERVING_RANK = 'llm_fallback.chain.serving.rank';

/**
 * Targets below the serving one that are fresh with no broken assumption.
 * While no run was answered, the targets below the primary.
 */
export const METRIC_LLM_FALLBACK_CHAIN_SPARES = 'llm_fallback.chain.spares';

/**
 * Attempts, by how they ended.
 * Success and error start at 0 on declaration.
 */
export const METRIC_LLM_FALLBACK_CALLS = 'llm_fallback.calls';

/** Duration of attempts. */
export const METRIC_LLM_FALLBACK_CALL_DURATION = 'llm_fallback.call.duration';

/** Tokens that attempts used. */
export const METRIC_LLM_FALLBACK_TOKENS = 'llm_fallback.tokens';

/**
 * What attempts cost, in the currency of the attribute.
 * Failed attempts that report usage count too.
 */
export const METRIC_LLM_FALLBACK_COST = 'llm_fallback.cost';

/** Checks of outputs against their schema. */
export const METRIC_LLM_FALLBACK_SCHEMA_CHECKS = 'llm_fallback.schema.checks';

/** Time from the start of a chain's first attempt to the start of this target's. */
export const METRIC_LLM_FALLBACK_FAILOVER_DURATION = 'llm_fallback.failover.duration';

/**
 * Runs in which every target failed.
 * Starts at 0 on declaration.
 */
export const METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED = 'llm_fallback.chain.exhausted';

/**
 * Runs in which the primary failed and no other target was tried.
 * Starts at 0 on declaration.
 */
export const METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED = 'llm_fallback.chain.unprotected';

/** Age of cached answers when they were served. */
export const METRIC_LLM_FALLBACK_CACHE_AGE = 'llm_fallback.cache.age';

/** 1 for the state that the circuit breaker is in, 0 for the others. */
export const METRIC_LLM_FALLBACK_BREAKER_STATUS = 'llm_fallback.breaker.status';

/** Time from the first failure of a run of failures until the circuit breaker opened. */
export const METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION = 'llm_fallback.breaker.trip.duration';

/**
 * A limit, divided by what the target would need if it took the primary's present load.
 * Below 1 the target would break the limit.
 */
export const METRIC_LLM_FALLBACK_FAILOVER_HEADROOM = 'llm_fallback.failover.headroom';

/**
 * Drills of the target.
 * A drill counts once for each target that it forced to run.
 */
export const METRIC_LLM_FALLBACK_DRILLS = 'llm_fallback.drills';

/**
 * End of the newest span seen from the service, as Unix time.
 * Tells a stale fallback from telemetry that no longer arrives.
 */
export const METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP = 'llm_fallback.watermark.timestamp';

/** Spans received. */
export const METRIC_WARMSPARE_SPANS_RECEIVED = 'warmspare.spans.received';

/** Spans that were evidence, duplicates among them. */
export const METRIC_WARMSPARE_SPANS_ACCEPTED = 'warmspare.spans.accepted';

/** Spans that are neither an LLM call nor of this namespace. */
export const METRIC_WARMSPARE_SPANS_IGNORED = 'warmspare.spans.ignored';

/** Spans that were not accepted. */
export const METRIC_WARMSPARE_SPANS_REJECTED = 'warmspare.spans.rejected';

/** Accepted spans that had been counted before. */
export const METRIC_WARMSPARE_SPANS_DUPLICATED = 'warmspare.spans.duplicated';

/** Requests whose spans were read. */
export const METRIC_WARMSPARE_BATCHES = 'warmspare.batches';

/** Requests that were refused as a whole. */
export const METRIC_WARMSPARE_REQUESTS_REJECTED = 'warmspare.requests.rejected';

/** Batches that wait for a commit. */
export const METRIC_WARMSPARE_QUEUE_SIZE = 'warmspare.queue.size';

/** Commits of the store. */
export const METRIC_WARMSPARE_COMMITS = 'warmspare.commits';

/** Accepted spans that fell into the overflow row. */
export const METRIC_WARMSPARE_SERIES_OVERFLOW = 'warmspare.series.overflow';

/** How often senders named more than a limit lets in; at most once for each name and batch. */
export const METRIC_WARMSPARE_CARDINALITY_OVERFLOW = 'warmspare.cardinality.overflow';

/**
 * Calls, and spans around them, whose trace was judged before its time, or without them, because the trace window was
 * full.
 */
export const METRIC_WARMSPARE_CALLS_EVICTED = 'warmspare.calls.evicted';

/** Words in spans that no table of the vocabulary has: they prove nothing. The status page lists them. */
export const METRIC_WARMSPARE_VOCABULARY_UNKNOWN = 'warmspare.vocabulary.unknown';

/** Spans whose end was so far ahead that it was set to the time of receipt. */
export const METRIC_WARMSPARE_CLOCK_CLAMPS = 'warmspare.clock.clamps';

/** Commits that failed. */
export const METRIC_WARMSPARE_STORE_ERRORS = 'warmspare.store.errors';

/** 1 while the clock stands earlier than the newest commit by more than five minutes: spans are refused, else 0. */
export const METRIC_WARMSPARE_CLOCK_DOUBTFUL = 'warmspare.clock.doubtful';

/** 1 if a damaged store was set aside at start, else 0. */
export const METRIC_WARMSPARE_STORE_DAMAGE = 'warmspare.store.damage';

/** Every metric, in the registry's order. */
export const METRICS: readonly MetricDefinition[] = [
  {
    name: METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
    kind: 'gauge',
    unit: 's',
    brief: "Time since the target's last successful exercise.",
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
    ],
    prometheusName: 'llm_fallback_time_since_last_success_seconds',
  },
  {
    name: METRIC_LLM_FALLBACK_LAST_SUCCESS_TIMESTAMP,
    kind: 'gauge',
    unit: 's',
    brief: 'When the target last succeeded, as Unix time.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
    ],
    prometheusName: 'llm_fallback_last_success_timestamp_seconds',
  },
  {
    name: METRIC_LLM_FALLBACK_LAST_ATTEMPT_TIMESTAMP,
    kind: 'gauge',
    unit: 's',
    brief: 'When the target was last tried, as Unix time.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
    ],
    prometheusName: 'llm_fallback_last_attempt_timestamp_seconds',
  },
  {
    name: METRIC_LLM_FALLBACK_DECLARATION_TIMESTAMP,
    kind: 'gauge',
    unit: 's',
    brief: 'When the target was first announced, as Unix time.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
    ],
    prometheusName: 'llm_fallback_declaration_timestamp_seconds',
  },
  {
    name: METRIC_LLM_FALLBACK_MAX_AGE,
    kind: 'gauge',
    unit: 's',
    brief: "How old the target's last success may be by policy.",
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
    ],
    prometheusName: 'llm_fallback_max_age_seconds',
  },
  {
    name: METRIC_LLM_FALLBACK_TARGET_STATUS,
    kind: 'gauge',
    unit: '{target}',
    brief: '1 for the state that the target is in, 0 for the others.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
      ATTR_LLM_FALLBACK_TARGET_STATE,
    ],
    prometheusName: 'llm_fallback_target_status',
  },
  {
    name: METRIC_LLM_FALLBACK_ASSUMPTION_STATUS,
    kind: 'gauge',
    unit: '{assumption}',
    brief: '1 for the state that the assumption is in, 0 for the others.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
      ATTR_LLM_FALLBACK_ASSUMPTION_NAME,
      ATTR_LLM_FALLBACK_ASSUMPTION_STATE,
    ],
    prometheusName: 'llm_fallback_assumption_status',
  },
  {
    name: METRIC_LLM_FALLBACK_CONTRACT_DRIFT,
    kind: 'gauge',
    unit: '{revision}',
    brief: "Revisions of the primary's contract seen since the target's last success.",
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
      ATTR_LLM_FALLBACK_CONTRACT_PART,
    ],
    prometheusName: 'llm_fallback_contract_drift',
  },
  {
    name: METRIC_LLM_FALLBACK_CHAIN_SERVING_RANK,
    kind: 'gauge',
    unit: '{target}',
    brief: "Rank of the target that served the chain's newest answered run; 0 is the primary.",
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
    ],
    prometheusName: 'llm_fallback_chain_serving_rank',
  },
  {
    name: METRIC_LLM_FALLBACK_CHAIN_SPARES,
    kind: 'gauge',
    unit: '{target}',
    brief: 'Targets below the serving one that are fresh with no broken assumption.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
    ],
    prometheusName: 'llm_fallback_chain_spares',
  },
  {
    name: METRIC_LLM_FALLBACK_CALLS,
    kind: 'counter',
    unit: '{call}',
    brief: 'Attempts, by how they ended.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
      ATTR_LLM_FALLBACK_CALL_OUTCOME,
      ATTR_LLM_FALLBACK_EXERCISE_KIND,
      ATTR_ERROR_TYPE,
    ],
    prometheusName: 'llm_fallback_calls_total',
  },
  {
    name: METRIC_LLM_FALLBACK_CALL_DURATION,
    kind: 'histogram',
    unit: 's',
    brief: 'Duration of attempts.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
      ATTR_LLM_FALLBACK_CALL_OUTCOME,
    ],
    bounds: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    prometheusName: 'llm_fallback_call_duration_seconds',
  },
  {
    name: METRIC_LLM_FALLBACK_TOKENS,
    kind: 'counter',
    unit: '{token}',
    brief: 'Tokens that attempts used.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
      ATTR_GEN_AI_TOKEN_TYPE,
    ],
    prometheusName: 'llm_fallback_tokens_total',
  },
  {
    name: METRIC_LLM_FALLBACK_COST,
    kind: 'counter',
    unit: '{currency}',
    brief: 'What attempts cost, in the currency of the attribute.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
      ATTR_LLM_FALLBACK_COST_CURRENCY,
    ],
    prometheusName: 'llm_fallback_cost_total',
  },
  {
    name: METRIC_LLM_FALLBACK_SCHEMA_CHECKS,
    kind: 'counter',
    unit: '{check}',
    brief: 'Checks of outputs against their schema.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
      ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
      ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
    ],
    prometheusName: 'llm_fallback_schema_checks_total',
  },
  {
    name: METRIC_LLM_FALLBACK_FAILOVER_DURATION,
    kind: 'histogram',
    unit: 's',
    brief: "Time from the start of a chain's first attempt to the start of this target's.",
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
      ATTR_LLM_FALLBACK_TRIGGER_REASON,
    ],
    bounds: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    prometheusName: 'llm_fallback_failover_duration_seconds',
  },
  {
    name: METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
    kind: 'counter',
    unit: '{run}',
    brief: 'Runs in which every target failed.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
    ],
    prometheusName: 'llm_fallback_chain_exhausted_total',
  },
  {
    name: METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED,
    kind: 'counter',
    unit: '{run}',
    brief: 'Runs in which the primary failed and no other target was tried.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
    ],
    prometheusName: 'llm_fallback_chain_unprotected_total',
  },
  {
    name: METRIC_LLM_FALLBACK_CACHE_AGE,
    kind: 'histogram',
    unit: 's',
    brief: 'Age of cached answers when they were served.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
    ],
    bounds: [1, 10, 60, 300, 900, 3600, 14400, 43200, 86400, 259200, 604800],
    prometheusName: 'llm_fallback_cache_age_seconds',
  },
  {
    name: METRIC_LLM_FALLBACK_BREAKER_STATUS,
    kind: 'gauge',
    unit: '{breaker}',
    brief: '1 for the state that the circuit breaker is in, 0 for the others.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_BREAKER_NAME,
      ATTR_LLM_FALLBACK_BREAKER_STATE,
    ],
    prometheusName: 'llm_fallback_breaker_status',
  },
  {
    name: METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION,
    kind: 'histogram',
    unit: 's',
    brief: 'Time from the first failure of a run of failures until the circuit breaker opened.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_BREAKER_NAME,
    ],
    bounds: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
    prometheusName: 'llm_fallback_breaker_trip_duration_seconds',
  },
  {
    name: METRIC_LLM_FALLBACK_FAILOVER_HEADROOM,
    kind: 'gauge',
    unit: '1',
    brief: "A limit, divided by what the target would need if it took the primary's present load.",
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
      ATTR_LLM_FALLBACK_LIMIT_NAME,
    ],
    prometheusName: 'llm_fallback_failover_headroom_ratio',
  },
  {
    name: METRIC_LLM_FALLBACK_DRILLS,
    kind: 'counter',
    unit: '{drill}',
    brief: 'Drills of the target.',
    attributes: [
      ATTR_SERVICE_NAMESPACE,
      ATTR_SERVICE_NAME,
      ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
      ATTR_LLM_FALLBACK_CHAIN_NAME,
      ATTR_LLM_FALLBACK_TARGET_NAME,
      ATTR_LLM_FALLBACK_ROUTE_TYPE,
      ATTR_LLM_FALLBACK_DRILL_OUTCOME,
      ATTR_LLM_FALLBACK_DRILL_FAULT,
    ],
    prometheusName: 'llm_fallback_drills_total',
  },
  {
    name: METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP,
    kind: 'gauge',
    unit: 's',
    brief: 'End of the newest span seen from the service, as Unix time.',
    attributes: [ATTR_SERVICE_NAMESPACE, ATTR_SERVICE_NAME, ATTR_DEPLOYMENT_ENVIRONMENT_NAME],
    prometheusName: 'llm_fallback_watermark_timestamp_seconds',
  },
  {
    name: METRIC_WARMSPARE_SPANS_RECEIVED,
    kind: 'counter',
    unit: '{span}',
    brief: 'Spans received.',
    attributes: [],
    prometheusName: 'warmspare_spans_received_total',
  },
  {
    name: METRIC_WARMSPARE_SPANS_ACCEPTED,
    kind: 'counter',
    unit: '{span}',
    brief: 'Spans that were evidence, duplicates among them.',
    attributes: [],
    prometheusName: 'warmspare_spans_accepted_total',
  },
  {
    name: METRIC_WARMSPARE_SPANS_IGNORED,
    kind: 'counter',
    unit: '{span}',
    brief: 'Spans that are neither an LLM call nor of this namespace.',
    attributes: [],
    prometheusName: 'warmspare_spans_ignored_total',
  },
  {
    name: METRIC_WARMSPARE_SPANS_REJECTED,
    kind: 'counter',
    unit: '{span}',
    brief: 'Spans that were not accepted.',
    attributes: [ATTR_WARMSPARE_REJECT_REASON],
    prometheusName: 'warmspare_spans_rejected_total',
  },
  {
    name: METRIC_WARMSPARE_SPANS_DUPLICATED,
    kind: 'counter',
    unit: '{span}',
    brief: 'Accepted spans that had been counted before.',
    attributes: [],
    prometheusName: 'warmspare_spans_duplicated_total',
  },
  {
    name: METRIC_WARMSPARE_BATCHES,
    kind: 'counter',
    unit: '{batch}',
    brief: 'Requests whose spans were read.',
    attributes: [],
    prometheusName: 'warmspare_batches_total',
  },
  {
    name: METRIC_WARMSPARE_REQUESTS_REJECTED,
    kind: 'counter',
    unit: '{request}',
    brief: 'Requests that were refused as a whole.',
    attributes: [ATTR_WARMSPARE_REJECT_REASON],
    prometheusName: 'warmspare_requests_rejected_total',
  },
  {
    name: METRIC_WARMSPARE_QUEUE_SIZE,
    kind: 'gauge',
    unit: '{batch}',
    brief: 'Batches that wait for a commit.',
    attributes: [],
    prometheusName: 'warmspare_queue_size',
  },
  {
    name: METRIC_WARMSPARE_COMMITS,
    kind: 'counter',
    unit: '{commit}',
    brief: 'Commits of the store.',
    attributes: [],
    prometheusName: 'warmspare_commits_total',
  },
  {
    name: METRIC_WARMSPARE_SERIES_OVERFLOW,
    kind: 'counter',
    unit: '{span}',
    brief: 'Accepted spans that fell into the overflow row.',
    attributes: [],
    prometheusName: 'warmspare_series_overflow_total',
  },
  {
    name: METRIC_WARMSPARE_CARDINALITY_OVERFLOW,
    kind: 'counter',
    unit: '{overflow}',
    brief: 'How often senders named more than a limit lets in; at most once for each name and batch.',
    attributes: [ATTR_WARMSPARE_CARDINALITY_LIMIT],
    prometheusName: 'warmspare_cardinality_overflow_total',
  },
  {
    name: METRIC_WARMSPARE_CALLS_EVICTED,
    kind: 'counter',
    unit: '{call}',
    brief:
      'Calls, and spans around them, whose trace was judged before its time, or without them, because the trace window was full.',
    attributes: [],
    prometheusName: 'warmspare_calls_evicted_total',
  },
  {
    name: METRIC_WARMSPARE_VOCABULARY_UNKNOWN,
    kind: 'counter',
    unit: '{word}',
    brief: 'Words in spans that no table of the vocabulary has: they prove nothing. The status page lists them.',
    attributes: [ATTR_WARMSPARE_VOCABULARY_TABLE],
    prometheusName: 'warmspare_vocabulary_unknown_total',
  },
  {
    name: METRIC_WARMSPARE_CLOCK_CLAMPS,
    kind: 'counter',
    unit: '{span}',
    brief: 'Spans whose end was so far ahead that it was set to the time of receipt.',
    attributes: [],
    prometheusName: 'warmspare_clock_clamps_total',
  },
  {
    name: METRIC_WARMSPARE_STORE_ERRORS,
    kind: 'counter',
    unit: '{error}',
    brief: 'Commits that failed.',
    attributes: [],
    prometheusName: 'warmspare_store_errors_total',
  },
  {
    name: METRIC_WARMSPARE_CLOCK_DOUBTFUL,
    kind: 'gauge',
    unit: '{clock}',
    brief:
      '1 while the clock stands earlier than the newest commit by more than five minutes: spans are refused, else 0.',
    attributes: [],
    prometheusName: 'warmspare_clock_doubtful',
  },
  {
    name: METRIC_WARMSPARE_STORE_DAMAGE,
    kind: 'gauge',
    unit: '{store}',
    brief: '1 if a damaged store was set aside at start, else 0.',
    attributes: [],
    prometheusName: 'warmspare_store_damage',
  },
];
