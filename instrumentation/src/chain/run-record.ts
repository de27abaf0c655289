/**
 * The span of one run of a chain, and the attempts inside it. The run's span ends when its attempts have: with a stream, that
 * is when the stream does. Records only; it decides nothing.
 */
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CHAIN_ATTEMPTS,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_DRILL_FAULT,
  ATTR_LLM_FALLBACK_DRILL_ID,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  type CallOutcome,
  type ChainOutcome,
  isFailure,
  type TriggerReason,
} from '@warmspare/semconv';
import { drilledAttempt, drilledRank, drillOfRun, type RunningDrill } from '../call/drill-scope.ts';
import { arePrimariesFailing, notePrimary } from '../call/primary-health.ts';
import { withoutDrillEntry } from '../call/provider-baggage.ts';
import { chainAttributes } from '../call/route-attributes.ts';
import { currentContext, openSpan } from '../call/span-record.ts';
import { type Attempt, openAttempt } from './attempt.ts';
import type { Plan } from './plan.ts';
import type { Rung } from './types.ts';

export interface RunRecord {
  /** The run is part of a drill. */
  readonly drilled: boolean;
  /** How many attempts were opened. */
  readonly attempts: number;
  attempt(
    rung: Rung<unknown, unknown, unknown>,
    rank: number,
    triggerReason: TriggerReason | undefined,
    primaryErrorType: string | undefined,
  ): Attempt;
  /** What a run is that ends without an answer: `unprotected` where nothing but the primary was tried. */
  lost(): ChainOutcome;
  served(): void;
  /** This attempt's stream was handed out: how it ends is how the run ends, whenever the attempts before it do. */
  streamed(attempt: Attempt): void;
  /** `type` is the `error.type`; the outcome where it is left out. */
  failed(outcome: ChainOutcome, type?: string): void;
}

export function openRun(plan: Plan): RunRecord {
  const drill = drillOf(plan);
  const leave = drill?.running.begin();
  const now = createClock();
  const startTime = now();
  const parent = currentContext();
  const announced = { chain: plan.chain, targetNames: plan.targetNames, targetTypes: plan.targetTypes };
  const kind = drill && {
    [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill',
    [ATTR_LLM_FALLBACK_DRILL_ID]: drill.running.id,
    [ATTR_LLM_FALLBACK_DRILL_FAULT]: drill.running.fault,
  };
  const span = openSpan(plan.chain, { ...chainAttributes(announced), ...kind }, startTime, parent);
  let attempts = 0;
  let open = 0;
  const ends = new WeakMap<Attempt, { readonly outcome: CallOutcome; readonly endTime: number }>();
  let close: (() => void) | undefined;

  const lost = (): ChainOutcome => (attempts > 1 ? 'exhausted' : 'unprotected');
  const end = (endTime: number, outcome: ChainOutcome, type: string | undefined): void => {
    span.end(endTime, outcome !== 'served', () => ({
      [ATTR_LLM_FALLBACK_CHAIN_ATTEMPTS]: attempts,
      [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: outcome,
      ...(outcome !== 'served' && { [ATTR_ERROR_TYPE]: type ?? outcome }),
    }));
    leave?.();
  };
  const whenAttemptsEnded = (closing: () => void): void => {
    if (open === 0) closing();
    else close = closing;
  };
  const settled = (outcome: ChainOutcome, type?: string): void => {
    const endTime = now();
    whenAttemptsEnded(() => end(endTime, outcome, type));
  };

  return {
    drilled: drill !== undefined,
    get attempts() {
      return attempts;
    },
    attempt(rung, rank, triggerReason, primaryErrorType) {
      attempts += 1;
      open += 1;
      const begun = now();
      const isAbove = drill !== undefined && rank < drill.rank;
      const part = drill && drilledAttempt(drill.running, isAbove && drill.running.live());
      const attempt: Attempt = openAttempt({
        scope: {
          ...announced,
          target: rung.name,
          rank,
          routeType: rung.type,
          routeSource: 'explicit',
          triggerReason: drill !== undefined && rank > 0 && rank <= drill.rank ? 'drill' : triggerReason,
          primaryErrorType,
          failoverDuration: rank === 0 ? undefined : Math.max(0, (begun - startTime) / 1000),
          exerciseKind: drill && 'drill',
          drill: part,
          schema: plan.declared,
        },
        parent: drill === undefined ? span.context : withoutDrillEntry(span.context),
        startTime: begun,
        now,
        onEnd(outcome, endTime) {
          open -= 1;
          ends.set(attempt, { outcome, endTime });
          const failing = isFailure(outcome);
          if (rank === 0 && drill === undefined && (failing || arePrimariesFailing()) && outcome !== 'cancelled') {
            notePrimary(plan.chain, failing, endTime);
          }
          if (open === 0) close?.();
        },
      });
      return attempt;
    },
    lost,
    served: () => settled('served'),
    streamed(attempt) {
      whenAttemptsEnded(() => {
        const ended = ends.get(attempt);
        end(ended?.endTime ?? now(), outcomeOfStream(ended?.outcome, lost), ended?.outcome);
      });
    },
    failed: settled,
  };
}

/** The drill of this chain around the running code, and the rank that it exercises. */
function drillOf({ chain, targetNames }: Plan): { readonly running: RunningDrill; readonly rank: number } | undefined {
  const running = drillOfRun(chain);
  if (running === undefined) return undefined;
  const rank = drilledRank(running, targetNames);
  if (rank > 0) return { running, rank };
  running.note(
    rank === 0
      ? `${JSON.stringify(running.target)} is the primary: nothing is above it`
      : `the chain has no target ${JSON.stringify(running.target ?? 'below the primary')}`,
  );
  return undefined;
}

/** An answer was delivered unless its stream broke; a caller who stops reading early has cancelled the run. */
function outcomeOfStream(outcome: CallOutcome | undefined, lost: () => ChainOutcome): ChainOutcome {
  switch (outcome) {
    case 'cancelled':
      return 'cancelled';
    case 'error':
    case 'timeout':
      return lost();
    default:
      return 'served';
  }
}

/** Epoch ms that never run backwards within one run, whatever happens to the system's clock. */
function createClock(): () => number {
  const epoch = Date.now();
  const origin = performance.now();
  return () => epoch + (performance.now() - origin);
}
