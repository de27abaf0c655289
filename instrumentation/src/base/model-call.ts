/** The call of a model object that the running code is part of: what begins inside, before its promise settles, is no call of its own. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface ModelCall {
  /** Its promise has not settled. */
  open: boolean;
  /** A model inside was asked. */
  reached: boolean;
}

const calls = new AsyncLocalStorage<ModelCall>();

/** The innermost one that has not settled. */
export function activeModelCall(): ModelCall | undefined {
  const call = calls.getStore();
  return call?.open === true ? call : undefined;
}

export function runInModelCall<T>(call: ModelCall, fn: () => T): T {
  return calls.run(call, fn);
}
