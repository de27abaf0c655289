/**
 * Whether a target could take the primary's present load: what its exercised calls took, cost and used, times that load, held
 * against the limits that the configuration declares. Pure; durations in seconds.
 */
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  METRIC_LLM_FALLBACK_CALL_DURATION,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_COST,
  METRIC_LLM_FALLBACK_TOKENS,
} from '@warmspare/semconv';
import { quantile } from '../quantile.ts';
import type { TargetPolicy } from '../types/policy.ts';
import type { HeadroomSnapshot } from '../types/snapshot.ts';

/** A counter or histogram of the target, as the ledger has it. */
export interface ExercisedSeries {
  readonly metric: string;
  readonly extra: Readonly<Record<string, string>>;
  /** Of a histogram the number of observations. */
  readonly value: number;
  readonly counts: readonly number[] | undefined;
}

/**
 * One entry a declared limit. `load`: the primary's calls a second, undefined where spans are sampled by an unknown rate. The
 * latency needs no load: it is the 95th percentile of the successful calls, interpolated within its bucket.
 */
export function headroomOf(
  limits: TargetPolicy['limits'],
  series: Iterable<ExercisedSeries>,
  bounds: readonly number[],
  load: number | undefined,
): readonly HeadroomSnapshot[] {
  const exercised = sumUp(series, limits.costPerHour?.currency);
  const { calls } = exercised;
  const headroom: HeadroomSnapshot[] = [];
  const project = (
    limit: HeadroomSnapshot['limit'],
    declared: number,
    unit: string,
    projected: number | undefined,
  ): void => {
    headroom.push({ limit, declared, unit, projected, calls, load, headroom: ratio(declared, projected) });
  };
  const atLoad = (perCall: number | undefined, seconds: number): number | undefined =>
    perCall === undefined || load === undefined ? undefined : perCall * load * seconds;

  if (limits.p95Latency !== undefined) {
    project('p95_latency', limits.p95Latency, 's', quantile(0.95, bounds, exercised.durations));
  }
  if (limits.costPerHour !== undefined) {
    const { amount, currency } = limits.costPerHour;
    project('cost_per_hour', amount, `${currency}/h`, atLoad(perCall(exercised.cost, calls), 3600));
  }
  if (limits.tokensPerMinute !== undefined) {
    project('tokens_per_minute', limits.tokensPerMinute, '{token}/min', atLoad(perCall(exercised.tokens, calls), 60));
  }
  return headroom;
}

interface Exercised {
  calls: number;
  /** Undefined where no call reported any. */
  tokens: number | undefined;
  cost: number | undefined;
  durations: readonly number[];
}

/** Amounts of another currency than the limit's are not compared: they are left out. */
function sumUp(series: Iterable<ExercisedSeries>, currency: string | undefined): Exercised {
  const sums: Exercised = { calls: 0, tokens: undefined, cost: undefined, durations: [] };
  for (const { metric, extra, value, counts } of series) {
    const outcome = extra[ATTR_LLM_FALLBACK_CALL_OUTCOME];
    if (metric === METRIC_LLM_FALLBACK_CALLS && outcome !== 'cancelled') sums.calls += value;
    else if (metric === METRIC_LLM_FALLBACK_TOKENS) sums.tokens = (sums.tokens ?? 0) + value;
    else if (metric === METRIC_LLM_FALLBACK_COST && extra[ATTR_LLM_FALLBACK_COST_CURRENCY] === currency) {
      sums.cost = (sums.cost ?? 0) + value;
    } else if (metric === METRIC_LLM_FALLBACK_CALL_DURATION && outcome === 'success' && counts) sums.durations = counts;
  }
  return sums;
}

function perCall(sum: number | undefined, calls: number): number | undefined {
  return sum === undefined || calls === 0 ? undefined : sum / calls;
}

/** Without load there is room for everything: no number says so, and none is given. */
function ratio(declared: number, projected: number | undefined): number | undefined {
  return projected === undefined || projected <= 0 ? undefined : declared / projected;
}
