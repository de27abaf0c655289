/**
 * A trace that is complete in, what it adds to the ledger out: what is decided of its calls, and the ladders that it shows of those that no
 * chain claims.
 */
import { type FailedGroups, isAnswered } from '@warmspare/semconv';
import type { Call } from '../types/evidence.ts';
import { type BufferedCall, callOf } from './buffered-call.ts';
import { type Decisions, decide } from './decide.ts';
import { failedBeside, type InferredRun, runOf } from './inferred-run.ts';
import { laddersIn } from './ladders.ts';
import { modelOf } from './same-job.ts';
import type { Trace } from './trace.ts';

export interface Settled {
  readonly decisions: Decisions;
  /** Runs of chains that the trace alone shows. */
  readonly shown: readonly InferredRun[];
  /** Runs in which every target failed: they count where their chain is known. */
  readonly failed: readonly InferredRun[];
  /** Calls whose prompt alone says that they did not stand in for a call of that model. */
  readonly possible: readonly { readonly call: Call; readonly insteadOf: string }[];
  /** Calls of configured chains that failed, and the groups of their gateway that failed after them. */
  readonly beside: readonly FailedBeside[];
}

export interface FailedBeside {
  readonly call: BufferedCall;
  readonly said: FailedGroups;
  /** The targets of its chain whose calls the trace has: their own spans tell of them. */
  readonly known: ReadonlySet<string>;
}

export function settle(trace: Trace): Settled {
  const { holders, links } = trace;
  const decisions = decide(trace, true);
  const unclaimed = decisions.attempts.filter(({ last }) => isUnclaimed(last));
  const { shown, failed, possible } = laddersIn(unclaimed, links);
  return {
    decisions,
    shown: shown.map((ladder) => runOf(ladder, links)),
    failed: failed.map((ladder) => runOf(ladder, links, holders)).filter(({ attempts: each }) => each.length > 1),
    possible: possible.flatMap(([primary, { last }]) => {
      const insteadOf = modelOf(primary.first);
      const call = callOf(last);
      return insteadOf !== undefined && call.kind === 'call' ? [{ call, insteadOf }] : [];
    }),
    beside: decisions.attempts.flatMap(({ last, outcome }) => {
      const isClaimed = last.call.kind === 'attempt' && last.own === undefined && !isAnswered(outcome);
      const said = isClaimed ? failedBeside(last, holders, links) : undefined;
      return said ? [{ call: last, said, known: targetsOf(last, decisions) }] : [];
    }),
  };
}

/** A health check stands in for nothing, and what a cache answered is no model's. */
function isUnclaimed({ call, own }: BufferedCall): boolean {
  if (call.exercise === 'probe' || call.routeType === 'cache') return false;
  return call.kind === 'call' || own === 'told';
}

/** The targets of a call's chain that calls of the trace tried. */
export function targetsOf({ call: { chain } }: BufferedCall, { attempts }: Decisions): ReadonlySet<string> {
  const own = attempts.filter(({ last }) => last.call.kind === 'attempt' && last.call.chain === chain);
  return new Set(own.map(({ last }) => last.call.target));
}
