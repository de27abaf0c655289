/**
 * langchain 1: `modelFallbackMiddleware(...models)` asks its models after the agent's own. The list is known where the agent is made, else
 * with its first call. https://docs.langchain.com/oss/javascript/langchain/middleware
 */
import { inJob } from '../base/chain-name.ts';
import { fields, list, text } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import type { LiveRecorder, PatchedLibrary } from '../types/library.ts';
import { listEntry } from './langchain-models.ts';
import { type TargetList, targetList } from './target-list.ts';
import { startRun } from './target-run.ts';

const SYSTEM = 'langchain';

export const LANGCHAIN: PatchedLibrary = {
  module: 'langchain',
  majors: [1],
  patch(exported, live) {
    const { modelFallbackMiddleware, createAgent } = fields(exported);
    if (typeof modelFallbackMiddleware !== 'function' || typeof createAgent !== 'function') return new Map();
    const middleware = function (this: unknown, ...models: unknown[]): unknown {
      const made: unknown = modelFallbackMiddleware.apply(this, models);
      if (live() !== undefined)
        guarded('a middleware could not be watched', () => watch(made, models, live), undefined);
      return made;
    };
    const create = function (this: unknown, ...args: unknown[]): unknown {
      if (live() !== undefined) guarded('an agent could not be read', () => declare(args[0]), undefined);
      return createAgent.apply(this, args);
    };
    return new Map([
      ['modelFallbackMiddleware', middleware],
      ['createAgent', create],
    ]);
  },
};

/** What a middleware asks after the agent's model, and whose it is. */
interface Fallbacks {
  readonly models: readonly unknown[];
  agent: string | undefined;
  readonly lists: Map<string, TargetList | undefined>;
}

const known = new WeakMap<object, Fallbacks>();

function listWith({ models, lists }: Fallbacks, primary: unknown): TargetList | undefined {
  const entries = [primary, ...models].map((model) =>
    typeof model === 'string'
      ? { place: { model: bare(model), provider: providerIn(model) } }
      : listEntry(model, undefined),
  );
  const key = JSON.stringify(entries);
  if (!lists.has(key)) lists.set(key, targetList(SYSTEM, entries));
  return lists.get(key);
}

/** `openai:gpt-5`. */
function bare(model: string): string {
  return model.slice(model.indexOf(':') + 1);
}

function providerIn(model: string): string | undefined {
  const colon = model.indexOf(':');
  return colon === -1 ? undefined : model.slice(0, colon);
}

function declare(params: unknown): void {
  const { model, middleware, name } = fields(params);
  for (const each of list(middleware)) {
    const fallbacks = typeof each === 'object' && each !== null ? known.get(each) : undefined;
    if (fallbacks === undefined) continue;
    fallbacks.agent = text(name);
    inJob(fallbacks.agent, () => listWith(fallbacks, model));
  }
}

type Handler = (request: unknown) => unknown;

function watch(made: unknown, models: readonly unknown[], live: LiveRecorder): void {
  if (typeof made !== 'object' || made === null) return;
  const own = made as { wrapModelCall?: unknown };
  const original = own.wrapModelCall;
  if (typeof original !== 'function') return;
  const fallbacks: Fallbacks = { models, agent: undefined, lists: new Map() };
  known.set(made, fallbacks);
  own.wrapModelCall = function (this: unknown, request: unknown, handler: Handler, ...rest: unknown[]): unknown {
    const read = (): TargetList | undefined => listWith(fallbacks, fields(request).model);
    const found = live() === undefined ? undefined : guarded('a list of models could not be read', read, undefined);
    if (found === undefined) return original.call(this, request, handler, ...rest);
    const run = startRun(found, fallbacks.agent);
    let index = 0;
    // The agent's model first, then each of the others.
    const asked: Handler = (given) => run.attempt(index++, () => handler(given));
    return original.call(this, request, asked, ...rest);
  };
}
