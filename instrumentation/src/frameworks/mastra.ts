/**
 * Mastra 1: an agent whose `model` is a list asks its models in turn. Mastra has a copy of the AI SDK of its own, so that its agents, not the
 * SDK's functions, tell which models there are. https://mastra.ai/docs/models#model-fallbacks
 */
import { inJob } from '../base/chain-name.ts';
import { fields, list, text } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import { replaceMethod } from '../breakers/replace-method.ts';
import { watchModel } from '../models/watch.ts';
import type { LiveRecorder, PatchedLibrary } from '../types/library.ts';
import { modelList, runModelList } from './model-list.ts';

const SYSTEM = 'mastra';

export const MASTRA: PatchedLibrary = {
  module: '@mastra/core',
  majors: [1],
  subpaths: ['agent'],
  // What `require` loads for it.
  files: ['dist/agent/index.cjs'],
  patch(exported, live) {
    const { Agent } = fields(exported);
    const prototype: unknown = typeof Agent === 'function' ? Agent.prototype : undefined;
    if (typeof prototype === 'object' && prototype !== null && 'prepareModels' in prototype)
      patchAgent(prototype, live);
    return new Map();
  },
};

const patched = new WeakSet<object>();

function patchAgent(prototype: object, live: LiveRecorder): void {
  if (patched.has(prototype)) return;
  patched.add(prototype);
  for (const method of ['generate', 'stream']) {
    replaceMethod(prototype, method, (original) => {
      return function (this: object, ...args: unknown[]): unknown {
        const ask = (): unknown => original.apply(this, args);
        if (live() === undefined) return ask();
        return inJob(text(fields(this).id), () => runModelList(this, SYSTEM, () => modelsOf(this), live, ask));
      };
    });
  }
  // What a name or a function stands for is known when it is resolved.
  replaceMethod(prototype, 'prepareModels', (original) => {
    return async function (this: object, ...args: unknown[]): Promise<unknown> {
      const prepared: unknown = await original.apply(this, args);
      if (live() !== undefined)
        guarded('the models of an agent could not be watched', () => watchNamed(this, prepared, live), undefined);
      return prepared;
    };
  });
  // An agent is known from its registration on, even if it never runs.
  replaceMethod(prototype, '__registerMastra', (original) => {
    return function (this: object, ...args: unknown[]): unknown {
      const declare = (): unknown => inJob(text(fields(this).id), () => modelList(this, SYSTEM, modelsOf(this), live));
      if (live() !== undefined) guarded('a list of models could not be declared', declare, undefined);
      return original.apply(this, args);
    };
  });
}

function watchNamed(agent: object, prepared: unknown, live: LiveRecorder): void {
  const given = modelsOf(agent);
  for (const [index, entry] of list(prepared).entries()) {
    if (typeof given[index] !== 'object') watchModel(fields(entry).model, live);
  }
}

/** Of an agent with one model, that one. */
function modelsOf(agent: object): readonly unknown[] {
  const { model } = fields(agent);
  if (!Array.isArray(model)) return [model];
  return model.filter((entry) => fields(entry).enabled !== false).map((entry) => fields(entry).model);
}
