/**
 * Merges two views of a row, pure: a max over timestamps, a min for the declaration. Commutative, associative and
 * idempotent, so that order, repetition and split of the evidence leave the gauges as they are.
 */
import { EXERCISE_KINDS, type ExerciseKind } from '@warmspare/semconv';
import type { FailureSighting, Sighting } from '../types/snapshot.ts';
import type { KindEvidence, RowState } from '../types/store.ts';

export function mergeRowState(a: RowState, b: RowState): RowState {
  return {
    rank: newerRank(a, b),
    declaredAt: Math.min(a.declaredAt, b.declaredAt),
    announcedAt: Math.max(a.announcedAt, b.announcedAt),
    seenAt: Math.max(a.seenAt, b.seenAt),
    evidence: mergeEvidence(a.evidence, b.evidence),
  };
}

/** The later one; of two at the same time the one with the greater ids, so that every order of merging agrees. */
export function laterSighting<S extends Sighting>(a: S | undefined, b: S | undefined): S | undefined {
  if (!a || !b) return a ?? b;
  return compareSightings(a, b) >= 0 ? a : b;
}

export function laterFailure(
  a: FailureSighting | undefined,
  b: FailureSighting | undefined,
): FailureSighting | undefined {
  if (!a || !b) return a ?? b;
  const order =
    compareSightings(a, b) ||
    compareText(a.outcome, b.outcome) ||
    compareText(a.errorType ?? '', b.errorType ?? '') ||
    0;
  return order >= 0 ? a : b;
}

function compareSightings(a: Sighting, b: Sighting): number {
  return a.at - b.at || compareText(a.traceId, b.traceId) || compareText(a.spanId, b.spanId);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The rank of the newer announcement, which always has one; the smaller of two equally new ones. */
function newerRank(a: RowState, b: RowState): number | undefined {
  if (a.announcedAt !== b.announcedAt) return a.announcedAt > b.announcedAt ? a.rank : b.rank;
  if (a.rank === undefined || b.rank === undefined) return a.rank ?? b.rank;
  return Math.min(a.rank, b.rank);
}

function mergeEvidence(a: RowState['evidence'], b: RowState['evidence']): RowState['evidence'] {
  const merged: Partial<Record<ExerciseKind, KindEvidence>> = {};
  for (const kind of EXERCISE_KINDS) {
    const left = a[kind];
    const right = b[kind];
    if (!left && !right) continue;
    merged[kind] = {
      success: laterSighting(left?.success, right?.success),
      failure: laterFailure(left?.failure, right?.failure),
    };
  }
  return merged;
}
