/**
 * Hand-written try/catch: a failed call, then one of another model or place that does the same job in the same scope, which is the parent
 * span or, without one, the incoming HTTP request. Keeps the failures of each scope for as long as that object lives, and the names of
 * chains that were found.
 */
import {
  type CallOutcome,
  type CallPlace,
  inferredChain,
  isSuccess,
  jobOf,
  sameTarget,
  type TriggerReason,
  targetNames,
} from '@warmspare/semconv';
import type { CallRequest } from '../../types/call.ts';
import { wireFingerprint } from '../wire-schema.ts';
import type { Announced, FailedTarget, Findings } from './route.ts';

/** A call that failed. Times are of the monotonic clock, ms. */
export interface Failure {
  readonly request: CallRequest;
  readonly began: number;
  readonly ended: number;
  readonly outcome: CallOutcome;
  readonly reason: TriggerReason;
  readonly errorType: string;
}

/** Failures of one job, one after the other: the first is the primary's, later ones are rungs below. */
export interface FailedRun {
  readonly failures: Failure[];
  /** Those whose failure stands on a span or a message of a chain already. */
  readonly told: Set<Failure>;
  /** When a call did the job after all. A call that began before that may still stand in for it. */
  settledAt: number | undefined;
}

/** Later than this after a failure, a call is something else (ms). */
const MAX_GAP = 60_000;
/** Failures kept a scope. */
const MAX_RUNS = 16;
const MAX_FAILURES = 16;

const runs = new WeakMap<object, FailedRun[]>();

/** Notes that a call failed in `scope`. `told`: its own span is an attempt of the chain. */
export function noteFailure(scope: object | undefined, failure: Failure, told: boolean): void {
  if (scope === undefined) return;
  const run = failedRun(scope, failure.request, failure.began) ?? openRun(scope);
  // Of more of them the newest takes the last place.
  if (run.failures.length >= MAX_FAILURES) run.failures.pop();
  run.failures.push(failure);
  if (told) run.told.add(failure);
}

function openRun(scope: object): FailedRun {
  const known = runs.get(scope) ?? [];
  const run: FailedRun = { failures: [], told: new Set(), settledAt: undefined };
  runs.set(scope, [...known.slice(1 - MAX_RUNS), run]);
  return run;
}

/** The failures that a call which began at `began` may stand in for. */
export function failedRun(scope: object | undefined, request: CallRequest, began: number): FailedRun | undefined {
  const known = scope === undefined ? undefined : runs.get(scope);
  return known?.find(({ failures, settledAt }) => {
    const last = failures.at(-1);
    if (last === undefined || began < last.ended || began - last.ended > MAX_GAP) return false;
    return (settledAt === undefined || began < settledAt) && isSameJob(last.request, request);
  });
}

/** A call succeeded in `scope` at `ended`: what had failed of its job before it began is settled. */
export function settle(scope: object | undefined, request: CallRequest, began: number, ended: number): void {
  const known = scope === undefined ? undefined : runs.get(scope);
  for (const run of known ?? []) {
    const last = run.failures.at(-1);
    if (last !== undefined && last.ended <= began && isSameJob(last.request, request)) run.settledAt ??= ended;
  }
}

/** A call that ended, held against the failures before it. */
export interface Successor {
  readonly request: CallRequest;
  readonly began: number;
  readonly outcome: CallOutcome;
}

/**
 * A fallback, where a call did the failed one's job elsewhere. The same model at the same place is a retry. A call that failed as well is
 * one only where its chain is known: two failures in a row show nothing.
 */
export function inferredFindings(
  run: FailedRun | undefined,
  { request, began, outcome }: Successor,
): Findings | undefined {
  const [primary] = run?.failures ?? [];
  if (run === undefined || primary === undefined || isRetry(primary.request, request)) return undefined;
  const rungs = rungsOf(run.failures, request);
  const rank = rungs.findIndex(({ request: each }) => isRetry(each, request));
  const names = namesOf(rungs);
  const chain = names && chainOf(primary.request);
  const target = names?.[rank];
  if (!isSuccess(outcome) && !isKnown(chain, target)) return undefined;
  if (chain !== undefined && target !== undefined) remember(chain, target);
  const before = run.failures.at(-1) ?? primary;
  const route = {
    type: 'fallback',
    source: 'inferred',
    triggerReason: before.reason,
    primaryErrorType: primary.errorType,
    failoverDuration: Math.max(0, began - primary.began) / 1000,
  } as const;
  if (chain === undefined || names === undefined) return { route };
  const failed = names.flatMap((name, each) => (each === rank ? [] : failedTarget(run, rungs[each], name, each)));
  return { route: { ...route, chain, target, rank }, chain, failed, announced: announcedAs(chain, names) };
}

interface Rung {
  readonly request: CallRequest;
  /** The last one of its tries. */
  readonly failure: Failure | undefined;
}

/** Each target once, in the order in which they were tried first; the call's own the last, unless it was tried before. */
function rungsOf(failures: readonly Failure[], request: CallRequest): readonly Rung[] {
  const rungs: Rung[] = [];
  for (const failure of failures) {
    const known = rungs.findIndex((rung) => isRetry(rung.request, failure.request));
    if (known === -1) rungs.push({ request: failure.request, failure });
    else rungs[known] = { request: failure.request, failure };
  }
  if (!rungs.some((rung) => isRetry(rung.request, request))) rungs.push({ request, failure: undefined });
  return rungs;
}

/** Undefined where one of them names no model. */
function namesOf(rungs: readonly Rung[]): readonly string[] | undefined {
  const places = rungs.map(({ request }) => placeOf(request));
  return places.every((place) => place !== undefined) ? targetNames(places) : undefined;
}

function placeOf({ model, provider, server }: CallRequest): CallPlace | undefined {
  return model === undefined ? undefined : { model, provider, address: server?.address, port: server?.port };
}

function failedTarget({ told }: FailedRun, rung: Rung | undefined, target: string, rank: number): FailedTarget[] {
  const failure = rung?.failure;
  if (failure === undefined || told.has(failure)) return [];
  told.add(failure);
  const { outcome, errorType, reason, began, ended, request } = failure;
  const type = rank === 0 ? 'primary' : 'fallback';
  return [{ target, type, rank, outcome, errorType, reason, began, ended, request }];
}

/** The same arrays for the same targets: whoever reads them may go by identity. */
const MAX_ANNOUNCED = 256;
const announcements = new Map<string, Announced>();

function announcedAs(chain: string, names: readonly string[]): Announced {
  const key = JSON.stringify([chain, names]);
  const known = announcements.get(key);
  if (known !== undefined) return known;
  const types = names.map((_, rank) => (rank === 0 ? ('primary' as const) : ('fallback' as const)));
  const announced = { chain, names, types };
  if (announcements.size < MAX_ANNOUNCED) announcements.set(key, announced);
  return announced;
}

/** A user's name for the chain is its call site. */
function chainOf({ chain, model }: CallRequest): string | undefined {
  const site = chain ?? model;
  return site === undefined ? undefined : inferredChain(site);
}

/** Nothing that both calls say differs: what they are for, what they were told, what they put out, where in the code they stand. */
function isSameJob(a: CallRequest, b: CallRequest): boolean {
  if (a.operation !== b.operation && jobOf(a.operation) !== jobOf(b.operation)) return false;
  return (
    agree(a.outputType, b.outputType) &&
    agree(a.systemPrompt, b.systemPrompt) &&
    agree(a.chain, b.chain) &&
    (a.schema === b.schema || agree(fingerprintOf(a), fingerprintOf(b)))
  );
}

function agree(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

function fingerprintOf({ schema }: CallRequest): string | undefined {
  return schema === undefined ? undefined : wireFingerprint(schema);
}

/** The same model at the same place. */
function isRetry(failed: CallRequest, next: CallRequest): boolean {
  const a = placeOf(failed);
  const b = placeOf(next);
  return a === undefined || b === undefined ? failed.model === next.model : sameTarget(a, b);
}

/** Targets of chains that were found: where one of them fails behind its primary, it is known whose failure that is. */
const MAX_KNOWN = 1_000;
const found = new Set<string>();

function remember(chain: string, target: string): void {
  if (found.size < MAX_KNOWN) found.add(JSON.stringify([chain, target]));
}

function isKnown(chain: string | undefined, target: string | undefined): boolean {
  return chain !== undefined && target !== undefined && found.has(JSON.stringify([chain, target]));
}
