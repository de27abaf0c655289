/**
 * ai-fallback 1 to 3: `createFallback({ models })` makes a model that asks its models in turn. A try is told by the model that is asked,
 * never by `currentModelIndex`, which all calls share. https://github.com/remorses/ai-fallback
 */
import { fields, list } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import { replaceMethod } from '../breakers/replace-method.ts';
import { markList } from '../models/watch.ts';
import type { LiveRecorder, PatchedLibrary } from '../types/library.ts';
import { modelList, runModelList } from './model-list.ts';

const SYSTEM = 'ai-fallback';

export const AI_FALLBACK: PatchedLibrary = {
  module: 'ai-fallback',
  majors: [1, 2, 3],
  patch(exported, live) {
    const { FallbackModel, createFallback } = fields(exported);
    if (typeof FallbackModel !== 'function' || typeof createFallback !== 'function') return new Map();
    patchModel(FallbackModel.prototype, live);
    const create = function (this: unknown, ...args: unknown[]): unknown {
      const made: unknown = createFallback.apply(this, args);
      const declare = (): unknown => isObject(made) && modelList(made, SYSTEM, modelsOf(made), live);
      if (live() !== undefined) guarded('a list of models could not be declared', declare, undefined);
      return made;
    };
    return new Map([['createFallback', create]]);
  },
};

function patchModel(prototype: unknown, live: LiveRecorder): void {
  if (!isObject(prototype)) return;
  for (const method of ['doGenerate', 'doStream']) {
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

function modelsOf(model: object): readonly unknown[] {
  return list(fields(fields(model).settings).models);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
