/** The series of one row within one batch: what an attempt adds to counters and histograms. A one-entry memory a metric spares the look-up on steady traffic. */
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_TOKEN_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  type CallOutcome,
  type ExerciseKind,
  METRIC_LLM_FALLBACK_CACHE_AGE,
  METRIC_LLM_FALLBACK_CALL_DURATION,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_COST,
  METRIC_LLM_FALLBACK_FAILOVER_DURATION,
  METRIC_LLM_FALLBACK_SCHEMA_CHECKS,
  METRIC_LLM_FALLBACK_TOKENS,
} from '@warmspare/semconv';
import type { Attempt } from '../types/evidence.ts';
import { boundsOf, bucketOf } from './buckets.ts';

/** What a batch adds to one series; on histograms `value` is the number of observations and `counts` is set. */
export interface SeriesDelta {
  readonly metric: string;
  readonly extra: Readonly<Record<string, string>>;
  /** Metric and attributes as one string. */
  readonly id: string;
  value: number;
  sum: number;
  readonly counts: number[] | undefined;
  readonly bounds: readonly number[] | undefined;
}

export interface RowSeries {
  attempt(attempt: Attempt, outcome: CallOutcome): void;
  /** One more or one less that waits to be counted. */
  hold(outcome: CallOutcome, by: 1 | -1): void;
  all(): Iterable<SeriesDelta>;
}

/**
 * Failed calls that may be tries of a later one: counted when that is known. No metric, but kept with those, so that a restart can
 * count what it finds: nobody will know more about it.
 */
export const HELD_CALLS = 'held';

/** Distinct `error.type` values a row; later ones become `_OTHER`. */
export const ERROR_TYPES_PER_ROW = 10;
const OTHER = '_OTHER';
const ERROR_TYPE_LENGTH = 100;
const CURRENCY = /^[A-Z]{3}$/;

export function seriesId(metric: string, extra: Readonly<Record<string, string>>): string {
  return `${metric}\0${JSON.stringify(extra)}`;
}

/** The attributes within a series' id, as the store keeps them. */
export function attributesIn(id: string, metric: string): string {
  return id.slice(metric.length + 1);
}

export function createRowSeries(primary: boolean): RowSeries {
  const series = new Map<string, SeriesDelta>();
  const errorTypes = new Set<string>();

  const open = (metric: string, extra: Record<string, string>): SeriesDelta => {
    const id = seriesId(metric, extra);
    const known = series.get(id);
    if (known) return known;
    const bounds = boundsOf(metric);
    const fresh: SeriesDelta = {
      metric,
      extra,
      id,
      value: 0,
      sum: 0,
      counts: bounds && new Array<number>(bounds.length + 1).fill(0),
      bounds,
    };
    series.set(id, fresh);
    return fresh;
  };

  const boundedErrorType = (errorType: string): string => {
    if (errorType.length > ERROR_TYPE_LENGTH) return OTHER;
    if (errorTypes.has(errorType)) return errorType;
    if (errorTypes.size >= ERROR_TYPES_PER_ROW) return OTHER;
    errorTypes.add(errorType);
    return errorType;
  };

  // Per metric: the last attribute values and the series they led to.
  let callsOutcome: CallOutcome | undefined;
  let callsKind: ExerciseKind | undefined;
  let callsError: string | undefined;
  let calls: SeriesDelta | undefined;
  let durationOutcome: CallOutcome | undefined;
  let duration: SeriesDelta | undefined;
  let input: SeriesDelta | undefined;
  let output: SeriesDelta | undefined;
  let costCurrency: string | undefined;
  let cost: SeriesDelta | undefined;
  let valid: SeriesDelta | undefined;

  const countCall = (attempt: Attempt, outcome: CallOutcome): void => {
    const errorType = outcome === 'success' ? undefined : attempt.errorType;
    if (!calls || callsOutcome !== outcome || callsError !== errorType || callsKind !== attempt.exercise) {
      const extra = callAttributes(outcome, primary ? undefined : attempt.exercise);
      if (errorType) extra[ATTR_ERROR_TYPE] = boundedErrorType(errorType);
      calls = open(METRIC_LLM_FALLBACK_CALLS, extra);
      callsOutcome = outcome;
      callsKind = attempt.exercise;
      callsError = errorType;
    }
    calls.value++;
  };

  const countUsage = (attempt: Attempt): void => {
    if (isAmount(attempt.inputTokens)) {
      input ??= open(METRIC_LLM_FALLBACK_TOKENS, { [ATTR_GEN_AI_TOKEN_TYPE]: 'input' });
      input.value += attempt.inputTokens;
    }
    if (isAmount(attempt.outputTokens)) {
      output ??= open(METRIC_LLM_FALLBACK_TOKENS, { [ATTR_GEN_AI_TOKEN_TYPE]: 'output' });
      output.value += attempt.outputTokens;
    }
    const currency = attempt.costCurrency;
    if (!isAmount(attempt.costAmount) || currency === undefined) return;
    if (!cost || costCurrency !== currency) {
      if (!CURRENCY.test(currency)) return;
      cost = open(METRIC_LLM_FALLBACK_COST, { [ATTR_LLM_FALLBACK_COST_CURRENCY]: currency });
      costCurrency = currency;
    }
    cost.value += attempt.costAmount;
  };

  const countSchema = (attempt: Attempt): void => {
    if (attempt.schemaValidity === undefined) return;
    if (attempt.schemaValidity === 'valid') {
      valid ??= open(METRIC_LLM_FALLBACK_SCHEMA_CHECKS, { [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'valid' });
      valid.value++;
      return;
    }
    const extra: Record<string, string> = { [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: attempt.schemaValidity };
    if (attempt.schemaValidity === 'invalid') {
      extra[ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE] = attempt.schemaErrorType ?? OTHER;
    }
    open(METRIC_LLM_FALLBACK_SCHEMA_CHECKS, extra).value++;
  };

  return {
    attempt(attempt, outcome) {
      countCall(attempt, outcome);
      if (attempt.startTime > 0) {
        if (!duration || durationOutcome !== outcome) {
          duration = open(METRIC_LLM_FALLBACK_CALL_DURATION, { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome });
          durationOutcome = outcome;
        }
        observe(duration, Math.max(0, attempt.endTime - attempt.startTime) / 1000);
      }
      countUsage(attempt);
      countSchema(attempt);
      if (!primary && isAmount(attempt.failoverDuration)) {
        const extra = { [ATTR_LLM_FALLBACK_TRIGGER_REASON]: attempt.triggerReason ?? OTHER };
        observe(open(METRIC_LLM_FALLBACK_FAILOVER_DURATION, extra), attempt.failoverDuration);
      }
      if (attempt.routeType === 'cache' && isAmount(attempt.cacheAge)) {
        observe(open(METRIC_LLM_FALLBACK_CACHE_AGE, {}), attempt.cacheAge);
      }
    },
    hold(outcome, by) {
      open(HELD_CALLS, { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome }).value += by;
    },
    all: () => series.values(),
  };
}

/** The attributes of `calls` without `error.type`; the primary has no exercise kind. */
export function callAttributes(outcome: CallOutcome, kind: ExerciseKind | undefined): Record<string, string> {
  const attributes: Record<string, string> = { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome };
  if (kind) attributes[ATTR_LLM_FALLBACK_EXERCISE_KIND] = kind;
  return attributes;
}

/** Past the bound of a row the error type is folded, whichever batch brought it. */
export function withoutErrorType(delta: SeriesDelta): SeriesDelta {
  const extra = { ...delta.extra, [ATTR_ERROR_TYPE]: OTHER };
  return { ...delta, extra, id: seriesId(delta.metric, extra) };
}

function observe(series: SeriesDelta, seconds: number): void {
  const { counts, bounds } = series;
  if (!counts || !bounds) return;
  const bucket = bucketOf(bounds, seconds);
  counts[bucket] = (counts[bucket] ?? 0) + 1;
  series.value++;
  series.sum += seconds;
}

/** Counters are monotonic: negative, infinite and missing amounts add nothing. */
function isAmount(value: number | undefined): value is number {
  return value !== undefined && value >= 0 && value < Number.POSITIVE_INFINITY;
}
