/** The live state as plain values at one frozen now. It changes nothing; all outputs of one moment read the same snapshot. */
import { EXERCISE_KINDS, type ExerciseKind, isInferred, isServed, type RouteType } from '@warmspare/semconv';
import { assumptionsOf } from '../analysis/assumptions.ts';
import { headroomOf } from '../analysis/capacity.ts';
import { driftSince } from '../analysis/drift.ts';
import { NO_TURNS } from '../analysis/turns.ts';
import type { PolicyIndex } from '../classify/policies.ts';
import type { DistributionPoint, SumPoint } from '../types/metric.ts';
import type { Policy, TargetPolicy } from '../types/policy.ts';
import type { ChainSnapshot, Sighting, Snapshot, TargetSnapshot } from '../types/snapshot.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { KindEvidence } from '../types/store.ts';
import { type ChainView, chainsOf } from './chain-view.ts';
import { freshness } from './freshness.ts';
import { chainId, isOverflow } from './identity.ts';
import type { Live } from './live.ts';
import { laterSighting } from './merge.ts';
import type { Row, SeriesOwner } from './row.ts';
import { announces } from './row.ts';
import { HELD_CALLS } from './series.ts';

export function takeSnapshot(
  live: Live,
  policies: PolicyIndex,
  now: number,
): Omit<Snapshot, 'instanceId' | 'startedAt' | 'unknownWords'> {
  const counters: SumPoint[] = [];
  const histograms: DistributionPoint[] = [];
  const chains = chainsOf(live, now);
  const targets = [...live.rows.values()].map((row) => {
    pushSeries(counters, histograms, row);
    return targetOf(row, chains.get(chainId(row.key)), policies, now);
  });
  for (const chain of live.chains.values()) pushSeries(counters, histograms, chain);
  return {
    now,
    targets: targets.sort(byPlace),
    chains: [...chains.values()].map(({ snapshot }) => snapshot).sort(byName),
    counters,
    histograms,
    watermarks: [...live.watermarks.values()].map(({ service, attributes, at }) => ({ service, attributes, at })),
    unassigned: [...live.unassigned.values()].map((call) => ({ ...call })),
  };
}

function targetOf(row: Row, chain: ChainView | undefined, policies: PolicyIndex, now: number): TargetSnapshot {
  const { key, service, state, attributes, placeholder, facts } = row;
  const routeType = key.routeType === '' ? 'fallback' : key.routeType;
  const overflow = isOverflow(key);
  const template = overflow ? undefined : policies.chain(service, key.chain);
  const configuredRank =
    template?.targets.findIndex(({ name, type }) => name === key.target && type === routeType) ?? -1;
  const policy = template?.targets[configuredRank] ?? template ?? policies.policies.defaults;
  const undeclared =
    configuredRank < 0 &&
    !overflow &&
    (chain?.announcedAt ?? 0) - state.seenAt > policy.retireAfter * 1000 &&
    !announces(chain?.lastAnnouncement, key.target, routeType);
  const counts: readonly ExerciseKind[] = routeType === 'primary' ? EXERCISE_KINDS : policy.counts;
  const fresh = freshness(state, { maxAge: policy.maxAge, counts }, now);
  const hasState = routeType !== 'primary' && !undeclared && !overflow;
  const rank = configuredRank >= 0 ? configuredRank : state.rank;
  const analysis = hasState
    ? analyse({ row, routeType, rank, policy, chain, lastSuccess: fresh.lastSuccess }, now)
    : NOT_ANALYSED;
  return {
    service,
    chain: key.chain,
    target: key.target,
    routeType,
    rank,
    attributes,
    placeholder,
    inferred: isInferred(key.chain),
    undeclared,
    overflow,
    declaredAt: state.declaredAt,
    lastAttempt: fresh.lastAttempt,
    lastSuccess: fresh.lastSuccess,
    lastSuccessKind: fresh.lastSuccessKind,
    lastFailure: fresh.lastFailure,
    ...onUsersPath(state.evidence.organic),
    state: hasState ? fresh.state : undefined,
    timeSinceLastSuccess: hasState ? fresh.timeSinceLastSuccess : undefined,
    maxAge: policy.maxAge,
    ...analysis,
    turns: hasState ? (facts.turns ?? NO_TURNS) : NO_TURNS,
    activity: facts.activity,
  };
}

/** An answer that only a policy holds against the target reached the user. */
function onUsersPath(organic: KindEvidence | undefined): Pick<TargetSnapshot, 'lastServed' | 'lastUnserved'> {
  const { success, failure } = organic ?? {};
  if (failure === undefined || !isServed(failure.outcome)) return { lastServed: success, lastUnserved: failure };
  return { lastServed: laterSighting(success, failure), lastUnserved: undefined };
}

function pushSeries(counters: SumPoint[], histograms: DistributionPoint[], owner: SeriesOwner): void {
  const { service, attributes } = owner;
  for (const { kind, value, sum, counts, startTime } of owner.series.values()) {
    const { metric: name, bounds, extra } = kind;
    if (name === HELD_CALLS) continue;
    if (!bounds) counters.push({ kind: 'counter', name, service, attributes, extra, value, startTime });
    else if (counts) {
      const distribution = { bounds, counts, sum, count: value };
      histograms.push({ kind: 'histogram', name, service, attributes, extra, ...distribution, startTime });
    }
  }
}

function byName(a: ChainSnapshot, b: ChainSnapshot): number {
  return byService(a.service, b.service) || compare(a.chain, b.chain);
}

function byPlace(a: TargetSnapshot, b: TargetSnapshot): number {
  return (
    byService(a.service, b.service) ||
    compare(a.chain, b.chain) ||
    (a.rank ?? Number.MAX_SAFE_INTEGER) - (b.rank ?? Number.MAX_SAFE_INTEGER) ||
    compare(a.target, b.target) ||
    compare(a.routeType, b.routeType)
  );
}

function byService(a: ServiceIdentity, b: ServiceIdentity): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name) || compare(a.environment, b.environment);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

interface Subject {
  readonly row: Row;
  readonly routeType: RouteType;
  readonly rank: number | undefined;
  readonly policy: Policy | TargetPolicy;
  readonly chain: ChainView | undefined;
  readonly lastSuccess: Sighting | undefined;
}

type Analysis = Pick<TargetSnapshot, 'assumptions' | 'drift' | 'headroom'>;

const NOT_ANALYSED: Analysis = { assumptions: [], drift: [], headroom: [] };

/** The assumptions, drift and headroom of one target, from its row, its chain and its policy. */
function analyse({ row, routeType, rank, policy, chain, lastSuccess }: Subject, now: number): Analysis {
  if (routeType === 'primary') return NOT_ANALYSED;
  const { facts, state } = row;
  const contract = chain?.snapshot.contract ?? [];
  const since = lastSuccess?.at ?? state.declaredAt;
  const drift = contract.filter(({ unstable }) => !unstable).map((part) => driftSince(part, since));
  const load = policy.sampling === 'none' || chain?.unsampled ? chain?.load : undefined;
  const headroom = 'limits' in policy ? headroomOf(policy.limits, facts.exercised ?? [], load) : [];
  const { declaredAt } = state;
  const evidence = {
    routeType,
    rank,
    declaredAt,
    facts,
    failover: chain?.failover,
    contract,
    headroom,
    policy,
  };
  return { assumptions: assumptionsOf(evidence, now), drift, headroom };
}
