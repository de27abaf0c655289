/**
 * Whether a target could take the primary's present load: what its newest calls took, cost and used, times that load, held against
 * the limits that the configuration declares. Pure; durations in seconds.
 */
import type { Exercised } from '../types/facts.ts';
import type { TargetPolicy } from '../types/policy.ts';
import type { HeadroomSnapshot } from '../types/snapshot.ts';

/**
 * One entry a declared limit. `load`: the primary's calls a second, undefined where spans are sampled by an unknown rate. The
 * latency needs no load: it is the 95th percentile of the calls.
 */
export function headroomOf(
  limits: TargetPolicy['limits'],
  exercised: readonly Exercised[],
  load: number | undefined,
): readonly HeadroomSnapshot[] {
  const headroom: HeadroomSnapshot[] = [];
  const project = (
    limit: HeadroomSnapshot['limit'],
    declared: number,
    unit: string,
    values: readonly number[],
    projected: number | undefined,
  ): void => {
    headroom.push({
      limit,
      declared,
      unit,
      projected,
      calls: values.length,
      load,
      headroom: ratio(declared, projected),
    });
  };
  const atLoad = (values: readonly number[], seconds: number): number | undefined => {
    const perCall = average(values);
    return perCall === undefined || load === undefined ? undefined : perCall * load * seconds;
  };

  if (limits.p95Latency !== undefined) {
    const durations = known(exercised.map(({ seconds }) => seconds));
    project('p95_latency', limits.p95Latency, 's', durations, percentile(0.95, durations));
  }
  if (limits.costPerHour !== undefined) {
    const { amount, currency } = limits.costPerHour;
    // Amounts of another currency than the limit's are not compared: they are left out.
    const costs = known(exercised.map((call) => (call.currency === currency ? call.cost : undefined)));
    project('cost_per_hour', amount, `${currency}/h`, costs, atLoad(costs, 3600));
  }
  if (limits.tokensPerMinute !== undefined) {
    const tokens = known(exercised.map((call) => call.tokens));
    project('tokens_per_minute', limits.tokensPerMinute, '{token}/min', tokens, atLoad(tokens, 60));
  }
  return headroom;
}

const known = (values: readonly (number | undefined)[]): readonly number[] =>
  values.filter((value) => value !== undefined);

function average(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The smallest value that so many of them do not exceed. */
function percentile(q: number, values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

/** Without load there is room for everything: no number says so, and none is given. */
function ratio(declared: number, projected: number | undefined): number | undefined {
  return projected === undefined || projected <= 0 ? undefined : declared / projected;
}
