/**
 * A trace that is complete in, what it adds to the ledger out: the ladders that it shows, and of the calls of configured chains that waited
 * which are attempts and how they ended.
 */
import { type CallOutcome, type FailedGroups, isAnswered } from '@warmspare/semconv';
import type { Call } from '../types/evidence.ts';
import { failedBeside, type InferredRun, runOf } from './inferred-run.ts';
import { callOf, type KeptCall } from './kept-call.ts';
import { laddersIn } from './ladders.ts';
import { modelOf } from './same-job.ts';
import type { Trace } from './trace.ts';
import { attemptsOf } from './tries.ts';
import { violations } from './violations.ts';

export interface Settled {
  /** Runs of chains that the trace alone shows. */
  readonly shown: readonly InferredRun[];
  /** Runs in which every target failed: they count where their chain is known. */
  readonly failed: readonly InferredRun[];
  /** Calls whose prompt alone says that they did not stand in for a call of that model. */
  readonly possible: readonly { readonly call: Call; readonly insteadOf: string }[];
  /** Calls of configured chains that failed, and the groups of their gateway that failed after them. */
  readonly beside: readonly { readonly call: KeptCall; readonly said: FailedGroups }[];
  /** Of the calls that were held: whether each is an attempt, or a try of a later one. */
  readonly held: readonly { readonly call: KeptCall; readonly isAttempt: boolean }[];
  /** Of the successes that waited: how they ended. */
  readonly waited: readonly { readonly call: KeptCall; readonly outcome: CallOutcome }[];
}

const NOTHING: Settled = { shown: [], failed: [], possible: [], beside: [], held: [], waited: [] };

export function settle(trace: Trace): Settled {
  const { calls, holders, links } = trace;
  if (calls.length === 0) return NOTHING;
  const violated = violations(trace);
  const attempts = attemptsOf(calls, violated);
  const unclaimed = attempts.filter(({ last }) => isUnclaimed(last));
  const tries = new Set(attempts.flatMap(({ earlier }) => earlier));
  const { shown, failed, possible } = laddersIn(unclaimed, links);
  return {
    shown: shown.map((ladder) => runOf(ladder, links)),
    failed: failed.map((ladder) => runOf(ladder, links, holders)).filter(({ attempts: each }) => each.length > 1),
    possible: possible.flatMap(([primary, { last }]) => {
      const insteadOf = modelOf(primary.first);
      const call = callOf(last);
      return insteadOf !== undefined && call.kind === 'call' ? [{ call, insteadOf }] : [];
    }),
    beside: attempts.flatMap(({ last, outcome }) => {
      const isClaimed = last.call.kind === 'attempt' && last.own === undefined && !isAnswered(outcome);
      const said = isClaimed ? failedBeside(last, holders, links) : undefined;
      return said ? [{ call: last, said }] : [];
    }),
    held: calls.filter(({ held }) => held).map((call) => ({ call, isAttempt: !tries.has(call) })),
    waited: calls
      .filter(({ waits }) => waits)
      .map((call) => ({ call, outcome: violated.has(call) ? ('schema_invalid' as const) : call.outcome })),
  };
}

/** A health check stands in for nothing, and what a cache answered is no model's. */
function isUnclaimed({ call, own }: KeptCall): boolean {
  if (call.exercise === 'probe' || call.routeType === 'cache') return false;
  return call.kind === 'call' || own === 'told';
}
