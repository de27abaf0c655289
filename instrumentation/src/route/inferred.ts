/**
 * Hand-written try/catch: a failed call, then a call of another model or server in the same scope, which is the parent span or, without
 * one, the incoming HTTP request. Keeps the first failure of each scope for as long as that object lives, and nothing else.
 */
import { sameModel, type TriggerReason } from '@warmspare/semconv';
import type { CallRequest } from '../clients/call.ts';
import type { Route } from './route.ts';

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

const failures = new WeakMap<object, Failure>();

/** Notes that a call failed in `scope`. The first failure is the primary's; later ones are rungs below. */
export function noteFailure(scope: object | undefined, failure: Failure): void {
  if (scope === undefined) return;
  const known = failures.get(scope);
  if (known === undefined || failure.began - known.ended > MAX_GAP) failures.set(scope, failure);
}

/** A call succeeded in `scope`: whatever failed before it is settled. */
export function settle(scope: object | undefined): void {
  if (scope !== undefined) failures.delete(scope);
}

/** The failure that a call which began at `began` may stand in for. */
export function pendingFailure(scope: object | undefined, began: number): Failure | undefined {
  const known = scope === undefined ? undefined : failures.get(scope);
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

function isRetry(failed: CallRequest, next: CallRequest): boolean {
  if (failed.server?.address !== next.server?.address || failed.server?.port !== next.server?.port) return false;
  if (failed.model === undefined || next.model === undefined) return failed.model === next.model;
  return sameModel(failed.model, next.model);
}
