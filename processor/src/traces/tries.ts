/**
 * The calls of one trace in, attempts out: a call that failed and the next one of the same model at the same place, under the same parent
 * and for the same job, are tries of one attempt. Pure.
 */
import type { CallOutcome } from '@warmspare/semconv';
import type { ServiceIdentity } from '../types/span.ts';
import { type BufferedCall, inOrder, isFailedTry } from './buffered-call.ts';
import { isSameTarget, likeness } from './same-job.ts';

export interface TriedCall {
  readonly first: BufferedCall;
  /** How the attempt ended. */
  last: BufferedCall;
  /** Of the last try. */
  outcome: CallOutcome;
  /** The failed tries before the last, which are no attempts of their own. */
  readonly earlier: BufferedCall[];
}

/** Attempts that stand in for each other, the primary first; each is another target. */
export type Ladder = readonly TriedCall[];

/** Later than this after a failure, a call is something else (ms). */
const MAX_GAP = 60_000;
/** Starts are cut to the millisecond by some SDKs, ends are not (ms). */
const ROUNDING = 1;

/** In the order of their starts; `outcomes`: where more than the call's own span tells how it ended. */
export function attemptsOf(
  calls: readonly BufferedCall[],
  outcomes: ReadonlyMap<BufferedCall, CallOutcome>,
): readonly TriedCall[] {
  const attempts: TriedCall[] = [];
  for (const call of [...calls].sort(inOrder)) {
    const outcome = outcomes.get(call) ?? call.outcome;
    const before = attempts.find((attempt) => isRetry(attempt, call));
    if (before) {
      before.earlier.push(before.last);
      before.last = call;
      before.outcome = outcome;
    } else attempts.push({ first: call, last: call, outcome, earlier: [] });
  }
  return attempts;
}

/** Whether what began at `start` did so when `before` had ended, and soon enough to have to do with it: calls side by side do not stand in for each other. */
export function follows({ call }: BufferedCall, start: number): boolean {
  const gap = start - call.endTime;
  return gap >= -ROUNDING && gap <= MAX_GAP && start > call.startTime;
}

function isRetry({ last, outcome }: TriedCall, next: BufferedCall): boolean {
  if (!isFailedTry(outcome) || last.own !== undefined || next.own !== undefined) return false;
  // Of the calls of a configured chain each is an attempt, unless its client is known to give its tries spans.
  if (next.call.kind === 'attempt' && !next.isTry) return false;
  if (last.parentId !== next.parentId) return false;
  if (last.call.kind !== next.call.kind || !isOneService(last.call.service, next.call.service)) return false;
  if (last.call.chain !== next.call.chain || last.call.target !== next.call.target) return false;
  // What is around both is the same.
  if (likeness({ call: last, sites: last.sites }, { call: next, sites: next.sites }) !== 'same') return false;
  return isSameTarget(last, next) && follows(last, next.call.startTime);
}

export function isOneService(a: ServiceIdentity, b: ServiceIdentity): boolean {
  return a === b || (a.name === b.name && a.namespace === b.namespace && a.environment === b.environment);
}
