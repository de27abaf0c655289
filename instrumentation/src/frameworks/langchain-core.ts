/**
 * LangChain core 1: `withFallbacks` declares a list, and `RunnableWithFallbacks` asks its runnables in turn; LangGraph comes by both. The
 * client that a runnable asks inside records the call. Answers out of LangChain's cache are recorded here: no client sees them.
 * https://docs.langchain.com/oss/javascript/langchain/models
 */
import { fields, list, text } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import { replaceMethod } from '../breakers/replace-method.ts';
import type { CallRequest } from '../types/call.ts';
import type { LiveRecorder, PatchedLibrary } from '../types/library.ts';
import { chatModelIn, listEntry, modelOf } from './langchain-models.ts';
import { type TargetList, targetList } from './target-list.ts';
import { startRun, type TargetRun } from './target-run.ts';

const SYSTEM = 'langchain';

export const LANGCHAIN_CORE: PatchedLibrary = {
  module: '@langchain/core',
  majors: [1],
  files: ['runnables/base', 'language_models/chat_models'].flatMap((file) => [`dist/${file}.js`, `dist/${file}.cjs`]),
  patch(exported, live) {
    const { Runnable, RunnableWithFallbacks, BaseChatModel } = fields(exported);
    patchDeclaring(prototypeOf(Runnable), live);
    patchAsking(prototypeOf(RunnableWithFallbacks), live);
    patchCache(prototypeOf(BaseChatModel), live);
    return new Map();
  },
};

/** By the object that asks the runnables. */
const lists = new WeakMap<object, { readonly list: TargetList | undefined }>();

/** Undefined where no runnable has a model inside: `withStructuredOutput({ includeRaw: true })` falls back from one parser to another. */
function listOf(asking: object): TargetList | undefined {
  const known = lists.get(asking);
  if (known !== undefined) return known.list;
  const { runnable, fallbacks } = fields(asking);
  const runnables = [runnable, ...list(fallbacks)];
  const isOfModels = runnables.some((each) => chatModelIn(each) !== undefined || nested(each) !== undefined);
  const made = isOfModels
    ? targetList(
        SYSTEM,
        runnables.map((each) => listEntry(each, nested(each))),
      )
    : undefined;
  lists.set(asking, { list: made });
  return made;
}

/** A list inside, behind whatever is bound to it. */
function nested(runnable: unknown): TargetList | undefined {
  for (let at: unknown = runnable; typeof at === 'object' && at !== null; at = fields(at).bound) {
    if ('runnable' in at && Array.isArray(fields(at).fallbacks)) return listOf(at);
  }
  return undefined;
}

function patchDeclaring(prototype: object | undefined, live: LiveRecorder): void {
  if (prototype === undefined) return;
  replaceMethod(prototype, 'withFallbacks', (original) => {
    return function withFallbacks(this: object, ...args: unknown[]): unknown {
      const made = original.apply(this, args);
      const isMade = typeof made === 'object' && made !== null;
      if (isMade && live() !== undefined) guarded('fallbacks could not be declared', () => listOf(made), undefined);
      return made;
    };
  });
}

function patchAsking(prototype: object | undefined, live: LiveRecorder): void {
  if (prototype === undefined) return;
  const begin = (asking: object, options: unknown): object => {
    if (live() === undefined) return asking;
    return guarded('a run of fallbacks could not be described', () => watched(asking, options), asking);
  };
  for (const method of ['invoke', 'batch']) {
    replaceMethod(prototype, method, (original) => {
      return function (this: object, ...args: unknown[]): unknown {
        return original.apply(begin(this, args[1]), args);
      };
    });
  }
  // A generator: it begins when it is first read.
  replaceMethod(prototype, '_streamIterator', (original) => {
    return function (this: object, ...args: unknown[]): unknown {
      return original.apply(begin(this, args[1]), args);
    };
  });
}

/** The object that asks, seen by its own method: its runnables are asked inside tries. The app has the object itself. */
function watched(asking: object, options: unknown): object {
  const found = listOf(asking);
  if (found === undefined) return asking;
  const run = startRun(found, text(fields(Array.isArray(options) ? options[0] : options).runName));
  const runnables = function* (): Generator<unknown> {
    const { runnable, fallbacks } = fields(asking);
    let index = 0;
    for (const each of [runnable, ...list(fallbacks)]) yield inTry(each, run, index++);
  };
  return Object.create(asking, { runnables: { value: runnables } });
}

function inTry(runnable: unknown, run: TargetRun, index: number): unknown {
  if (typeof runnable !== 'object' || runnable === null) return runnable;
  const asked =
    (method: string) =>
    (...args: unknown[]): unknown =>
      run.attempt(index, () => (runnable as Record<string, (...given: unknown[]) => unknown>)[method]?.(...args));
  return { invoke: asked('invoke'), stream: asked('stream'), batch: asked('batch') };
}

/** What was found in the cache is an answer that no model gave now. */
function patchCache(prototype: object | undefined, live: LiveRecorder): void {
  if (prototype === undefined) return;
  replaceMethod(prototype, '_generateCached', (original) => {
    return async function (this: object, ...args: unknown[]): Promise<unknown> {
      const found = await original.apply(this, args);
      guarded('an answer out of a cache could not be recorded', () => recordHits(this, found, live), undefined);
      return found;
    };
  });
}

function recordHits(model: object, found: unknown, live: LiveRecorder): void {
  const recorder = live();
  const request = recorder && requestOf(model);
  if (request === undefined) return;
  // One entry an input; those that were not found are missing.
  for (const generation of list(fields(found).generations)) {
    if (generation === undefined) continue;
    recorder?.begin(request).end({ finish: 'success', complete: true, cache: 'exact' });
  }
}

function requestOf(model: object): CallRequest | undefined {
  const place = modelOf(model);
  if (place === undefined) return undefined;
  const server = place.address === undefined ? undefined : { address: place.address, port: place.port };
  return {
    operation: 'chat',
    provider: place.provider ?? '_OTHER',
    model: place.model,
    server,
    stream: false,
    outputType: undefined,
    schema: undefined,
    systemPrompt: undefined,
    signal: undefined,
  };
}

function prototypeOf(given: unknown): object | undefined {
  const prototype: unknown = typeof given === 'function' ? given.prototype : undefined;
  return typeof prototype === 'object' && prototype !== null ? prototype : undefined;
}
