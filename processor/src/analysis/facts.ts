/** The facts of a row or a chain as one value: how they merge. */
import type { FactKind, Facts } from '../types/facts.ts';
import { mergeActivity } from './activity.ts';
import { mergeContracts } from './contract.ts';
import { mergeExercised } from './exercised.ts';
import { mergeFailover } from './failover.ts';
import { mergeTurns } from './turns.ts';
import { mergeEvidence } from './verdicts.ts';

type Merge<K extends FactKind> = (a: NonNullable<Facts[K]>, b: NonNullable<Facts[K]>) => NonNullable<Facts[K]>;

const MERGE: { readonly [K in FactKind]: Merge<K> } = {
  assumptions: mergeEvidence,
  contract: mergeContracts,
  failover: mergeFailover,
  activity: mergeActivity,
  exercised: mergeExercised,
  turns: mergeTurns,
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

/** Facts as a store kept them; members that this version does not know are left out. */
export function readFacts(kept: Facts): Facts {
  if (Object.keys(kept).every(isKind)) return kept;
  return Object.fromEntries(Object.entries(kept).filter(([kind]) => isKind(kind)));
}

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
