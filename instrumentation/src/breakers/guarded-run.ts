/**
 * One call through a breaker: the scope of its action, and that of its fallback. Inside a `chain()` or `withRoute()` the route is
 * the user's and only the breaker's state is added. What the breaker and its functions return or throw passes through as is.
 */
import { ATTR_ERROR_TYPE, ATTR_LLM_FALLBACK_CALL_OUTCOME, isFailure } from '@warmspare/semconv';
import { errorType, triggerReason } from '../base/error-reason.ts';
import { guarded } from '../base/report.ts';
import { activeDrill, drilledAttempt, drilledRank } from '../call/drill-scope.ts';
import { routeAttributes } from '../call/route-attributes.ts';
import { activeAttempt, runInAttempt } from '../call/scope.ts';
import { currentContext, openSpan } from '../call/span-record.ts';
import { judge } from '../chain/judge.ts';
import type { AttemptScope, BreakerFacts } from '../types/attempt.ts';
import { confirm, isConfirmed, type Ladder, ladderOf } from './ladder.ts';

interface Run {
  readonly breaker: object;
  readonly ladder: Ladder;
  readonly startTime: number;
}

/** The runs under way by the scope of their action, in which their fallback is called too. */
const runs = new WeakMap<AttemptScope, Run>();

/** Runs the action. `name` is the breaker's own, undefined where it has none or no fallback. */
export function runGuarded<T>(
  breaker: object,
  name: string | undefined,
  facts: () => BreakerFacts | undefined,
  fn: () => T,
): T {
  const scope = guarded('a breaker could not be read', () => actionScope(breaker, name, facts()), activeAttempt());
  return runInAttempt(scope, fn);
}

/** Runs the fallback, called with `error` inside the run of its action. */
export function runFallback<T>(error: unknown, facts: () => BreakerFacts | undefined, fn: () => T): T {
  const action = activeAttempt();
  const run = action === undefined ? undefined : runs.get(action);
  if (run === undefined) return fn();
  const begun = guarded(
    'the fallback of a breaker could not be described',
    () => fallbackScope(run, error, facts()),
    undefined,
  );
  if (begun === undefined) return fn();
  return recorded(() => runInAttempt(begun.scope, fn), begun.ended);
}

/** Only notes that a breaker took part: in its state when the call began. */
export function runBeside<T>(facts: () => BreakerFacts | undefined, fn: () => T): T {
  const outer = activeAttempt();
  if (outer === undefined) return fn();
  return runInAttempt(
    guarded('a breaker could not be read', () => within(outer, facts()), outer),
    fn,
  );
}

function actionScope(
  breaker: object,
  name: string | undefined,
  facts: BreakerFacts | undefined,
): AttemptScope | undefined {
  const outer = activeAttempt();
  if (outer !== undefined) return within(outer, facts);
  const ladder = ladderOf(breaker, name);
  if (ladder === undefined) return undefined;
  const scope: AttemptScope = {
    ...placeOf(ladder, 0),
    breaker: facts,
    onStart: () => confirm(breaker, ladder),
    onCall: () => {},
  };
  runs.set(scope, { breaker, ladder, startTime: Date.now() });
  return scope;
}

function fallbackScope({ breaker, ladder, startTime }: Run, error: unknown, facts: BreakerFacts | undefined) {
  const begun = Date.now();
  const parent = currentContext();
  const reason = triggerReason(error);
  let calls = 0;
  const scope: AttemptScope = {
    ...placeOf(ladder, 1),
    // Not every breaker is there to be asked; what it threw says that it is open.
    breaker:
      facts ??
      (reason === 'breaker_open' ? { name: nameIn(ladder.chain, ladder.targetNames[0]), state: 'open' } : undefined),
    triggerReason: reason,
    // An open breaker did not ask the primary, so it did not fail now.
    primaryErrorType: reason === 'breaker_open' ? undefined : errorType(error),
    failoverDuration: Math.max(0, (begun - startTime) / 1000),
    ...drilledFallback(ladder),
    onStart: () => {
      calls += 1;
      confirm(breaker, ladder);
    },
    onCall: () => {},
  };
  const ended = (failure: { readonly error: unknown } | undefined): void => {
    // An LLM call's own span is the attempt; a fallback without one needs a span. Not every breaker is about LLM calls.
    if (calls > 0 || !isConfirmed(breaker)) return;
    const ending =
      failure === undefined ? { kind: 'served' as const, validated: false } : { kind: 'failed' as const, ...failure };
    const { outcome, errorType: type } = judge(ending, undefined, false);
    const span = openSpan(`${scope.chain} ${scope.target}`, routeAttributes(scope), begun, parent);
    span.end(Date.now(), isFailure(outcome), () => ({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
      ...(type !== undefined && { [ATTR_ERROR_TYPE]: type }),
    }));
  };
  return { scope, ended };
}

/** The fallback of a breaker is what a drill of it exercises, whether or not it calls a model. */
function drilledFallback({ chain, targetNames }: Ladder): Partial<AttemptScope> {
  const drill = activeDrill(chain);
  if (drill === undefined || drilledRank(drill, targetNames) < 1) return {};
  return { exerciseKind: 'drill', triggerReason: 'drill', drill: drilledAttempt(drill, false) };
}

function placeOf({ chain, targetNames, targetTypes }: Ladder, rank: 0 | 1) {
  return {
    chain,
    targetNames,
    targetTypes,
    target: targetNames[rank],
    rank,
    routeType: targetTypes[rank],
    routeSource: 'wrapper' as const,
    carriesOutcome: 'leaf' as const,
    recording: false,
  };
}

/** The user's own attempt, with the breaker noted on it. It must stay live: its properties are read when calls begin. */
function within(outer: AttemptScope, facts: BreakerFacts | undefined): AttemptScope {
  if (facts === undefined) return outer;
  const named = { ...facts, name: facts.name ?? nameIn(outer.chain, outer.target) };
  outer.onBreaker?.(named);
  return Object.create(outer, { breaker: { value: named, enumerable: true } });
}

/** A breaker that its library gives no name is the one of what it guards. */
function nameIn(chain: string | undefined, target: string | undefined): string | undefined {
  return chain === undefined || target === undefined ? undefined : `${chain} ${target}`;
}

/** The very value that `fn` returns; a promise is only listened to. */
function recorded<T>(fn: () => T, ended: (failure: { readonly error: unknown } | undefined) => void): T {
  const end = (failure: { readonly error: unknown } | undefined): void =>
    guarded('the fallback of a breaker could not be recorded', () => ended(failure), undefined);
  let value: T;
  try {
    value = fn();
  } catch (error) {
    end({ error });
    throw error;
  }
  if (value instanceof Promise) {
    value.then(
      () => end(undefined),
      (error: unknown) => end({ error }),
    );
  } else end(undefined);
  return value;
}
