/**
 * Between the commits and the trace window: the calls that a commit brings join the window, and what its due traces show becomes a
 * delta of the same commit.
 */
import { judge } from '../classify/judge.ts';
import type { PolicyIndex } from '../classify/policies.ts';
import { type Admission, createStage, type Stage } from '../ledger/batch-evidence.ts';
import { rowOfEntry } from '../ledger/chain-index.ts';
import type { Item, Ledger } from '../ledger/ledger.ts';
import { gatewayChain } from '../normalise/dialects/litellm.ts';
import { type BufferedCall, type BufferedSpan, callOf, isFailedTry } from '../traces/buffered-call.ts';
import type { CountedBelow } from '../traces/counted-below.ts';
import { type Decisions, decide } from '../traces/decide.ts';
import { failedAfter, type InferredRun } from '../traces/inferred-run.ts';
import { type FailedBeside, settle, targetsOf } from '../traces/settle.ts';
import type { TraceWindow } from '../traces/trace-window.ts';
import { isOneService } from '../traces/tries.ts';
import type { Attempt } from '../types/evidence.ts';
import type { TargetPolicy } from '../types/policy.ts';
import type { RowState } from '../types/store.ts';
import { createOneSpanRouters, isNamed } from './one-span-routers.ts';

export interface Settlement {
  /** Nothing changes before `apply`. `now`: epoch ms. */
  prepare(joining: readonly BufferedSpan[], now: number): { readonly items: readonly Item[]; apply(): void };
}

const NOTHING: readonly Item[] = [];

export interface SettlementContext {
  readonly window: TraceWindow;
  readonly countedBelow: CountedBelow;
  readonly ledger: Ledger;
  readonly policies: () => PolicyIndex;
  readonly nameLength: number;
}

export function createSettlement({
  window,
  countedBelow,
  ledger,
  policies,
  nameLength,
}: SettlementContext): Settlement {
  const routers = createOneSpanRouters(policies);

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
      exercise: last.attempt.exercise,
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
  const isToldByApp = ({ index }: Admission, { service, group, attempts }: InferredRun): boolean => {
    const chain = group === undefined ? undefined : index(service).get(gatewayChain(group));
    const began = attempts[0]?.attempt.startTime ?? 0;
    return [...(chain?.rows.values() ?? [])].flat().some(({ state }) => newestIn(state) >= began);
  };

  /** One of the targets stood in for the first before, or does so in a trace that is settled at the same time. */
  const isKnown = (
    { index }: Admission,
    { service, chain, attempts, isNamed }: InferredRun,
    shown: readonly InferredRun[],
  ): boolean => {
    const alike = shown.filter((run) => run.chain === chain && isOneService(run.service, service));
    const isShown = (target: string): boolean =>
      rowOfEntry(index(service).get(chain), target, 'fallback') !== undefined ||
      alike.some((run) => run.attempts.some(({ attempt }) => attempt.target === target));
    return isNamed || attempts.some(({ attempt }) => attempt.routeType === 'fallback' && isShown(attempt.target));
  };

  /** Of a target that the configuration still has: what left it does not come back. */
  const policyOf = ({ service, chain, target }: Attempt): TargetPolicy | undefined => {
    const policy = policies().target(service, chain, target);
    return 'type' in policy ? policy : undefined;
  };

  /** It waits, or is listed, no longer. */
  const release = (stage: Stage, { call, outcome, at, state }: BufferedCall): void => {
    if (state === 'listed') stage.assigned(call);
    if (state === 'waiting' && call.kind === 'attempt' && policyOf(call)) stage.hold(call, outcome, at, -1);
  };

  const stageDecisions = (stage: Stage, decided: Decisions): void => {
    for (const { call, attempt } of decided.counted) {
      release(stage, call);
      const policy = policyOf(attempt);
      if (policy) stage.attempt(attempt, judge(attempt, policy), policy, call.at, true, call.proves);
      routers.learn(call, attempt);
    }
    for (const { state, call, outcome, at, proves } of decided.waiting) {
      const policy = state === 'new' && call.kind === 'attempt' ? policyOf(call) : undefined;
      if (!policy || call.kind !== 'attempt') continue;
      stage.hold(call, outcome, at, 1);
      // A crash must not hide a failure.
      if (outcome !== 'success') stage.attempt(call, outcome, policy, at, false, proves);
    }
    for (const { call, attempt, isExhausted } of decided.claimed) {
      release(stage, call);
      if (attempt.chain.length > nameLength || attempt.target.length > nameLength) continue;
      const { service, chain, exercise, targets, ids, startTime, endTime } = attempt;
      const { at, proves } = call;
      if (targets) stage.announce(service, chain, targets, proves ? at : 0);
      const policy = policies().target(service, chain, attempt.target);
      stage.attempt(attempt, judge(attempt, policy), policy, at, true, proves);
      if (!isExhausted) continue;
      stage.run(
        { kind: 'run', outcome: 'exhausted', exercise, service, chain, targets, ids, startTime, endTime },
        at,
        true,
        proves,
      );
    }
    for (const { counted, by } of decided.denied) {
      const attempt = callOf(counted);
      const policy = attempt.kind === 'attempt' ? policyOf(attempt) : undefined;
      if (attempt.kind !== 'attempt' || !policy) continue;
      const { outcome } = by;
      // Of two at one time the success would count.
      stage.attempt(
        { ...attempt, outcome, errorType: by.call.errorType },
        outcome,
        policy,
        counted.at + 1,
        false,
        counted.proves,
      );
    }
    for (const { state, call, at } of decided.listed) if (state === 'new') stage.unassigned(call, at);
    for (const call of decided.elsewhere) release(stage, call);
  };

  const apply = ({ counted, waiting, claimed, listed, elsewhere }: Decisions): void => {
    for (const { call } of counted) call.state = 'counted';
    for (const { call } of claimed) call.state = 'counted';
    for (const call of waiting) call.state = 'waiting';
    for (const call of listed) call.state = 'listed';
    for (const call of elsewhere) call.state = 'elsewhere';
  };

  /** Of a configured chain the targets that a gateway's message names, by their own names or by the model that they match, and that left no span. */
  const stageBeside = (stage: Stage, { call: kept, said, known }: FailedBeside): void => {
    const { call, at, proves } = kept;
    const chain = call.chain;
    const targets = policies().chain(call.service, chain)?.targets ?? [];
    for (const [rank, policy] of targets.entries()) {
      const { name: target, type: routeType } = policy;
      if (routeType === 'primary' || known.has(target)) continue;
      if (!said.fallbacks.some((group) => isNamed(policy, group))) continue;
      const attempt = failedAfter(kept, said.errorType, { chain, target, routeType, rank, configured: true });
      stage.attempt(attempt, attempt.outcome, policy, at, true, proves);
    }
  };

  const behindRouters = (decisions: Decisions): readonly FailedBeside[] =>
    decisions.attempts.flatMap(({ last, outcome }) => {
      if (last.call.kind !== 'attempt' || last.own !== undefined || !isFailedTry(outcome)) return [];
      const fallbacks = routers.behind(last);
      if (fallbacks.length === 0) return [];
      return [{ call: last, said: { group: '', fallbacks, errorType: undefined }, known: targetsOf(last, decisions) }];
    });

  return {
    prepare(joining, now) {
      const { due, growing, apply: join } = window.prepare(joining, now);
      if (due.length + growing.length === 0) return { items: NOTHING, apply: join };
      const admission = ledger.admission();
      const stage = createStage(now, admission);
      const settled = due.map(settle);
      const grown = growing.map((trace) => decide(trace, false));
      const isToBeTold = (run: InferredRun): boolean => !isTooLong(run) && !isToldByApp(admission, run);
      const shown = settled.flatMap((each) => each.shown).filter(isToBeTold);
      const failed = settled
        .flatMap((each) => each.failed)
        .filter((run) => isToBeTold(run) && isKnown(admission, run, shown));
      for (const run of shown) stageRun(stage, run, false);
      for (const run of failed) stageRun(stage, run, true);
      for (const { decisions, possible, beside } of settled) {
        for (const { call, insteadOf } of possible) stage.mayStandIn(call, insteadOf);
        for (const each of [...beside, ...behindRouters(decisions)]) stageBeside(stage, each);
        stageDecisions(stage, decisions);
      }
      for (const decisions of grown) stageDecisions(stage, decisions);
      return {
        items: [{ kind: 'delta', delta: stage.seal() }],
        apply() {
          for (const { counted } of [...grown, ...settled.map(({ decisions }) => decisions)]) {
            for (const { call } of counted) countedBelow.note(call);
          }
          grown.forEach(apply);
          join();
        },
      };
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
