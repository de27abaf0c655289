/** What concerns a chain as a whole at one frozen now: its contract, breakers, detection time and the load of its primary. */
import {
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  CONTRACT_PARTS,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED,
  METRIC_LLM_FALLBACK_FAILOVER_DURATION,
} from '@warmspare/semconv';
import { isLoadKnown, presentLoad } from '../analysis/activity.ts';
import { breakerStates } from '../analysis/breaker.ts';
import { failoverVerdict } from '../analysis/breaker-trips.ts';
import { partOf } from '../analysis/drift.ts';
import { quantile } from '../base/quantile.ts';
import type { Verdict } from '../types/facts.ts';
import type { ChainSnapshot } from '../types/snapshot.ts';
import { chainId, isOverflow } from './identity.ts';
import type { Live } from './live.ts';
import type { Announcement, Chain, Row, Series } from './row.ts';
import { boundsOf } from './series-kind.ts';

/** Fewer failovers than this have no percentiles: they would be interpolated from a few buckets. */
const PERCENTILES_FROM = 20;

export interface ChainView {
  readonly snapshot: ChainSnapshot;
  readonly announcedAt: number;
  readonly lastAnnouncement: Announcement | undefined;
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
  { service, key, attributes, facts, announcedAt, lastAnnouncement, series }: Chain,
  rows: readonly Row[],
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
  const runs = {
    exhausted: countIn(series, METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED),
    unprotected: countIn(series, METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED),
  };
  const breakers = facts.failover ? breakerStates(facts.failover) : [];
  const primaryFailingSince = facts.failover?.failures[0]?.at;
  const snapshot = {
    service,
    chain: key.chain,
    attributes,
    contract,
    breakers,
    detection: detectionOf(rows),
    ...(primaryFailingSince !== undefined && { primaryFailingSince }),
    runs,
  };
  const failover = facts.failover && failoverVerdict(facts.failover);
  return { snapshot, announcedAt, lastAnnouncement, failover, load, unsampled };
}

/** Those of the lowest rank that has any: a rung further down has waited for the ones before it, too. */
function firstEngaged(rows: readonly Row[]): readonly Series[] {
  const failovers = rows.flatMap(({ state, series }) =>
    [...series.values()].filter(isDetected).map((each) => ({ rank: state.rank ?? Number.MAX_SAFE_INTEGER, each })),
  );
  const lowest = Math.min(...failovers.map(({ rank }) => rank));
  return failovers.filter(({ rank }) => rank === lowest).map(({ each }) => each);
}

function isDetected({ kind: { metric, extra } }: Series): boolean {
  return metric === METRIC_LLM_FALLBACK_FAILOVER_DURATION && !UNDETECTED.has(extra[ATTR_LLM_FALLBACK_TRIGGER_REASON]);
}

/** Nothing had to be detected: no primary was tried. */
const UNDETECTED: ReadonlySet<string | undefined> = new Set(['drill', 'breaker_open']);

/** Of a counter without attributes of its own. */
function countIn(series: Chain['series'], metric: string): number {
  return [...series.values()].find(({ kind }) => kind.metric === metric)?.value ?? 0;
}

function detectionOf(rows: readonly Row[]): ChainSnapshot['detection'] {
  const bounds = boundsOf(METRIC_LLM_FALLBACK_FAILOVER_DURATION);
  if (!bounds) return undefined;
  const counts = new Array<number>(bounds.length + 1).fill(0);
  let sum = 0;
  for (const series of firstEngaged(rows)) {
    sum += series.sum;
    for (const [bucket, count] of (series.counts ?? []).entries()) counts[bucket] = (counts[bucket] ?? 0) + count;
  }
  const calls = counts.reduce((total, count) => total + count, 0);
  if (calls === 0) return undefined;
  const p50 = quantile(0.5, bounds, counts);
  const p95 = quantile(0.95, bounds, counts);
  const told = calls >= PERCENTILES_FROM && p50 !== undefined && p95 !== undefined;
  return { mean: sum / calls, ...(told && { p50, p95 }), calls };
}
