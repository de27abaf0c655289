/** `GET /api/due` and `POST /api/drills/lease`: which targets want a drill, and who of many processes may practise with one now. */
import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { z } from 'zod';
import { dueTargets } from '../output/due.ts';
import { chainStandings, failsUsers } from '../output/urgency.ts';
import type { Snapshot, TargetSnapshot } from '../types/snapshot.ts';

/** Why a practice run is not granted. */
export type LeaseRefusal = 'not_due' | 'taken' | 'no_headroom' | 'failing_over';

/** Answer of `/api/drills/lease`. */
export type LeaseAnswer =
  | {
      readonly granted: true;
      readonly id: string;
      readonly target: string /** ISO 8601. */;
      readonly expires_at: string;
    }
  | { readonly granted: false; readonly reason: LeaseRefusal };

/** Who asks, and for which chain. */
export interface LeaseRequest {
  readonly chain: string;
  readonly service: string;
  readonly namespace: string;
  readonly environment: string;
}

const leaseRequest = z.strictObject({
  chain: z.string().min(1),
  service: z.string().default(''),
  namespace: z.string().default(''),
  environment: z.string().default(''),
});

/** How long a lease is held, ms: longer than one run, and short enough that a process that died with it holds up nobody for long. */
const HELD_FOR = 300_000;

/** More chains than one service has rows. */
const MAX_LEASES = 10_000;

export interface Leases {
  lease(request: LeaseRequest, snapshot: Snapshot): LeaseAnswer;
}

/** Kept in memory: after a restart a run may be granted once more. */
export function createLeases(): Leases {
  const held = new Map<string, number>();
  return {
    lease({ chain, service, namespace, environment }, snapshot) {
      const refused = (reason: LeaseRefusal): LeaseAnswer => ({ granted: false, reason });
      const { now } = snapshot;
      const isOf = (target: TargetSnapshot): boolean =>
        target.chain === chain &&
        target.service.name === service &&
        target.service.namespace === namespace &&
        target.service.environment === environment;
      const targets = snapshot.targets.filter(isOf);
      if (isFailingOver(targets, snapshot)) return refused('failing_over');
      const key = JSON.stringify([chain, service, namespace, environment]);
      if ((held.get(key) ?? 0) > now) return refused('taken');
      const due = dueTargets({ targets, chains: [] });
      if (due.length === 0) return refused('not_due');
      const free = due.find(({ target }) => targets.some((each) => each.target === target && hasRoom(each)));
      if (free === undefined) return refused('no_headroom');
      for (const [each, until] of held) if (until <= now) held.delete(each);
      if (held.size >= MAX_LEASES) return refused('taken');
      held.set(key, now + HELD_FOR);
      const id = randomBytes(8).toString('hex');
      return { granted: true, id, target: free.target, expires_at: new Date(now + HELD_FOR).toISOString() };
    },
  };
}

/** The primary fails now, or its chain runs on a fallback: nobody practises in an outage. */
function isFailingOver(targets: readonly TargetSnapshot[], { chains }: Snapshot): boolean {
  if (targets.some((target) => target.routeType === 'primary' && failsUsers(target))) return true;
  return chainStandings({ targets, chains }).some(({ serving }) => serving !== undefined && serving.rank > 0);
}

/** Limits that are not known yet keep nobody from finding out. */
function hasRoom({ headroom }: TargetSnapshot): boolean {
  return headroom.every((each) => each.headroom === undefined || each.headroom >= 1);
}

/** 200 with the answer, 400 no request. */
export async function answerLease(c: Context, leases: Leases, snapshot: () => Snapshot): Promise<Response> {
  const parsed = leaseRequest.safeParse(await c.req.json().catch(() => undefined));
  if (!parsed.success) {
    const error = 'The body must be a JSON object with chain, and optionally service, namespace, environment.';
    return c.json({ error, problems: z.treeifyError(parsed.error) }, 400);
  }
  return c.json(leases.lease(parsed.data, snapshot()));
}
