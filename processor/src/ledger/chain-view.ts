/** What concerns a chain as a whole at one frozen now: its contract, breakers, detection time and the load of its primary. */
import {
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  CONTRACT_PARTS,
  METRIC_LLM_FALLBACK_FAILOVER_DURATION,
} from '@warmspare/semconv';
import { isLoadKnown, presentLoad } from '../analysis/activity.ts';
import { breakerStates } from '../analysis/breaker.ts';
import { failoverVerdict } from '../analysis/breaker-trips.ts';
import { partOf } from '../analysis/drift.ts';
import { quantile } from '../quantile.ts';
import type { Verdict } from '../types/facts.ts';
import type { ChainSnapshot } from '../types/snapshot.ts';
import { boundsOf } from './buckets.ts';
import type { Heard } from './heard.ts';
import { chainId, isOverflow } from './identity.ts';
import type { Live } from './live.ts';
import type { LiveChain, LiveRow } from './owners.ts';

export interface ChainView {
  readonly snapshot: ChainSnapshot;
  readonly announcedAt: number;
  readonly heard: Heard | undefined;
  readonly failover: Verdict | undefined;
  /** Calls a second that the primary had or would have had, of those that arrived. */
  readonly load: number;
  /** No sampler stood before the calls that make up the load. */
  readonly unsampled: boolean;
}

/** By chain id. */
export function chainsOf(live: Live, now: number): ReadonlyMap<string, ChainView> {
  const rows = Map.groupBy(
    [...live.rows.values()].filter(({ key }) => !isOverflow(key)),
    ({ key }) => chainId(key),
  );
  return new Map([...live.chains].map(([id, chain]) => [id, viewOf(chain, rows.get(id) ?? [], now)]));
}

function viewOf(
  { service, key, attributes, facts, announcedAt, heard }: LiveChain,
  rows: readonly LiveRow[],
  now: number,
): ChainView {
  const contract = CONTRACT_PARTS.flatMap((part) => {
    const history = facts.contract?.[part];
    return history ? [partOf(part, history)] : [];
  });
  const primaries = rows.filter((row) => row.key.routeType === 'primary');
  const since = Math.min(...primaries.map(({ state }) => state.declaredAt));
  const load = [facts, ...primaries.map((row) => row.facts)].reduce(
    (sum, { activity }) => sum + presentLoad(activity, since, now),
    0,
  );
  const unsampled =
    primaries.some((row) => row.facts.unsampled !== undefined) &&
    primaries.every((row) => isLoadKnown(row.facts.activity, row.facts.unsampled, now));
  const breakers = facts.failover ? breakerStates(facts.failover) : [];
  const snapshot = { service, chain: key.chain, attributes, contract, breakers, detection: detectionOf(rows) };
  const failover = facts.failover && failoverVerdict(facts.failover);
  return { snapshot, announcedAt, heard, failover, load, unsampled };
}

/** Nothing had to be detected: no primary was tried. */
const UNDETECTED: ReadonlySet<string | undefined> = new Set(['drill', 'breaker_open']);

function detectionOf(rows: readonly LiveRow[]): ChainSnapshot['detection'] {
  const bounds = boundsOf(METRIC_LLM_FALLBACK_FAILOVER_DURATION);
  if (!bounds) return undefined;
  const counts = new Array<number>(bounds.length + 1).fill(0);
  for (const row of rows) {
    for (const series of row.series.values()) {
      const { metric, extra } = series.kind;
      if (metric !== METRIC_LLM_FALLBACK_FAILOVER_DURATION) continue;
      if (UNDETECTED.has(extra[ATTR_LLM_FALLBACK_TRIGGER_REASON])) continue;
      for (const [bucket, count] of (series.counts ?? []).entries()) counts[bucket] = (counts[bucket] ?? 0) + count;
    }
  }
  const p50 = quantile(0.5, bounds, counts);
  const p95 = quantile(0.95, bounds, counts);
  if (p50 === undefined || p95 === undefined) return undefined;
  return { p50, p95, calls: counts.reduce((sum, count) => sum + count, 0) };
}
