/** The facts of a row or a chain as one value: how they merge, and how the store keeps them. */
import type { FactKind, Facts } from '../types/facts.ts';
import type { FactRecord } from '../types/store.ts';
import { mergeActivity } from './activity.ts';
import { mergeContracts } from './contract.ts';
import { mergeExercised } from './exercised.ts';
import { mergeFailover } from './failover.ts';
import { isMoving, isOnlyLater, latestOf, withLatest } from './latest.ts';
import { mergeEvidence } from './verdicts.ts';

type Merge<K extends FactKind> = (a: NonNullable<Facts[K]>, b: NonNullable<Facts[K]>) => NonNullable<Facts[K]>;

const MERGE: { readonly [K in FactKind]: Merge<K> } = {
  assumptions: mergeEvidence,
  contract: mergeContracts,
  failover: mergeFailover,
  activity: mergeActivity,
  exercised: mergeExercised,
  unsampled: Math.max,
};

const KINDS = Object.keys(MERGE) as readonly FactKind[];

export const NO_FACTS: Facts = {};

/** Commutative and associative; idempotent but for the counts of `activity`. */
export function mergeFacts(a: Facts, b: Facts): Facts {
  if (b === NO_FACTS) return a;
  if (a === NO_FACTS) return b;
  const merged: { -readonly [K in FactKind]?: Facts[K] } = {};
  for (const kind of KINDS) mergeKind(kind, a, b, merged);
  return merged;
}

/**
 * The kinds of which `next` has another value than `before`, as the store keeps them. What moves with every batch has a record of its
 * own, which is written whenever what it belongs to is.
 */
export function changedFacts(before: Facts, next: Facts): readonly FactRecord[] {
  if (before === next) return NO_CHANGES;
  const changed: FactRecord[] = [];
  let moved = false;
  for (const kind of KINDS) {
    if (next[kind] === undefined || next[kind] === before[kind]) continue;
    if (isMoving(kind)) {
      moved = true;
      if (isOnlyLater(kind, before, next)) continue;
    }
    changed.push({ kind, value: next[kind] });
  }
  if (moved) changed.push({ kind: LATEST, value: latestOf(next) });
  return changed;
}

/** All that the store kept of one row or chain, in any order; a kind that this version does not know is left out. */
export function readFacts(kept: Iterable<Pick<FactRecord, 'value'> & { readonly kind: string }>): Facts {
  const facts: Partial<Record<FactKind, unknown>> = {};
  let latest: unknown;
  for (const { kind, value } of kept) {
    if (kind === LATEST) latest = value;
    else if (isKind(kind)) facts[kind] = value;
  }
  const read = facts as Facts;
  return latest === undefined ? read : withLatest(read, latest);
}

const LATEST = 'latest';
const NO_CHANGES: readonly FactRecord[] = [];

function mergeKind<K extends FactKind>(
  kind: K,
  a: Facts,
  b: Facts,
  into: { -readonly [P in FactKind]?: Facts[P] },
): void {
  const left = a[kind];
  const right = b[kind];
  const value = left !== undefined && right !== undefined ? MERGE[kind](left, right) : (left ?? right);
  if (value !== undefined) into[kind] = value;
}

function isKind(kind: string): kind is FactKind {
  return KINDS.some((known) => known === kind);
}
