/** One target of a snapshot goes in, one plain sentence about it comes out. */
import type { FailureSighting, TargetSnapshot } from '../types/snapshot.ts';
import { ago, inWords } from './duration.ts';

/** What a person would say of the target at `now` (epoch ms). */
export function sentenceOf(target: TargetSnapshot, now: number): string {
  const { lastSuccess, lastFailure, lastAttempt } = target;
  const succeeded =
    lastSuccess === undefined ? 'it has never succeeded' : `it last succeeded ${ago(lastSuccess.at, now)}`;
  if (target.overflow) return 'Stands for every target past the cap on rows; it has no status of its own.';
  if (target.undeclared) return `No longer declared by its chain; ${succeeded}.`;
  if (target.placeholder) {
    return `Configured ${ago(target.declaredAt, now)}; no service has been seen on this chain yet.`;
  }
  switch (target.state) {
    case undefined:
      if (target.inferred && lastAttempt !== undefined)
        return `The primary of calls that fell, last ${ago(lastAttempt.at, now)}; what it served itself names no chain.`;
      if (lastAttempt === undefined) return `The primary; declared ${ago(target.declaredAt, now)}, no call seen yet.`;
      if (lastFailure !== undefined && lastFailure.at > (lastSuccess?.at ?? 0)) {
        return `The primary; its last call failed ${ago(lastFailure.at, now)} (${reasonOf(lastFailure)}); ${succeeded}.`;
      }
      return lastSuccess === undefined
        ? `The primary; tried ${ago(lastAttempt.at, now)}, never successfully.`
        : `The primary; last succeeded ${ago(lastSuccess.at, now)}.`;
    case 'never_exercised':
      return `Never exercised since it was declared ${ago(target.declaredAt, now)}.`;
    case 'failing': {
      const failure = lastFailure ?? lastAttempt;
      const when = failure === undefined ? '' : ` ${ago(failure.at, now)}`;
      return `Its last exercise failed${when}${lastFailure === undefined ? '' : ` (${reasonOf(lastFailure)})`}; ${succeeded}.`;
    }
    case 'stale':
      return lastSuccess === undefined
        ? `Never succeeded since it was declared ${ago(target.declaredAt, now)}.`
        : `Last succeeded ${ago(lastSuccess.at, now)}, longer ago than the ${inWords(target.maxAge)} that its policy allows.`;
    case 'fresh':
      return lastSuccess === undefined
        ? 'Fresh.'
        : `Last succeeded ${ago(lastSuccess.at, now)}${target.lastSuccessKind === undefined ? '' : ` (${target.lastSuccessKind})`}.`;
  }
}

/** What would change the target's state, as a sentence. */
export function changeOf({ state, lastSuccess, maxAge }: TargetSnapshot, now: number): string {
  switch (state) {
    case undefined:
      return '';
    case 'never_exercised':
      return 'One successful exercise would make it fresh: drill it.';
    case 'failing':
      return 'The next success would make it fresh: repair it, then drill it.';
    case 'stale':
      return 'A success would make it fresh again: drill it.';
    case 'fresh': {
      const left = lastSuccess === undefined ? 0 : maxAge - (now - lastSuccess.at) / 1000;
      return `A failure would make it failing, and time alone stale${left > 0 ? `, in ${inWords(left)}` : ''}.`;
    }
  }
}

/** `timeout`, or `error: 404` where the error type says more than the outcome. */
export function reasonOf({ outcome, errorType }: FailureSighting): string {
  return errorType === undefined || errorType === outcome ? outcome : `${outcome}: ${errorType}`;
}
