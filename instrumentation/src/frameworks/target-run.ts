/**
 * One run of a library's list: each try of a target begins here, in a scope with chain, target and rank, and tells why it is left. The
 * client or model that is asked inside records the call. What the library and its targets return or throw passes through as is.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  type CallOutcome,
  isFailure,
  isSuccess,
  type TriggerReason,
  triggerAfter,
} from '@warmspare/semconv';
import { runWaiting } from '../base/after-answer.ts';
import { activeChainName } from '../base/chain-name.ts';
import { errorClassOf, errorType, outcomeOfError, triggerReason } from '../base/error-reason.ts';
import { guarded } from '../base/report.ts';
import { activeDrill, drilledAttempt, drilledRank } from '../call/drill-scope.ts';
import { routeAttributes } from '../call/route-attributes.ts';
import { activeAttempt, runInAttempt } from '../call/scope.ts';
import { currentContext, openSpan } from '../call/span-record.ts';
import type { AttemptScope, FinishedCall } from '../types/attempt.ts';
import { chainOf, type TargetList } from './target-list.ts';

export interface TargetRun {
  /** Runs one try of the entry at `index`. */
  attempt<T>(index: number, fn: () => T): T;
  /** A target served. */
  readonly over: boolean;
}

interface Failed {
  readonly rank: number;
  readonly reason: TriggerReason;
  readonly errorType: string;
}

/** What all tries of one run share. */
interface Run {
  readonly list: TargetList;
  readonly chain: string;
  readonly startTime: number;
  readonly failed: Failed[];
  /** A target served: what is asked from here on is another run, wherever it is asked from. */
  over: boolean;
}

/** The entry that the running code is in, where that is a list of its own. */
interface Position {
  readonly run: Run;
  readonly list: TargetList;
  readonly offset: number;
}

const positions = new AsyncLocalStorage<Position | undefined>();

/** Where the run's targets stand below what the user's own scope names, they are that scope's. */
const PASSIVE: TargetRun = { attempt: (_, fn) => fn(), over: false };

/** A run of `list`, which may be a part of a run of a list around it. `job`: the library's own name for what runs. */
export function startRun(list: TargetList, job?: string): TargetRun {
  return guarded('a run of fallbacks could not be described', () => begin(list, job), PASSIVE);
}

function begin(list: TargetList, job: string | undefined): TargetRun {
  const position = positions.getStore();
  if (position?.list === list) return runFrom(position.run, list, position.offset);
  if (isInsideAttempt() || position !== undefined) return PASSIVE;
  return runFrom(
    { list, chain: chainOf(list, activeChainName() ?? job), startTime: Date.now(), failed: [], over: false },
    list,
    0,
  );
}

/** The scopes of tries by their runs: what follows a stream may still be in the scope of a try that is long over. */
const tries = new WeakMap<AttemptScope, Run>();

function isInsideAttempt(): boolean {
  const scope = activeAttempt();
  return scope !== undefined && tries.get(scope)?.over !== true;
}

function runFrom(run: Run, list: TargetList, offset: number): TargetRun {
  return {
    get over() {
      return run.over;
    },
    attempt(index, fn) {
      const rank = offset + (list.offsets[index] ?? index);
      const inside = list.lists[index];
      if (inside !== undefined) return positions.run({ run, list: inside, offset: rank }, fn);
      return attempted(run, rank, fn);
    },
  };
}

/** The one place where a try of a target begins. */
function attempted<T>(run: Run, rank: number, fn: () => T): T {
  const begun = guarded('a try of a fallback could not be described', () => openTry(run, rank), undefined);
  if (begun === undefined) return fn();
  const { scope, ended } = begun;
  return watched(() => positions.run(undefined, () => runInAttempt(scope, fn)), ended);
}

interface Ended {
  readonly error?: unknown;
  readonly failed: boolean;
}

function openTry(run: Run, rank: number) {
  const { list, chain, startTime, failed } = run;
  const begun = Date.now();
  const parent = currentContext();
  const type = list.types[rank] ?? 'fallback';
  const before = failed.findLast((each) => each.rank !== rank);
  const primary = failed.find((each) => each.rank === 0);
  let calls = 0;
  const drill = activeDrill(chain);
  const exercised = drill === undefined ? -1 : drilledRank(drill, list.names);
  const scope: AttemptScope = {
    chain,
    targetNames: list.names,
    targetTypes: list.types,
    target: list.names[rank],
    rank,
    routeType: type,
    routeSource: 'wrapper',
    ...(rank > 0 && {
      // Without a failure in this run the library goes on with what an earlier one left it with.
      triggerReason: before?.reason ?? list.lastReason ?? '_OTHER',
      primaryErrorType: primary?.errorType,
      failoverDuration: Math.max(0, (begun - startTime) / 1000),
    }),
    ...(drill !== undefined &&
      exercised > 0 && {
        exerciseKind: 'drill',
        drill: drilledAttempt(drill, rank < exercised),
        ...(rank > 0 && rank <= exercised && { triggerReason: 'drill' }),
      }),
    carriesOutcome: 'leaf',
    ownSpans: true,
    recording: true,
    onStart() {
      calls += 1;
    },
    onCall(call) {
      run.over ||= call.outcome !== undefined && isSuccess(call.outcome);
      note(run, rank, failureOf(call));
    },
  };
  tries.set(scope, run);
  const ended = ({ error, failed: threw }: Ended): void => {
    // The call inside knows best why its answer was thrown away.
    if (threw && calls > 0) runWaiting();
    if (threw) note(run, rank, { reason: triggerReason(error), errorType: errorType(error) });
    // A call's own span is the attempt; a target without one needs a span.
    if (calls > 0) return;
    const outcome = threw ? outcomeOfError(error) : 'success';
    const span = openSpan(`${chain} ${scope.target}`, routeAttributes(scope), begun, parent);
    span.end(Date.now(), isFailure(outcome), () => ({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
      ...(threw && { [ATTR_ERROR_TYPE]: errorType(error) }),
    }));
  };
  return { scope, ended };
}

function note(run: Run, rank: number, failure: Omit<Failed, 'rank'> | undefined): void {
  if (failure === undefined) return;
  // What a call said is said again by what its target throws.
  const known = run.failed.findIndex((each) => each.rank === rank);
  if (known === -1) run.failed.push({ rank, ...failure });
  if (rank === 0) run.list.lastReason = failure.reason;
}

function failureOf({ outcome, error, attributes }: FinishedCall): Omit<Failed, 'rank'> | undefined {
  if (outcome === undefined || !isBad(outcome)) return undefined;
  const said = attributes[ATTR_ERROR_TYPE];
  return {
    reason: triggerAfter(outcome, errorClassOf(error)),
    errorType: typeof said === 'string' ? said : outcome,
  };
}

function isBad(outcome: CallOutcome): boolean {
  return !isSuccess(outcome) && outcome !== 'unknown';
}

/** The very value that `fn` returns; a promise is only listened to. */
function watched<T>(fn: () => T, ended: (ending: Ended) => void): T {
  const end = (ending: Ended): void =>
    guarded('a try of a fallback could not be recorded', () => ended(ending), undefined);
  let value: T;
  try {
    value = fn();
  } catch (error) {
    end({ error, failed: true });
    throw error;
  }
  if (value instanceof Promise) {
    value.then(
      () => end({ failed: false }),
      (error: unknown) => end({ error, failed: true }),
    );
  } else end({ failed: false });
  return value;
}
