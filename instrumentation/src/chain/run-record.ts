/**
 * The span of one run of a chain, and the attempts inside it. The run's span ends when its attempts have: with a stream, that
 * is when the stream does. Records only; it decides nothing.
 */
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CHAIN_ATTEMPTS,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  type CallOutcome,
  type ChainOutcome,
  type TriggerReason,
} from '@warmspare/semconv';
import { chainAttributes } from '../call/route-attributes.ts';
import { currentContext, openSpan } from '../call/span-record.ts';
import { type Attempt, openAttempt } from './attempt.ts';
import type { Plan } from './plan.ts';
import type { Rung } from './types.ts';

export interface RunRecord {
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

export function openRun(plan: Plan, drilled: boolean): RunRecord {
  const now = createClock();
  const startTime = now();
  const parent = currentContext();
  const announced = { chain: plan.chain, targetNames: plan.targetNames, targetTypes: plan.targetTypes };
  const kind = drilled ? { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill' } : {};
  const span = openSpan(plan.chain, { ...chainAttributes(announced), ...kind }, startTime, parent);
  let attempts = 0;
  let open = 0;
  const ends = new WeakMap<Attempt, { readonly outcome: CallOutcome; readonly endTime: number }>();
  let close: (() => void) | undefined;

  const lost = (): ChainOutcome => (attempts > (drilled ? 0 : 1) ? 'exhausted' : 'unprotected');
  const end = (endTime: number, outcome: ChainOutcome, type: string | undefined): void => {
    span.end(endTime, outcome !== 'served', () => ({
      [ATTR_LLM_FALLBACK_CHAIN_ATTEMPTS]: attempts,
      [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: outcome,
      ...(outcome !== 'served' && { [ATTR_ERROR_TYPE]: type ?? outcome }),
    }));
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
    get attempts() {
      return attempts;
    },
    attempt(rung, rank, triggerReason, primaryErrorType) {
      attempts += 1;
      open += 1;
      const begun = now();
      const attempt: Attempt = openAttempt({
        scope: {
          ...announced,
          target: rung.name,
          rank,
          routeType: rung.type,
          routeSource: 'explicit',
          triggerReason,
          primaryErrorType,
          failoverDuration: rank === 0 ? undefined : Math.max(0, (begun - startTime) / 1000),
          exerciseKind: drilled ? 'drill' : undefined,
          schema: plan.declared,
        },
        parent: span.context,
        startTime: begun,
        now,
        onEnd(outcome, endTime) {
          open -= 1;
          ends.set(attempt, { outcome, endTime });
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
