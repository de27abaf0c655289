/** Rows of a ledger as outputs see them, with everything that a test does not speak of filled in. */
import type { SumPoint } from '../../types/metric.ts';
import type { Snapshot, TargetSnapshot, TargetState } from '../../types/snapshot.ts';
import { type View, viewOf } from '../page/view.ts';

/** Epoch milliseconds. */
export const now = Date.UTC(2026, 0, 15, 12);
export const hour = 3_600_000;
export const support = { namespace: '', name: 'support-api', environment: 'production' };
/** Of a span with ids that can be told from none. */
export const sighting = (hoursAgo: number) => ({
  at: now - hoursAgo * hour,
  traceId: 'a1'.repeat(16),
  spanId: 'b2'.repeat(8),
});

/** A target without a state is the primary. */
export function row(
  chain: string,
  target: string,
  state: TargetState | undefined,
  more: Partial<TargetSnapshot> = {},
): TargetSnapshot {
  return {
    service: support,
    chain,
    target,
    routeType: state === undefined ? 'primary' : 'fallback',
    rank: 1,
    attributes: {},
    placeholder: false,
    inferred: false,
    undeclared: false,
    overflow: false,
    declaredAt: now - 50 * hour,
    lastAttempt: undefined,
    lastSuccess: state === 'fresh' ? sighting(3) : undefined,
    lastFailure: undefined,
    lastSuccessKind: undefined,
    lastServed: undefined,
    lastUnserved: undefined,
    state,
    timeSinceLastSuccess: 1,
    maxAge: 86_400,
    assumptions: [],
    drift: [],
    headroom: [],
    turns: [],
    activity: undefined,
    ...more,
  };
}

export function snapshotOf(
  targets: readonly TargetSnapshot[],
  counters: readonly SumPoint[] = [],
  more: Partial<Snapshot> = {},
): Snapshot {
  const watermarks = targets.length === 0 ? [] : [{ service: support, attributes: {}, at: now }];
  return {
    now,
    instanceId: 'i',
    startedAt: now,
    targets,
    chains: [],
    counters,
    histograms: [],
    watermarks,
    unassigned: [],
    unknownWords: [],
    ...more,
  };
}

/** A page as a reader sees it who asks for nothing special. */
export const plainView: View = viewOf(
  snapshotOf([]),
  { version: '1.2.3', traceUrl: undefined },
  { address: '/', refresh: undefined, timeZone: undefined },
);
