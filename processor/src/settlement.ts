/**
 * Between the commits and the trace window: the calls that a commit brings join the window, and what its due traces show becomes a
 * delta of the same commit.
 */

import { judge } from './judge.ts';
import type { Item, Ledger } from './ledger/ledger.ts';
import { createStage, type Stage } from './ledger/stage.ts';
import type { PolicyIndex } from './policies.ts';
import type { Kept } from './siblings/kept-call.ts';
import { type Settled, settle } from './siblings/settle.ts';
import type { TraceWindow } from './siblings/trace-window.ts';

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
  const stageInferred = (stage: Stage, { attempt, call }: Settled['inferred'][number]): void => {
    if (attempt.chain.length > nameLength || attempt.target.length > nameLength) return;
    const policy = policies().target(attempt.service, attempt.chain, attempt.target);
    stage.attempt(attempt, judge(attempt, policy), policy, call.at, true, call.proves);
  };

  const stageHeld = (stage: Stage, { call: { call, outcome, at }, isAttempt }: Settled['held'][number]): void => {
    if (call.kind !== 'attempt') return;
    const policy = policies().target(call.service, call.chain, call.target);
    // The configuration may have changed meanwhile: what left it does not come back.
    if (!('type' in policy)) return;
    stage.hold(call, outcome, at, -1);
    if (isAttempt) stage.attempt(call, outcome, policy, at, true, false);
  };

  return {
    prepare(joining, now) {
      const { due, apply } = window.prepare(joining, now);
      if (due.length === 0) return { items: NOTHING, apply };
      const stage = createStage(now, ledger.admission());
      let staged = false;
      for (const trace of due) {
        const { inferred, held } = settle(trace);
        for (const each of inferred) stageInferred(stage, each);
        for (const each of held) stageHeld(stage, each);
        staged ||= inferred.length > 0 || held.length > 0;
      }
      return { items: staged ? [{ kind: 'delta', delta: stage.seal() }] : [], apply };
    },
  };
}
