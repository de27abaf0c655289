/** How the last organic attempts of primaries ended, by chain or, where no chain is known, by model: a drill must not make an outage worse. */
import type { AttemptScope } from '../types/attempt.ts';
import type { CallRequest } from '../types/call.ts';
import type { Ending } from './ending.ts';

/** Failures in a row that block drills, and within how long, ms. */
const FAILURES = 3;
const WITHIN = 300_000;

/** More chains than a process has; models of callers must not grow the table. */
const MAX_KEYS = 1_000;

const failures = new Map<string, readonly number[]>();

/** `at`: epoch ms. */
export function notePrimary(key: string, failed: boolean, at: number): void {
  if (!failed) {
    if (failures.size > 0) failures.delete(key);
    return;
  }
  const known = failures.get(key);
  if (known === undefined && failures.size >= MAX_KEYS) return;
  failures.set(key, [...(known ?? []).slice(1 - FAILURES), at]);
}

/** Whether any is known to fail: most processes need not look further. */
export function arePrimariesFailing(): boolean {
  return failures.size > 0;
}

/** The key of a model that no chain names. */
export function modelKey(model: string): string {
  return `model ${model}`;
}

/** Whether the last three attempts failed, within the five minutes before `now`. */
export function isPrimaryFailing(key: string, now: number): boolean {
  const known = failures.get(key);
  if (known === undefined || known.length < FAILURES) return false;
  return known.every((at) => now - at <= WITHIN);
}

/** Notes how a call ended that is an attempt of a primary by itself: attempts that others enclose note their own. `at`: epoch ms. */
export function noteCallHealth(
  { model }: CallRequest,
  scope: AttemptScope | undefined,
  { failed, answer }: Ending,
  at: number,
): void {
  if (!failed && (failures.size === 0 || answer?.finish === undefined)) return;
  if (scope?.exerciseKind !== undefined || scope?.carriesOutcome === 'attempt-span') return;
  if (scope?.routeType !== undefined && scope.routeType !== 'primary') return;
  const key = scope?.chain ?? (model === undefined ? undefined : modelKey(model));
  if (key !== undefined) notePrimary(key, failed, at);
}
