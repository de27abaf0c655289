/**
 * Between the commits and the trace window: the calls that a commit brings join the window, and what its due traces show becomes a
 * delta of the same commit.
 */
import { ATTR_GEN_AI_REQUEST_MODEL } from '@warmspare/semconv';
import { gatewayChain } from './dialects/litellm.ts';
import { glob } from './glob.ts';
import { judge } from './judge.ts';
import type { Item, Ledger } from './ledger/ledger.ts';
import { rowIn } from './ledger/places.ts';
import { type Admission, createStage, type Stage } from './ledger/stage.ts';
import type { PolicyIndex } from './policies.ts';
import { failedAfter, type InferredRun } from './siblings/inferred-run.ts';
import type { Kept } from './siblings/kept-call.ts';
import { type Settled, settle } from './siblings/settle.ts';
import type { TraceWindow } from './siblings/trace-window.ts';
import { isOneService } from './siblings/tries.ts';
import type { TargetPolicy } from './types/policy.ts';
import type { RowState } from './types/store.ts';

export interface Settlement {
  /** Nothing changes before `apply`. `now`: epoch ms. */
  prepare(joining: readonly Kept[], now: number): { readonly items: readonly Item[]; apply(): void };
}

const NOTHING: readonly Item[] = [];

export interface SettlementContext {
  readonly window: TraceWindow;
  readonly ledger: Ledger;
  readonly policies: () => PolicyIndex;
  readonly nameLength: number;
}

export function createSettlement({ window, ledger, policies, nameLength }: SettlementContext): Settlement {
  const isTooLong = ({ chain, attempts }: InferredRun): boolean =>
    chain.length > nameLength || attempts.some(({ attempt }) => attempt.target.length > nameLength);

  const stageRun = (stage: Stage, run: InferredRun, isExhausted: boolean): void => {
    for (const { attempt, call } of run.attempts) {
      const policy = policies().target(attempt.service, attempt.chain, attempt.target);
      stage.attempt(attempt, judge(attempt, policy), policy, call.at, true, call.proves);
    }
    const last = run.attempts.at(-1);
    if (!isExhausted || !last) return;
    const { service, chain, ids, endTime } = last.attempt;
    const startTime = run.attempts[0]?.attempt.startTime ?? endTime;
    const whole = {
      kind: 'run',
      outcome: 'exhausted',
      service,
      chain,
      targets: undefined,
      ids,
      startTime,
      endTime,
    } as const;
    stage.run(whole, last.call.at, true, last.call.proves);
  };

  /** An app that reads the gateway's headers tells of the same run, and did so since it began. */
  const isToldByApp = ({ places }: Admission, { service, group, attempts }: InferredRun): boolean => {
    const chain = group === undefined ? undefined : places(service).get(gatewayChain(group));
    const began = attempts[0]?.attempt.startTime ?? 0;
    return [...(chain?.rows.values() ?? [])].flat().some(({ state }) => newestIn(state) >= began);
  };

  /** One of the targets stood in for the first before, or does so in a trace that is settled at the same time. */
  const isKnown = (
    { places }: Admission,
    { service, chain, attempts, isNamed }: InferredRun,
    shown: readonly InferredRun[],
  ): boolean => {
    const alike = shown.filter((run) => run.chain === chain && isOneService(run.service, service));
    const isShown = (target: string): boolean =>
      rowIn(places(service).get(chain), target, 'fallback') !== undefined ||
      alike.some((run) => run.attempts.some(({ attempt }) => attempt.target === target));
    return isNamed || attempts.some(({ attempt }) => attempt.routeType === 'fallback' && isShown(attempt.target));
  };

  const stageHeld = (stage: Stage, { call: { call, outcome, at }, isAttempt }: Settled['held'][number]): void => {
    if (call.kind !== 'attempt') return;
    const policy = policies().target(call.service, call.chain, call.target);
    // The configuration may have changed meanwhile: what left it does not come back.
    if (!('type' in policy)) return;
    stage.hold(call, outcome, at, -1);
    if (isAttempt) stage.attempt(call, outcome, policy, at, true, false);
  };

  const stageWaited = (
    stage: Stage,
    { call: { call, outcome: held, at, proves }, outcome }: Settled['waited'][number],
  ): void => {
    if (call.kind !== 'attempt') return;
    const policy = policies().target(call.service, call.chain, call.target);
    if (!('type' in policy)) return;
    stage.hold(call, held, at, -1);
    stage.attempt(call, outcome, policy, at, true, proves);
  };

  /**
   * Of a configured chain the targets that a gateway's message names, by their own names or by the model that they match. It moves their
   * state; their calls are counted by their spans, as are those of all configured targets.
   */
  const stageBeside = (stage: Stage, { call: kept, said }: Settled['beside'][number]): void => {
    const { call, at, proves } = kept;
    const chain = call.chain;
    const targets = policies().chain(call.service, chain)?.targets ?? [];
    for (const [rank, policy] of targets.entries()) {
      const { name: target, type: routeType } = policy;
      if (
        target === call.target ||
        routeType === 'primary' ||
        !said.fallbacks.some((group) => isGroupOf(policy, group))
      )
        continue;
      const attempt = failedAfter(kept, said.errorType, { chain, target, routeType, rank, configured: true });
      stage.attempt(attempt, attempt.outcome, policy, at, false, proves);
    }
  };

  return {
    prepare(joining, now) {
      const { due, apply } = window.prepare(joining, now);
      if (due.length === 0) return { items: NOTHING, apply };
      const admission = ledger.admission();
      const stage = createStage(now, admission);
      const settled = due.map(settle);
      const isToBeTold = (run: InferredRun): boolean => !isTooLong(run) && !isToldByApp(admission, run);
      const shown = settled.flatMap((each) => each.shown).filter(isToBeTold);
      const failed = settled
        .flatMap((each) => each.failed)
        .filter((run) => isToBeTold(run) && isKnown(admission, run, shown));
      const possible = settled.flatMap((each) => each.possible);
      const beside = settled.flatMap((each) => each.beside);
      const held = settled.flatMap((each) => each.held);
      const waited = settled.flatMap((each) => each.waited);
      for (const run of shown) stageRun(stage, run, false);
      for (const run of failed) stageRun(stage, run, true);
      for (const { call, insteadOf } of possible) stage.mayStandIn(call, insteadOf);
      for (const each of beside) stageBeside(stage, each);
      for (const each of held) stageHeld(stage, each);
      for (const each of waited) stageWaited(stage, each);
      const isAny = [shown, failed, possible, beside, held, waited].some(({ length }) => length > 0);
      return { items: isAny ? [{ kind: 'delta', delta: stage.seal() }] : [], apply };
    },
  };
}

/** Event time of the newest evidence of a row; 0 without any. */
function newestIn({ evidence }: RowState): number {
  return Math.max(
    0,
    ...Object.values(evidence).flatMap(({ success, failure }) => [success?.at ?? 0, failure?.at ?? 0]),
  );
}

/** Whether a target of the configuration is what a gateway calls by this name. */
function isGroupOf({ name, match }: TargetPolicy, group: string): boolean {
  const { [ATTR_GEN_AI_REQUEST_MODEL]: model, ...others } = match ?? {};
  return name === group || (model !== undefined && Object.keys(others).length === 0 && glob(model)(group));
}
