/** Chains with their targets go in, how urgently each wants a look comes out: the order of the page, of `status` and of /status.json. */
import type { ChainSnapshot, Snapshot, TargetSnapshot, TargetState } from '../types/snapshot.ts';

/** Most urgent first. */
export const URGENCIES = ['users_affected', 'on_fallback', 'would_not_hold', 'fine'] as const;

/** How urgently a chain wants a look. */
export type Urgency = (typeof URGENCIES)[number];

/** Worst first. */
export const STATES: readonly TargetState[] = ['failing', 'never_exercised', 'stale', 'fresh'];

/** The target that served the newest answered run. */
export interface Serving {
  readonly target: TargetSnapshot;
  readonly rank: number;
  /** Epoch ms of that run. */
  readonly at: number;
  /** Epoch ms since when the chain runs on this fallback or on another one; absent on the primary and where it is not known. */
  readonly since: number | undefined;
}

/** A chain with its targets in rank order, and what they say together. */
export interface ChainStanding {
  readonly targets: readonly TargetSnapshot[];
  /** Absent where only rows are known. */
  readonly chain: ChainSnapshot | undefined;
  readonly urgency: Urgency;
  /** Absent while no run was answered, and on inferred chains. */
  readonly serving: Serving | undefined;
  /** Targets below the serving one that are fresh with no broken assumption. */
  readonly spares: number;
}

/** Names one chain of one service. */
export const chainKey = ({ chain, service }: Pick<TargetSnapshot, 'chain' | 'service'>): string =>
  `${service.namespace}\0${service.name}\0${service.environment}\0${chain}`;

/** The newest organic attempt gave the user no answer. */
export const failsUsers = ({ lastServed, lastUnserved }: TargetSnapshot): boolean =>
  lastUnserved !== undefined && lastUnserved.at > (lastServed?.at ?? 0);

/** Every chain of the snapshot in the snapshot's own order. */
export function chainStandings({ targets, chains }: Pick<Snapshot, 'targets' | 'chains'>): readonly ChainStanding[] {
  const byKey = new Map(chains.map((chain) => [chainKey(chain), chain]));
  const groups = Map.groupBy(targets, chainKey);
  return [...groups].map(([key, group]) => standingOf(group, byKey.get(key)));
}

/** Chains that are equally urgent stay in the order that they came in. */
export function mostUrgentFirst(standings: readonly ChainStanding[]): readonly ChainStanding[] {
  return [...standings].sort((a, b) => compare(orderOf(a), orderOf(b)));
}

function standingOf(targets: readonly TargetSnapshot[], chain: ChainSnapshot | undefined): ChainStanding {
  const serving = servingOf(targets, chain);
  const below = targets.filter(({ rank }) => rank !== undefined && rank > (serving?.rank ?? 0));
  const spares = below.filter((target) => target.state === 'fresh' && !hasBroken(target)).length;
  return { targets, chain, serving, spares, urgency: urgencyOf(targets, serving) };
}

function servingOf(targets: readonly TargetSnapshot[], chain: ChainSnapshot | undefined): Serving | undefined {
  let serving: Serving | undefined;
  for (const target of targets) {
    const { lastServed, rank, inferred, undeclared, overflow } = target;
    if (!lastServed || rank === undefined || inferred || undeclared || overflow) continue;
    const { at } = lastServed;
    if (!serving || at > serving.at || (at === serving.at && rank < serving.rank)) {
      serving = { target, rank, at, since: undefined };
    }
  }
  if (!serving || serving.rank === 0) return serving;
  const primary = targets.find(({ rank }) => rank === 0);
  return { ...serving, since: chain?.primaryFailingSince ?? primary?.lastServed?.at };
}

/** Rules in DESIGN's order: the first that applies. */
function urgencyOf(targets: readonly TargetSnapshot[], serving: Serving | undefined): Urgency {
  if (areUsersAffected(targets)) return 'users_affected';
  if (serving && serving.rank > 0) return 'on_fallback';
  return severityOf(targets) < FINE ? 'would_not_hold' : 'fine';
}

/** The primary fails now, and so does every target that was tried after it last worked. */
function areUsersAffected(targets: readonly TargetSnapshot[]): boolean {
  const primary = targets.find(({ routeType }) => routeType === 'primary');
  // An inferred chain has only the failures of its primary.
  if (!primary || primary.inferred || !failsUsers(primary)) return false;
  const worked = primary.lastServed?.at ?? 0;
  return targets
    .filter(({ routeType }) => routeType !== 'primary')
    .filter(({ lastServed, lastUnserved }) => Math.max(lastServed?.at ?? 0, lastUnserved?.at ?? 0) > worked)
    .every(failsUsers);
}

/** A fallback that would not hold, the worst first; a broken assumption stands after `failing`. */
const SEVERITIES: readonly (TargetState | 'broken')[] = ['failing', 'broken', 'never_exercised', 'stale'];
const FINE = SEVERITIES.length;

function severityOf(targets: readonly TargetSnapshot[]): number {
  return Math.min(
    FINE,
    ...targets.flatMap((target) =>
      [SEVERITIES.indexOf(target.state ?? 'fresh'), SEVERITIES.indexOf(hasBroken(target) ? 'broken' : 'fresh')].filter(
        (severity) => severity >= 0,
      ),
    ),
  );
}

const hasBroken = ({ assumptions }: TargetSnapshot): boolean => assumptions.some(({ state }) => state === 'broken');

/** Urgency first; then the newest failure, the fewest spares, or the worst fallback. */
function orderOf({ targets, urgency, spares, serving }: ChainStanding): readonly number[] {
  const first = URGENCIES.indexOf(urgency);
  switch (urgency) {
    case 'users_affected':
      return [first, -Math.max(...targets.map(({ lastUnserved }) => lastUnserved?.at ?? 0))];
    case 'on_fallback':
      return [first, spares, serving?.since ?? 0];
    case 'would_not_hold':
    case 'fine':
      return [first, severityOf(targets)];
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((each, index) => each !== b[index]);
  return differs < 0 ? 0 : (a[differs] ?? 0) - (b[differs] ?? 0);
}
