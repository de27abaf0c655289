/** The facts of a row or a chain as one value: how they merge, and how the store keeps them. */
import type { FactKind, Facts, StoredFactKind } from '../types/facts.ts';
import { mergeActivity } from './activity.ts';
import { mergeContracts } from './contract.ts';
import { mergeExercised } from './exercised.ts';
import { isOnlySuccess, mergeFailover, NO_FAILOVER } from './failover.ts';
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
 * The kinds of which `next` has another value than `before`, as the store keeps them. When the primary succeeded last moves with every
 * batch, and has a record of its own: all else that is known of a chain's failover is many times longer and seldom changes.
 */
export function changedFacts(before: Facts, next: Facts): readonly { kind: StoredFactKind; value: string }[] {
  if (before === next) return [];
  const changed: { kind: StoredFactKind; value: string }[] = [];
  const { failover } = next;
  if (failover && failover !== before.failover)
    changed.push({ kind: SUCCEEDED, value: String(failover.lastSuccessAt) });
  for (const kind of KINDS) {
    if (next[kind] === undefined || next[kind] === before[kind]) continue;
    if (kind === 'failover' && failover && isOnlySuccess(before.failover, failover)) continue;
    changed.push({ kind, value: JSON.stringify(next[kind]) });
  }
  return changed;
}

/** Adds what the store kept, in any order; a kind that this version does not know is left out. */
export function withFact(facts: Facts, kind: string, value: string): Facts {
  if (kind === SUCCEEDED) {
    return { ...facts, failover: { ...(facts.failover ?? NO_FAILOVER), lastSuccessAt: Number(value) } };
  }
  if (!isKind(kind)) return facts;
  const read = { ...facts, [kind]: JSON.parse(value) };
  const known = facts.failover?.lastSuccessAt;
  if (kind !== 'failover' || known === undefined) return read;
  return { ...read, failover: { ...(read.failover ?? NO_FAILOVER), lastSuccessAt: known } };
}

/** Whose value, where there is one, counts before what is written of the failover. */
const SUCCEEDED = 'succeeded';

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
