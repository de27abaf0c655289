/** One target's assumptions, drift and headroom, from its row, its chain and its policy. */
import type { RouteType } from '@warmspare/semconv';
import { assumptionsOf } from '../analysis/assumptions.ts';
import { headroomOf } from '../analysis/capacity.ts';
import { driftSince } from '../analysis/drift.ts';
import type { Policy, TargetPolicy } from '../types/policy.ts';
import type { Sighting, TargetSnapshot } from '../types/snapshot.ts';
import type { ChainView } from './chain-view.ts';
import type { LiveRow } from './owners.ts';

interface Subject {
  readonly row: LiveRow;
  readonly routeType: RouteType;
  readonly rank: number | undefined;
  readonly policy: Policy | TargetPolicy;
  readonly chain: ChainView | undefined;
  readonly lastSuccess: Sighting | undefined;
}

type Analysis = Pick<TargetSnapshot, 'assumptions' | 'drift' | 'headroom'>;

export const NOT_ANALYSED: Analysis = { assumptions: [], drift: [], headroom: [] };

export function analyse({ row, routeType, rank, policy, chain, lastSuccess }: Subject, now: number): Analysis {
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
