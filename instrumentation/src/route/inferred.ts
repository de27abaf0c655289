/**
 * Hand-written try/catch: a failed call, then a call of another model or server inside the same parent span. Keeps the first
 * failure of each parent for as long as that span object lives, and nothing else.
 */
import type { Span } from '@opentelemetry/api';
import type { CallOutcome, TriggerReason } from '@warmspare/semconv';
import type { CallRequest } from '../clients/call.ts';
import { triggerReason } from '../error-reason.ts';
import type { Route } from './route.ts';
import { sameModel } from './same-model.ts';

export interface Failure {
  readonly request: CallRequest;
  /** Of the monotonic clock, ms. */
  readonly began: number;
  readonly ended: number;
  readonly reason: TriggerReason;
  readonly errorType: string;
}

/** Later than this after a failure, a call is something else (ms). */
const MAX_GAP = 60_000;

const failures = new WeakMap<Span, Failure>();

/** Notes that a call failed under `parent`. The first failure is the primary's; later ones are rungs below. */
export function noteFailure(parent: Span | undefined, failure: Failure): void {
  if (parent === undefined) return;
  const known = failures.get(parent);
  if (known === undefined || failure.began - known.ended > MAX_GAP) failures.set(parent, failure);
}

/** A call succeeded under `parent`: whatever failed before it is settled. */
export function settle(parent: Span | undefined): void {
  if (parent !== undefined) failures.delete(parent);
}

/** The failure that a call which began at `began` may stand in for. */
export function pendingFailure(parent: Span | undefined, began: number): Failure | undefined {
  const known = parent === undefined ? undefined : failures.get(parent);
  if (known === undefined || began < known.ended || began - known.ended > MAX_GAP) return undefined;
  return known;
}

/** A fallback, where a successful call did the failed one's job elsewhere. The same model at the same server is a retry. */
export function inferredRoute(failure: Failure | undefined, request: CallRequest, began: number): Route | undefined {
  if (failure === undefined || failure.request.operation !== request.operation) return undefined;
  if (isRetry(failure.request, request)) return undefined;
  return {
    type: 'fallback',
    source: 'inferred',
    triggerReason: failure.reason,
    primaryErrorType: failure.errorType,
    failoverDuration: Math.max(0, began - failure.began) / 1000,
  };
}

/** Why one leaves a call that ended like this. */
export function reasonOf(outcome: CallOutcome, error: unknown): TriggerReason {
  switch (outcome) {
    case 'refused':
      return 'refusal';
    case 'truncated':
    case 'schema_invalid':
    case 'timeout':
      return outcome;
    default:
      return triggerReason(error);
  }
}

function isRetry(failed: CallRequest, next: CallRequest): boolean {
  if (failed.server?.address !== next.server?.address || failed.server?.port !== next.server?.port) return false;
  if (failed.model === undefined || next.model === undefined) return failed.model === next.model;
  return sameModel(failed.model, next.model);
}
