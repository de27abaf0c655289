/** One target or chain of a snapshot goes in, one plain sentence about it comes out. */
import type { FailureSighting, StateChange, TargetSnapshot } from '../types/snapshot.ts';
import { ago, inWords } from './duration.ts';
import type { ChainStanding } from './urgency.ts';

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
      return 'Drill it: one success makes it fresh.';
    case 'failing':
      return 'Repair it, then drill it: the next success makes it fresh.';
    case 'stale':
      return 'Drill it: one success makes it fresh again.';
    case 'fresh': {
      const left = lastSuccess === undefined ? 0 : maxAge - (now - lastSuccess.at) / 1000;
      return `Becomes stale${left > 0 ? ` in ${inWords(left)}` : ''} unless it runs again; any failure marks it failing.`;
    }
  }
}

/** `timeout`, or `error: 404` where the error type says more than the outcome. */
export function reasonOf({ outcome, errorType }: Pick<FailureSighting, 'outcome' | 'errorType'>): string {
  return errorType === undefined || errorType === outcome ? outcome : `${outcome}: ${errorType}`;
}

/** How urgently a chain wants a look, in words: `runs on claude-haiku since 3 hours, 1 spare left`. */
export function urgencySentence({ targets, urgency, serving, spares }: ChainStanding, now: number): string {
  switch (urgency) {
    case 'users_affected': {
      const failure = targets.find(({ routeType }) => routeType === 'primary')?.lastUnserved;
      return `users are affected now${failure === undefined ? '' : `, the primary failed ${ago(failure.at, now)}`}`;
    }
    case 'on_fallback': {
      const { target, since } = serving ?? {};
      const lasting = since === undefined ? '' : ` for ${inWords(Math.max(0, now - since) / 1000)}`;
      const left = spares === 0 ? 'no spare left' : `${spares} ${spares === 1 ? 'spare' : 'spares'} left`;
      return `runs on ${target?.target}${lasting}, ${left}`;
    }
    case 'would_not_hold':
      return 'would not hold';
    case 'fine':
      return 'fine';
  }
}

/** Why a target came into a state: `succeeded (drill)`, `failed (error: 404)`, `no success for 7 days`, `declared`. */
export function changeReason({ state, by }: StateChange, { maxAge }: Pick<TargetSnapshot, 'maxAge'>): string {
  if (by === undefined) return state === 'stale' ? `no success for ${inWords(maxAge)}` : 'declared';
  const { outcome, errorType, kind } = by;
  return outcome === 'success' ? `succeeded (${kind})` : `failed (${reasonOf({ outcome, errorType })}, ${kind})`;
}
