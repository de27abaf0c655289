/**
 * The attempt that the running code belongs to: `chain()`, `withRoute()` and breakers set it, a client's call reads it.
 * It is carried in an AsyncLocalStorage of our own, because the OTel context propagates only where an app registered a
 * context manager, and Warmspare works without an SDK too. It never starts a span and never touches a call.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ATTEMPT_STORAGE } from '../base/process-keys.ts';
import type { AttemptScope } from '../types/attempt.ts';

type Storage = AsyncLocalStorage<AttemptScope | undefined>;

const shared: typeof globalThis & { [ATTEMPT_STORAGE]?: Storage } = globalThis;
shared[ATTEMPT_STORAGE] ??= new AsyncLocalStorage();
const storage: Storage = shared[ATTEMPT_STORAGE];

/** The innermost attempt around the running code. Read it synchronously when a call begins and keep it: streams end elsewhere. */
export function activeAttempt(): AttemptScope | undefined {
  return storage.getStore();
}

/** Runs `fn`, and everything asynchronous that it starts, inside the attempt. `undefined` leaves every attempt. */
export function runInAttempt<T>(scope: AttemptScope | undefined, fn: () => T): T {
  return storage.run(scope, fn);
}
