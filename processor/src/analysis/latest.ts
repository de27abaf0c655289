/**
 * What moves with every batch, as the store keeps it apart from the facts that it belongs to: when the primary succeeded last, when each
 * revision was seen last, how many calls the last quarter of an hour had. All else of those is many times longer and seldom changes.
 */
import { CONTRACT_PARTS, type ContractPart } from '@warmspare/semconv';
import type { Facts, PartHistory } from '../types/facts.ts';
import { isOnlyLastQuarter } from './activity.ts';
import { isOnlySeenAgain } from './contract.ts';
import { isOnlySuccess } from './failover.ts';

type Seen = Partial<Record<ContractPart, readonly (readonly [revision: string, lastSeen: number])[]>>;
type Latest = readonly [succeededAt: number, quarter: number, calls: number, seen: Seen];

/** Of which of the facts something stands here. */
export type MovingKind = 'failover' | 'contract' | 'activity';

export function isMoving(kind: keyof Facts): kind is MovingKind {
  return kind === 'failover' || kind === 'contract' || kind === 'activity';
}

/** Whether `latestOf` says all that changed of the kind. */
export function isOnlyLater(kind: MovingKind, before: Facts, next: Facts): boolean {
  switch (kind) {
    case 'failover':
      return next.failover !== undefined && isOnlySuccess(before.failover, next.failover);
    case 'contract':
      return (
        before.contract !== undefined && next.contract !== undefined && isOnlySeenAgain(before.contract, next.contract)
      );
    case 'activity':
      return (
        before.activity !== undefined &&
        next.activity !== undefined &&
        isOnlyLastQuarter(before.activity, next.activity)
      );
  }
}

export function latestOf({ failover, contract, activity }: Facts): Latest {
  const seen: Seen = {};
  for (const part of CONTRACT_PARTS) {
    const history = contract?.[part];
    if (history) seen[part] = seenLast(history);
  }
  const last = activity ? activity.counts.length - 1 : 0;
  return [failover?.lastSuccessAt ?? 0, (activity?.from ?? 0) + last, activity?.counts[last] ?? 0, seen];
}

/** The facts with what {@link latestOf} said of them: it was written with them or after them, so that it counts before what they say. */
export function withLatest(facts: Facts, value: unknown): Facts {
  const [succeededAt, quarter, calls, seen] = value as Latest;
  const { failover, contract, activity } = facts;
  const last = activity ? quarter - activity.from : -1;
  return {
    ...facts,
    ...(failover && { failover: { ...failover, lastSuccessAt: succeededAt } }),
    ...(contract && { contract: mapParts(contract, seen) }),
    ...(activity &&
      last === activity.counts.length - 1 && { activity: { ...activity, counts: activity.counts.with(last, calls) } }),
  };
}

function seenLast({ revisions }: PartHistory): [revision: string, lastSeen: number][] {
  return Object.keys(revisions).map((revision) => [revision, revisions[revision]?.lastSeen ?? 0]);
}

function mapParts(contract: NonNullable<Facts['contract']>, seen: Seen): NonNullable<Facts['contract']> {
  const moved: Partial<Record<ContractPart, PartHistory>> = {};
  for (const part of CONTRACT_PARTS) {
    const history = contract[part];
    if (!history) continue;
    const last = new Map(seen[part]);
    const revisions = Object.entries(history.revisions).map(([revision, { firstSeen, lastSeen }]) => [
      revision,
      { firstSeen, lastSeen: last.get(revision) ?? lastSeen },
    ]);
    moved[part] = { ...history, revisions: Object.fromEntries(revisions) };
  }
  return moved;
}
