/** How fresh a fallback is: newest success and failure of the counted kinds in, state and age out, at a given now. */
import type { ExerciseKind } from '@warmspare/semconv';
import type { FailureSighting, Sighting, TargetState } from '../types/snapshot.ts';
import type { RowState } from '../types/store.ts';
import { laterFailure, laterSighting } from './merge.ts';

export interface Freshness {
  readonly lastAttempt: Sighting | undefined;
  readonly lastSuccess: Sighting | undefined;
  readonly lastSuccessKind: ExerciseKind | undefined;
  readonly lastFailure: FailureSighting | undefined;
  readonly state: TargetState;
  /** Seconds since the last success, since the declaration while there is no attempt that counts as one; never negative. */
  readonly timeSinceLastSuccess: number;
}

/**
 * The states in their order: never_exercised, failing (the latest counted attempt by end time is not a success, a tie
 * is a success), stale, fresh. `maxAge` in seconds, times in epoch ms.
 */
export function freshness(
  row: RowState,
  policy: { readonly maxAge: number; readonly counts: readonly ExerciseKind[] },
  now: number,
): Freshness {
  let lastSuccess: Sighting | undefined;
  let lastSuccessKind: ExerciseKind | undefined;
  let lastFailure: FailureSighting | undefined;
  for (const kind of policy.counts) {
    const seen = row.evidence[kind];
    if (!seen) continue;
    lastFailure = laterFailure(lastFailure, seen.failure);
    const later = laterSighting(lastSuccess, seen.success);
    if (later !== lastSuccess) lastSuccessKind = kind;
    lastSuccess = later;
  }
  const failing = lastFailure !== undefined && (lastSuccess === undefined || lastFailure.at > lastSuccess.at);
  const timeSinceLastSuccess = Math.max(0, now - (lastSuccess?.at ?? row.declaredAt)) / 1000;
  return {
    lastAttempt: failing ? lastFailure : lastSuccess,
    lastSuccess,
    lastSuccessKind,
    lastFailure,
    timeSinceLastSuccess,
    state: state(lastSuccess, failing, timeSinceLastSuccess > policy.maxAge),
  };
}

function state(lastSuccess: Sighting | undefined, failing: boolean, old: boolean): TargetState {
  if (failing) return 'failing';
  if (!lastSuccess) return 'never_exercised';
  return old ? 'stale' : 'fresh';
}
