/** The list of models that the running code asks in turn: a model that is one of them is asked inside a try of its own. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallPlace } from '@warmspare/semconv';
import { fields, text } from '../base/read.ts';
import { placeOf } from './place.ts';

/** What asks the models of one list, for as long as it does. */
export interface Asking {
  /** Runs `fn`, which asks `model`. */
  ask<T>(model: unknown, fn: () => T): T;
}

const asking = new AsyncLocalStorage<Asking | undefined>();

export function activeAsking(): Asking | undefined {
  return asking.getStore();
}

/** Undefined leaves every list. */
export function runAsking<T>(list: Asking | undefined, fn: () => T): T {
  return asking.run(list, fn);
}

/** Where a model's calls go, for its name among others. A name stands for a model of Vercel's gateway. */
export function modelPlace(model: unknown): CallPlace | undefined {
  const id = text(model) ?? text(fields(model).modelId);
  if (id === undefined) return undefined;
  if (typeof model === 'string') return { model: id, provider: 'gateway' };
  const { provider, server } = placeOf(model);
  return { model: id, provider, address: server?.address, port: server?.port };
}
