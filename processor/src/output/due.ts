/** A snapshot goes in, the targets that want a drill come out, the riskiest first, each with why and with the command that drills it. Pure. */
import type { AssumptionName, TargetState } from '@warmspare/semconv';
import type { Snapshot, TargetSnapshot } from '../types/snapshot.ts';
import { inWords } from './duration.ts';
import { type ChainStanding, chainStandings } from './urgency.ts';

/** A target that wants a drill. Empty strings where its service has no such part. */
export interface DueTarget {
  readonly namespace: string;
  readonly service: string;
  readonly environment: string;
  readonly chain: string;
  readonly target: string;
  readonly state: TargetState;
  /** Why, as a sentence without a final stop, the weightiest part first. */
  readonly reason: string;
  /** What to type. */
  readonly command: string;
}

/** Beyond this share of its greatest age, a success is worth repeating. */
const AGEING = 0.5;

/** One thing that speaks for a drill. */
interface Cause {
  readonly weight: number;
  readonly words: string;
  /** No drill would change it: it makes a target that is due more so, and no other one due. */
  readonly stays?: boolean;
}

/** A real failure of the primary alone shows whether it engages, and a real load whether it bears it. */
const BEYOND_DRILLS: ReadonlySet<AssumptionName> = new Set(['breaker', 'capacity']);

/** Every target that is due, the greatest risk first. */
export function dueTargets(snapshot: Pick<Snapshot, 'targets' | 'chains'>): readonly DueTarget[] {
  const standings = chainStandings(snapshot);
  const total = standings.reduce((sum, standing) => sum + trafficOf(standing), 0);
  return standings
    .flatMap((standing) => {
      const share = total === 0 ? 0 : trafficOf(standing) / total;
      return standing.targets.flatMap((target) => judged(target, standing, share));
    })
    .toSorted((a, b) => b.risk - a.risk)
    .map(({ due }) => due);
}

function judged(target: TargetSnapshot, standing: ChainStanding, share: number) {
  const { state } = target;
  if (state === undefined || target.undeclared || target.overflow || target.inferred || target.placeholder) return [];
  const causes = causesOf(target, state);
  if (causes.every(({ stays }) => stays)) return [];
  // Users would notice at once where nothing else holds, and where most of the traffic is.
  const exposure = standing.spares === 0 ? 2 : 1;
  const first = target.rank === 1 ? 1.5 : 1;
  const risk = causes.reduce((sum, { weight }) => sum + weight, 0) * exposure * first * (1 + share);
  const alone = standing.spares === 0 ? ['nothing else would take over'] : [];
  const words = [...causes.toSorted((a, b) => b.weight - a.weight).map((cause) => cause.words), ...alone];
  return [{ risk, due: dueOf(target, state, words.join('; ')) }];
}

function causesOf(target: TargetSnapshot, state: TargetState): readonly Cause[] {
  const { assumptions, drift, timeSinceLastSuccess: age = 0, maxAge } = target;
  const broken = assumptions.filter((each) => each.state === 'broken');
  const unverified = assumptions.filter((each) => each.state === 'unverified' && !BEYOND_DRILLS.has(each.name));
  const changed = drift.filter(({ revisions }) => revisions.length > 0);
  return [
    ...stateCause(state, age),
    ...broken.map(({ name, words }) => ({ weight: 4, words: `${name}: ${words}`, stays: BEYOND_DRILLS.has(name) })),
    ...(changed.length > 0
      ? [
          {
            weight: 2,
            words: `the primary's ${changed.map(({ part }) => part).join(' and ')} changed since it last worked`,
          },
        ]
      : []),
    ...(unverified.length > 0
      ? [{ weight: unverified.length / 2, words: `not verified: ${unverified.map(({ name }) => name).join(', ')}` }]
      : []),
    ...(state === 'fresh' && age > AGEING * maxAge
      ? [{ weight: age / maxAge, words: `last succeeded ${inWords(age)} ago` }]
      : []),
  ];
}

function stateCause(state: TargetState, age: number): readonly Cause[] {
  switch (state) {
    case 'failing':
      return [{ weight: 6, words: 'its last exercise failed' }];
    case 'never_exercised':
      return [{ weight: 5, words: 'never exercised' }];
    case 'stale':
      return [{ weight: 4, words: `stale: last succeeded ${inWords(age)} ago` }];
    case 'fresh':
      return [];
  }
}

function trafficOf({ targets }: ChainStanding): number {
  const primary = targets.find(({ routeType }) => routeType === 'primary');
  return primary?.activity?.counts.reduce((sum, count) => sum + count, 0) ?? 0;
}

function dueOf(target: TargetSnapshot, state: TargetState, reason: string): DueTarget {
  const { service, chain } = target;
  return {
    namespace: service.namespace,
    service: service.name,
    environment: service.environment,
    chain,
    target: target.target,
    state,
    reason,
    command: drillCommand({
      chain,
      target: target.target,
      service: service.name,
      namespace: service.namespace,
      environment: service.environment,
    }),
  };
}

/** What to type to drill a target; parts that are empty or left out are not asked for. */
export function drillCommand(of: {
  readonly chain: string;
  readonly target: string;
  readonly service?: string | undefined;
  readonly namespace?: string | undefined;
  readonly environment?: string | undefined;
}): string {
  const { chain, target, service, namespace, environment } = of;
  const flags = Object.entries({ chain, target, service, namespace, environment });
  const given = flags.flatMap(([name, value]) => (value ? [`--${name} ${quoted(value)}`] : []));
  return ['warmspare drill', ...given].join(' ');
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
