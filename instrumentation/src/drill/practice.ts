/**
 * Practice runs: for a while, a share of a chain's live traffic is drilled, in the hours that the user allows and as often as that. Off unless
 * it is configured. A run ends at the first failure that a user saw. It is for runs of `chain()`.
 */
import { diag } from '@opentelemetry/api';
import { DRILL_FAULTS, type DrillFaultName } from '@warmspare/semconv';
import { fields, text } from '../base/read.ts';
import { guarded, reportOnce } from '../base/report.ts';
import { declaredTargets } from '../call/declare.ts';
import { practiceComesFrom, type RunningDrill, runUndrilled } from '../call/drill-scope.ts';
import { isPrimaryFailing } from '../call/primary-health.ts';
import type { Practice, PracticeChain, PracticeLease } from '../types/practice.ts';
import { type Budget, createBudget } from './budget.ts';
import { type DrillReport, openDrill } from './running.ts';
import { areDrillsOn } from './switch.ts';
import { isWithin, readWindow, type Window } from './windows.ts';

interface Plan {
  readonly chain: string;
  readonly fault: DrillFaultName;
  readonly share: number;
  readonly maxPerHour: number;
  readonly windows: readonly Window[];
  readonly blocked: readonly Window[];
  readonly blockingUrl: string | undefined;
  readonly budget: Budget;
  /** Epoch ms of the runs of the last hour. */
  begun: number[];
  run: Run | undefined;
  /** Nobody is asked before then, epoch ms. */
  asksAgain: number;
  turn: number;
}

interface Run {
  readonly id: string;
  readonly target: string | undefined;
  readonly until: number;
  drills: number;
}

const HOUR = 3_600_000;
/** How long a run lasts without a processor that says it, ms. */
const LASTS = 300_000;
/** How long after an answer that granted nothing the next question comes, ms. */
const PATIENCE = 60_000;
/** How long an answer may take, ms. */
const ANSWER = 5_000;
/** As drills by request. */
const IDLE = 500;
const LONGEST = 120_000;
const DELAY = 30_000;

export interface PracticeOptions {
  readonly lease?: PracticeLease | undefined;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly fetch?: typeof fetch;
}

/** Practises from now on; the returned function ends it. Throws a TypeError where what is configured makes no sense. */
export function practise(practice: Practice, options: PracticeOptions = {}): () => void {
  const { lease, now = Date.now, random = Math.random, fetch: ask = globalThis.fetch } = options;
  const plans = new Map(Object.entries(practice.chains ?? {}).map(([chain, given]) => [chain, planOf(chain, given)]));

  const drillOf = (chain: string): RunningDrill | undefined => {
    const plan = plans.get(chain);
    if (plan === undefined || !areDrillsOn()) return undefined;
    const at = now();
    if (plan.run !== undefined && plan.run.until <= at) plan.run = undefined;
    if (plan.run === undefined) {
      if (mayBegin(plan, at)) begin(plan, at);
      return undefined;
    }
    if (!isOpen(plan, at) || random() >= plan.share) return undefined;
    return open(plan, plan.run);
  };

  const open = (plan: Plan, run: Run): RunningDrill => {
    run.drills += 1;
    const { chain, fault } = plan;
    const id = run.drills === 1 ? run.id : `${run.id}.${run.drills}`;
    const asked = { id, chain, target: run.target, fault, models: [], delayMs: DELAY, idle: IDLE, longest: LONGEST };
    return openDrill(asked, (report) => ended(plan, run, report)).drill;
  };

  const ended = (plan: Plan, run: Run, { attempts, outcome }: DrillReport): void => {
    for (const { cost } of attempts) if (cost) plan.budget.spend(cost.amount, cost.currency, now());
    const last = attempts.at(-1);
    if (last === undefined || last.outcome === 'success' || outcome === 'interrupted') return;
    if (plan.run !== run) return;
    plan.run = undefined;
    plan.asksAgain = now() + HOUR;
    diag.warn(`@warmspare/instrumentation: practice of ${plan.chain} stopped: a user saw a failure (${last.outcome})`);
  };

  const begin = (plan: Plan, at: number): void => {
    plan.asksAgain = at + PATIENCE;
    // Nothing of this waits in the user's way, nor belongs to the request that happened to come now.
    setImmediate(() => {
      runUndrilled(() => granted(plan)).then(
        (run) => {
          if (run === undefined) return;
          plan.begun.push(now());
          plan.run = run;
        },
        (error: unknown) => reportOnce('a practice run could not be asked for', error),
      );
    });
  };

  const granted = async (plan: Plan): Promise<Run | undefined> => {
    if (plan.blockingUrl !== undefined) {
      const { status, body } = await ask(plan.blockingUrl, { signal: AbortSignal.timeout(ANSWER) });
      await body?.cancel();
      if (status !== 200) return undefined;
    }
    if (lease !== undefined) return leased(plan, lease, ask);
    const below = declaredTargets(plan.chain)?.targetNames.slice(1) ?? [];
    const target = below[plan.turn % Math.max(1, below.length)];
    plan.turn += 1;
    return { id: `practice-${now().toString(36)}-${plan.turn}`, target, until: now() + LASTS, drills: 0 };
  };

  practiceComesFrom((chain) => guarded('a practice run could not be looked for', () => drillOf(chain), undefined));
  return () => practiceComesFrom(undefined);
}

async function leased({ chain }: Plan, lease: PracticeLease, ask: typeof fetch): Promise<Run | undefined> {
  const { admin, token, service, namespace, environment } = lease;
  const response = await ask(new URL('/api/drills/lease', admin), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ service, namespace, environment, chain }),
    signal: AbortSignal.timeout(ANSWER),
  });
  const answer = fields(await response.json());
  const id = text(answer.id);
  const until = Date.parse(text(answer.expires_at) ?? '');
  if (answer.granted !== true || id === undefined || Number.isNaN(until)) return undefined;
  return { id, target: text(answer.target), until, drills: 0 };
}

function mayBegin(plan: Plan, at: number): boolean {
  if (at < plan.asksAgain || !isOpen(plan, at)) return false;
  plan.begun = plan.begun.filter((each) => at - each < HOUR);
  return plan.begun.length < plan.maxPerHour && !isPrimaryFailing(plan.chain, at);
}

function isOpen({ windows, blocked, budget }: Plan, at: number): boolean {
  if (windows.length > 0 && !windows.some((each) => isWithin(each, at))) return false;
  return !blocked.some((each) => isWithin(each, at)) && budget.isLeft(at);
}

function planOf(chain: string, given: PracticeChain): Plan {
  const { fault = 'unavailable', share = 0.01, maxPerHour = 1, windows = [], blockedWindows = [], blockingUrl } = given;
  const wrong = (what: string): TypeError => new TypeError(`practice of ${JSON.stringify(chain)}: ${what}`);
  if (!DRILL_FAULTS.includes(fault)) throw wrong(`unknown fault ${JSON.stringify(fault)}`);
  if (!(share >= 0 && share <= 1)) throw wrong('share must be a number from 0 to 1');
  if (!(maxPerHour >= 0)) throw wrong('maxPerHour must be a number from 0 on');
  if (blockingUrl !== undefined && !URL.canParse(blockingUrl)) throw wrong('blockingUrl is no URL');
  return {
    chain,
    fault,
    share,
    maxPerHour,
    windows: windows.map(readWindow),
    blocked: blockedWindows.map(readWindow),
    blockingUrl,
    budget: createBudget(given.budget),
    begun: [],
    run: undefined,
    asksAgain: 0,
    turn: 0,
  };
}
