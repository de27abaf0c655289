/**
 * Shadow runs: after the primary answered, a share of the inputs is given to a fallback, too, whose answer is thrown away. The user's answer
 * is there already: nothing of this delays it, changes it, or reaches the user.
 */
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { ATTR_LLM_FALLBACK_COST_AMOUNT, ATTR_LLM_FALLBACK_COST_CURRENCY } from '@warmspare/semconv';
import { reportOnce } from '../base/report.ts';
import { runUndrilled } from '../call/drill-scope.ts';
import { runInAttempt } from '../call/scope.ts';
import { type Budget, createBudget } from '../drill/budget.ts';
import { areDrillsOn } from '../drill/switch.ts';
import { type Attempt, openAttempt } from './attempt.ts';
import type { Plan } from './plan.ts';
import type { Rung, ShadowOptions } from './types.ts';

/** Runs fallbacks beside the user's path. */
export interface Shadow {
  /** The primary has answered this input. Returns at once. */
  after(input: unknown): void;
}

/** Runs one rung inside its attempt, ends the attempt, and resolves when all that came is read. Never rejects. */
export type RunShadow = (rung: Rung<unknown, unknown, unknown>, attempt: Attempt, input: unknown) => Promise<void>;

const MAX_CONCURRENT = 2;

/** Throws a TypeError where the options make no sense. */
export function createShadow(
  plan: Plan,
  options: ShadowOptions,
  run: RunShadow,
  random: () => number = Math.random,
): Shadow {
  const { share, targets = plan.targetNames.slice(1, 2), maxConcurrent = MAX_CONCURRENT } = options;
  const wrong = (what: string): TypeError => new TypeError(`chain ${JSON.stringify(plan.chain)}: shadow: ${what}`);
  if (!(share >= 0 && share <= 1)) throw wrong('share must be a number from 0 to 1');
  if (!(maxConcurrent >= 1)) throw wrong('maxConcurrent must be a number from 1 on');
  const ranks = targets.map((target) => plan.targetNames.indexOf(target));
  const unknown = targets.find((_, index) => (ranks[index] ?? -1) < 1);
  if (unknown !== undefined) throw wrong(`${JSON.stringify(unknown)} is no target below the primary`);
  const budget = createBudget(options.budget);
  let running = 0;
  let turn = 0;

  const start = async (input: unknown): Promise<void> => {
    const rank = ranks[turn % ranks.length];
    turn += 1;
    const rung = rank === undefined ? undefined : plan.rungs[rank];
    try {
      if (rank === undefined || rung === undefined) return;
      await run(rung, shadowAttempt(plan, rung, rank, budget), input);
    } catch (error) {
      reportOnce('a shadow run failed', error);
    } finally {
      running -= 1;
    }
  };
  return {
    after(input) {
      if (ranks.length === 0 || random() >= share || running >= maxConcurrent) return;
      if (!areDrillsOn() || !budget.isLeft(Date.now())) return;
      running += 1;
      // The caller goes on first, and what runs here belongs to no request.
      setImmediate(() => runInAttempt(undefined, () => runUndrilled(() => void start(input))));
    },
  };
}

function shadowAttempt(plan: Plan, rung: Rung<unknown, unknown, unknown>, rank: number, budget: Budget): Attempt {
  const { chain, targetNames, targetTypes } = plan;
  const startTime = Date.now();
  return openAttempt({
    scope: {
      chain,
      targetNames,
      targetTypes,
      target: rung.name,
      rank,
      routeType: rung.type,
      routeSource: 'explicit',
      exerciseKind: 'shadow',
      schema: plan.declared,
    },
    parent: ROOT_CONTEXT,
    startTime,
    now: Date.now,
    onEnd: () => {},
    onSum(attributes) {
      const amount = attributes[ATTR_LLM_FALLBACK_COST_AMOUNT];
      const currency = attributes[ATTR_LLM_FALLBACK_COST_CURRENCY];
      if (typeof amount === 'number' && typeof currency === 'string') budget.spend(amount, currency, Date.now());
    },
  });
}
