/**
 * One drill from its beginning to its report: what it makes fail, what its attempts say of themselves on the channel, and how it ended.
 */
import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { diag, ROOT_CONTEXT } from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_DRILL_FAULT,
  ATTR_LLM_FALLBACK_DRILL_ID,
  ATTR_LLM_FALLBACK_DRILL_OUTCOME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  CALL_CHANNEL,
  CALL_OUTCOMES,
  type CallMessage,
  type CallOutcome,
  DRILL_ERROR,
  type DrillFaultName,
  type DrillOutcome,
  isFailure,
  SCHEMA_VALIDITIES,
  type SchemaValidity,
} from '@warmspare/semconv';
import { errorClassOf, isAbort } from '../base/error-reason.ts';
import { guarded } from '../base/report.ts';
import { declaredTargets } from '../call/declare.ts';
import { type RunningDrill, runInDrill } from '../call/drill-scope.ts';
import { isPrimaryFailing, modelKey } from '../call/primary-health.ts';
import { chainAttributes } from '../call/route-attributes.ts';
import { openSpan } from '../call/span-record.ts';
import { areDrillsOn } from './switch.ts';

/** What one attempt of a drill came to. */
export interface DrillAttempt {
  readonly target: string;
  readonly outcome: CallOutcome;
  /** Milliseconds. */
  readonly durationMs: number;
  /** `currency` is ISO 4217. Absent where it is not known. */
  readonly cost?: { readonly amount: number; readonly currency: string };
  readonly schemaValidity?: SchemaValidity;
}

/** How a drill went. */
export interface DrillReport {
  readonly id: string;
  readonly chain: string;
  /** The one that was to be exercised. Undefined where no target was named and none was reached. */
  readonly target: string | undefined;
  readonly fault: DrillFaultName;
  readonly outcome: DrillOutcome;
  /** Tries that were made to fail. */
  readonly injected: number;
  /** Oldest first, those that were made to fail included. */
  readonly attempts: readonly DrillAttempt[];
  /** Why it did not succeed. */
  readonly reason?: string;
}

export interface DrillPlan {
  readonly id?: string | undefined;
  readonly chain: string;
  readonly target: string | undefined;
  readonly fault: DrillFaultName;
  readonly models: readonly string[];
  readonly delayMs: number;
  /** Nobody says when it is over: it is when it was idle for so long, ms, and at the latest after `longest`. */
  readonly idle?: number;
  readonly longest?: number;
}

export interface OpenDrill {
  readonly drill: RunningDrill;
  run<T>(fn: () => T): T;
  /** The drilled code has settled, with what it threw. The report comes when the calls that it began have, or `within` ms later. */
  settled(within: number, thrown?: { readonly error: unknown }): void;
  readonly report: Promise<DrillReport>;
}

interface Heard extends DrillAttempt {
  readonly injected: boolean;
  readonly errorType: string | undefined;
}

/** Attempts that one report lists; a drill is no load test. */
const MAX_ATTEMPTS = 1_000;

export function openDrill(plan: DrillPlan, onReport?: (report: DrillReport) => unknown): OpenDrill {
  const { chain, fault, models } = plan;
  const id = plan.id ?? randomBytes(8).toString('hex');
  const startTime = Date.now();
  const attempts: Heard[] = [];
  let injected = 0;
  let pending = 0;
  let over = false;
  let reason: string | undefined;
  let thrown: { readonly error: unknown } | undefined;
  let whenIdle: (() => void) | undefined;
  let idling: ReturnType<typeof setTimeout> | undefined;

  const blocked = whyNot(plan, startTime);
  const isLive = (): boolean => {
    if (over || blocked !== undefined) return false;
    const why = whyNot(plan, Date.now());
    if (why !== undefined) reason ??= `stopped: ${why}`;
    return why === undefined;
  };
  const hear = (message: unknown): void => {
    const { attributes } = message as CallMessage;
    if (attributes[ATTR_LLM_FALLBACK_DRILL_ID] !== id || attempts.length >= MAX_ATTEMPTS) return;
    const heard = guarded(
      'an attempt of a drill could not be read',
      () => attemptIn(message as CallMessage),
      undefined,
    );
    if (heard !== undefined) attempts.push(heard);
  };
  if (blocked === undefined) subscribe(CALL_CHANNEL, hear);

  let resolve: (report: DrillReport) => void = () => {};
  const promise = new Promise<DrillReport>((fulfil) => {
    resolve = fulfil;
  });
  const finish = (): void => {
    if (over) return;
    over = true;
    unsubscribe(CALL_CHANNEL, hear);
    const report = reportOf();
    if (!attempts.some((attempt) => isOf(attempt, report.target))) tell(report, startTime);
    if (onReport !== undefined) {
      guarded('onReport threw', () => void Promise.resolve(onReport(report)).catch(() => {}), undefined);
    }
    resolve(report);
  };

  if (plan.longest !== undefined) setTimeout(finish, plan.longest).unref();

  const drill: RunningDrill = {
    id,
    chain,
    fault,
    target: plan.target,
    models,
    delayMs: plan.delayMs,
    live: isLive,
    get injected() {
      return injected;
    },
    inject(target) {
      injected += 1;
      guarded('a log could not be written', () => log(id, chain, target, fault), undefined);
    },
    begin() {
      pending += 1;
      clearTimeout(idling);
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        pending -= 1;
        if (pending > 0) return;
        whenIdle?.();
        if (plan.idle !== undefined) idling = setTimeout(finish, plan.idle).unref();
      };
    },
    note(why) {
      reason ??= why;
    },
  };

  return {
    drill,
    run: (fn) => (blocked === undefined ? runInDrill(drill, fn) : fn()),
    settled(within, error) {
      thrown = error;
      if (pending === 0) {
        finish();
        return;
      }
      const timer = setTimeout(finish, within);
      if (within > MAX_HELD) timer.unref();
      whenIdle = () => {
        clearTimeout(timer);
        finish();
      };
    },
    report: promise,
  };

  function reportOf(): DrillReport {
    const target =
      plan.target ?? declaredTargets(chain)?.targetNames[1] ?? attempts.find((each) => !each.injected)?.target;
    const found = verdict(target);
    return {
      id,
      chain,
      target,
      fault,
      outcome: found.outcome,
      injected,
      attempts: attempts.map(({ injected: _, errorType: __, ...attempt }) => attempt),
      ...(found.reason !== undefined && { reason: found.reason }),
    };
  }

  function verdict(target: string | undefined): {
    readonly outcome: DrillOutcome;
    readonly reason?: string | undefined;
  } {
    if (blocked !== undefined) return { outcome: 'blocked', reason: blocked };
    const own = attempts.filter((attempt) => isOf(attempt, target));
    const failed = own.find(({ outcome }) => isFailure(outcome));
    if (failed !== undefined) return { outcome: 'failed', reason: failed.errorType ?? failed.outcome };
    if (own.some(({ outcome }) => outcome === 'success')) return { outcome: 'succeeded' };
    const gaveUp =
      own.some(({ outcome }) => outcome === 'cancelled') || (thrown !== undefined && isGivenUp(thrown.error));
    if (gaveUp) return { outcome: 'interrupted', reason: 'the caller gave up' };
    const [first] = own;
    const why = first === undefined ? unreached(injected) : `the outcome of the target is ${first.outcome}`;
    return { outcome: 'inconclusive', reason: reason ?? why };
  }
}

/** A process need not stay up for longer than this for a report, ms. */
const MAX_HELD = 5_000;

const isOf = (attempt: Heard, target: string | undefined): boolean => attempt.target === target && !attempt.injected;

/** A client that gives up waiting aborts its request, too; the caller did not. */
const isGivenUp = (error: unknown): boolean => isAbort(error) && errorClassOf(error) !== 'timeout';

function unreached(injected: number): string {
  return injected === 0 ? 'nothing was there to make fail: no target above ran' : 'the target was not reached';
}

/** Why no drill may run now. */
function whyNot({ chain, models }: DrillPlan, now: number): string | undefined {
  if (!areDrillsOn()) return 'drills are off (WARMSPARE_DRILLS)';
  const failing = isPrimaryFailing(chain, now) || models.some((model) => isPrimaryFailing(modelKey(model), now));
  return failing ? 'the primary really fails: its last three attempts did' : undefined;
}

function attemptIn({ attributes, startTime, endTime }: CallMessage): Heard | undefined {
  const outcome = CALL_OUTCOMES.find((one) => one === attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]);
  if (outcome === undefined) return undefined;
  const target = attributes[ATTR_LLM_FALLBACK_TARGET_NAME] ?? attributes[ATTR_GEN_AI_REQUEST_MODEL];
  const amount = attributes[ATTR_LLM_FALLBACK_COST_AMOUNT];
  const currency = attributes[ATTR_LLM_FALLBACK_COST_CURRENCY];
  const validity = SCHEMA_VALIDITIES.find((one) => one === attributes[ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]);
  const errorType = attributes[ATTR_ERROR_TYPE];
  return {
    target: String(target),
    outcome,
    durationMs: Math.max(0, endTime - startTime),
    ...(typeof amount === 'number' && typeof currency === 'string' && { cost: { amount, currency } }),
    ...(validity !== undefined && { schemaValidity: validity }),
    injected: errorType === DRILL_ERROR || attributes[ATTR_LLM_FALLBACK_ROUTE_TYPE] === 'primary',
    errorType: typeof errorType === 'string' ? errorType : undefined,
  };
}

/** Where no attempt of the target tells how the drill ended, a span of its own does. */
function tell({ id, chain, target, fault, outcome }: DrillReport, startTime: number): void {
  if (target === undefined) return;
  const attributes = {
    ...chainAttributes({ chain, targetNames: undefined, targetTypes: undefined, ...declaredTargets(chain) }),
    [ATTR_LLM_FALLBACK_CHAIN_NAME]: chain,
    [ATTR_LLM_FALLBACK_TARGET_NAME]: target,
    [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill',
    [ATTR_LLM_FALLBACK_DRILL_ID]: id,
    [ATTR_LLM_FALLBACK_DRILL_FAULT]: fault,
    [ATTR_LLM_FALLBACK_DRILL_OUTCOME]: outcome,
  };
  openSpan(`${chain} drill`, attributes, startTime, ROOT_CONTEXT).end(Date.now(), false, () => ({}));
}

function log(id: string, chain: string, target: string | undefined, fault: DrillFaultName): void {
  const what = target === undefined ? chain : `${target} of ${chain}`;
  diag.info(`@warmspare/instrumentation: drill ${id}: a try of ${what} failed on purpose (${fault})`);
}
