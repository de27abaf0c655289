/**
 * ai-retry 1 and 2: `createRetryable({ model, retries })` asks the models of `retries` after `model`. Entries may be functions that choose a
 * model when it comes to that: such a one is a target from the first time it is chosen. https://github.com/zirkelc/ai-retry
 */
import { fields, list } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import { replaceMethod } from '../breakers/replace-method.ts';
import { markList } from '../models/watch.ts';
import type { LiveRecorder, PatchedLibrary } from '../types/library.ts';
import { modelList, runModelList } from './model-list.ts';

const SYSTEM = 'ai-retry';

export const AI_RETRY: PatchedLibrary = {
  module: SYSTEM,
  majors: [1, 2],
  subpaths: ['language-model', 'embedding-model'],
  // What `require` loads for them, in 1 and in 2.
  files: ['language-model', 'embedding-model'].flatMap((path) => [
    `dist/${path}/index.mjs`,
    `dist/model/${path}/index.mjs`,
  ]),
  patch(exported, live) {
    const replaced = new Map<string, unknown>();
    for (const name of ['createRetryable', 'createRetryableModel']) {
      const original = fields(exported)[name];
      if (typeof original !== 'function') continue;
      replaced.set(name, function (this: unknown, ...args: unknown[]): unknown {
        const made: unknown = original.apply(this, args);
        if (live() !== undefined)
          guarded('a list of models could not be declared', () => declare(made, live), undefined);
        return made;
      });
    }
    return replaced;
  },
};

const patched = new WeakSet<object>();

/** The class of what was made is not exported. */
function declare(made: unknown, live: LiveRecorder): void {
  if (typeof made !== 'object' || made === null) return;
  const prototype: unknown = Object.getPrototypeOf(made);
  if (typeof prototype === 'object' && prototype !== null && !patched.has(prototype)) {
    patched.add(prototype);
    for (const method of ['doGenerate', 'doStream', 'doEmbed']) {
      replaceMethod(prototype, method, (original) =>
        markList(function (this: object, ...args: unknown[]): unknown {
          return runModelList(
            this,
            SYSTEM,
            () => modelsOf(this),
            live,
            () => original.apply(this, args),
          );
        }),
      );
    }
  }
  modelList(made, SYSTEM, modelsOf(made), live);
}

function modelsOf(model: object): readonly unknown[] {
  const { baseModel, options } = fields(model);
  const retries = list(fields(options).retries).flatMap((retry) => {
    if (typeof retry === 'function') return [];
    const { model: inside } = fields(retry);
    return [inside ?? retry];
  });
  // The same model again is a retry.
  return [...new Set([baseModel, ...retries])];
}
