/**
 * A trace that is complete in, what it adds to the ledger out: the ladders that it shows, under a chain named after the call site or the
 * primary, and the failed calls of configured chains that turned out to be attempts of their own.
 */
import { type ErrorClass, errorClass, inferredChain, triggerAfter } from '@warmspare/semconv';
import type { Attempt } from '../types/evidence.ts';
import { callOf, type KeptCall, violations } from './kept-call.ts';
import { holdersOf, type Ladder, laddersIn } from './ladders.ts';
import type { Trace } from './trace-window.ts';
import { attemptsOf, modelOf, type TriedCall } from './tries.ts';

export interface Settled {
  /** Attempts that the trace alone shows. */
  readonly inferred: readonly { readonly attempt: Attempt; readonly call: KeptCall }[];
  /** Of the calls that were held: whether each is an attempt, or a try of a later one. */
  readonly held: readonly { readonly call: KeptCall; readonly isAttempt: boolean }[];
}

const NOTHING: Settled = { inferred: [], held: [] };

export function settle({ calls, holders }: Trace): Settled {
  if (calls.length === 0) return NOTHING;
  const violated = violations([...calls, ...holders.values()]);
  const attempts = attemptsOf(calls, violated);
  const unclaimed = attempts.filter(({ last }) => last.call.kind === 'call');
  const tries = new Set(attempts.flatMap(({ earlier }) => earlier));
  return {
    inferred: laddersIn(unclaimed, holders).flatMap((ladder) => rungsOf(ladder, holders)),
    held: calls.filter(({ held }) => held).map((call) => ({ call, isAttempt: !tries.has(call) })),
  };
}

function rungsOf(ladder: Ladder, holders: Trace['holders']): Settled['inferred'] {
  const [primary] = ladder;
  if (!primary) return [];
  const site = primary.first.site ?? holdersOf(primary.first, holders).find((holder) => holder.site)?.site;
  const chain = inferredChain(site ?? modelOf(primary.first) ?? '');
  return ladder.map((rung, rank) => {
    const before = ladder[rank - 1];
    const attempt: Attempt = {
      ...callOf(rung.last),
      kind: 'attempt',
      chain,
      target: modelOf(rung.first) ?? '',
      routeType: rank === 0 ? 'primary' : 'fallback',
      rank,
      targets: undefined,
      configured: false,
      outcome: rung.outcome,
      startTime: rung.first.call.startTime,
      ...(before && whyItFell(before, primary, rung)),
    };
    return { attempt, call: rung.last };
  });
}

function whyItFell(before: TriedCall, primary: TriedCall, rung: TriedCall): Partial<Attempt> {
  return {
    triggerReason: rung.last.call.triggerReason ?? triggerAfter(before.outcome, classOf(before.last.call)),
    primaryErrorType: primary.last.call.errorType ?? primary.outcome,
    // A stream's span may begin with the whole run.
    failoverDuration:
      (Math.max(rung.first.call.startTime, before.last.call.endTime) - primary.first.call.startTime) / 1000,
  };
}

function classOf({ errorType }: KeptCall['call']): ErrorClass | undefined {
  return errorType === undefined ? undefined : errorClass(errorType);
}
