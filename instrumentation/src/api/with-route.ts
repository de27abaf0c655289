/** Names the route of the LLM calls inside a function, for ladders that are not run by `chain()`. Each call is an attempt. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ExerciseKind, RouteType, TriggerReason } from '@warmspare/semconv';
import { errorType, triggerReason } from '../base/error-reason.ts';
import { guarded } from '../base/report.ts';
import { declaredTargets } from '../call/declare.ts';
import { runInAttempt } from '../call/scope.ts';
import { declareSchema } from '../chain/schema.ts';
import type { AttemptScope } from '../types/attempt.ts';

/** What is known of the calls inside a function. */
export interface Route {
  /** The route that serves the calls inside. */
  readonly type: RouteType;
  /** The chain that they belong to; its targets are announced where `declareChain()` named them. */
  readonly chain?: string;
  /** The target that they try. */
  readonly target?: string;
  /** The position of the target; known already where the chain is declared. */
  readonly rank?: number;
  /** Why this route was taken; read from `error` where it is left out. */
  readonly reason?: TriggerReason;
  /** What the primary threw. */
  readonly error?: unknown;
  /** Seconds from the start of the chain's first attempt. */
  readonly failoverDuration?: number;
  /** `organic` where it is left out. */
  readonly kind?: ExerciseKind;
  /** What the output must keep to. It is held against the schema's JSON Schema; the schema's own code is never run. */
  readonly schema?: StandardSchemaV1;
}

/**
 * Runs `fn`; every LLM call inside is tagged with the route, and its span is the attempt. Returns what `fn` returns.
 *
 * ```ts
 * await withRoute({ chain: 'summarize', target: 'claude', type: 'fallback', error }, () => anthropic.messages.create(...));
 * ```
 */
export function withRoute<T>(route: Route, fn: () => T): T {
  return runInAttempt(
    guarded('a route could not be read', () => scopeOf(route), undefined),
    fn,
  );
}

function scopeOf(route: Route): AttemptScope {
  const targets = route.chain === undefined ? undefined : declaredTargets(route.chain);
  const position = route.target === undefined ? undefined : targets?.targetNames.indexOf(route.target);
  const primary = route.type === 'primary';
  const failed = route.error !== undefined;
  return {
    chain: route.chain,
    targetNames: targets?.targetNames,
    targetTypes: targets?.targetTypes,
    target: route.target,
    rank: route.rank ?? (position === -1 ? undefined : position) ?? (primary ? 0 : undefined),
    routeType: route.type,
    routeSource: 'explicit',
    triggerReason: primary ? undefined : (route.reason ?? (failed ? triggerReason(route.error) : undefined)),
    primaryErrorType: primary || !failed ? undefined : errorType(route.error),
    failoverDuration: primary ? undefined : route.failoverDuration,
    exerciseKind: primary || route.kind === 'organic' ? undefined : route.kind,
    schema: route.schema === undefined ? undefined : declareSchema(route.schema),
    carriesOutcome: 'leaf',
    recording: false,
    onStart: () => {},
    onCall: () => {},
  };
}
