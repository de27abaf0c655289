/**
 * The AI SDK (`ai` 5 to 7): its functions take a model and ask it. Which models they are given is read here, and the job's name; a call is
 * recorded where the model itself is asked (`watch.ts`), so that no telemetry option hides it.
 */

import { inJob } from '../base/chain-name.ts';
import { PATCHED } from '../base/process-keys.ts';
import { fields, text } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import type { LiveRecorder, PatchedLibrary } from '../types/library.ts';
import { noteInner, watchModel } from './watch.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Take `{ model }`, an object or the name of one. */
const CALLS = [
  'generateText',
  'streamText',
  'generateObject',
  'streamObject',
  'experimental_streamTextLowMemory',
  'experimental_streamLanguageModelCall',
  'experimental_extract',
  'experimental_decide',
];
const EMBEDS = ['embed', 'embedMany'];
/** Put a middleware before a model. */
const WRAPPERS = ['wrapLanguageModel', 'wrapEmbeddingModel'];
/** Classes that keep a model and call the functions from inside the module. */
const AGENTS = ['ToolLoopAgent', 'Experimental_Agent'];

export const AI: PatchedLibrary = {
  module: 'ai',
  majors: [5, 6, 7],
  patch(exported, live) {
    const see = modelsOf(exported, live);
    const replaced = new Map<string, unknown>();
    const replace = (names: readonly string[], wrap: (original: Method) => Method): void => {
      for (const name of names) {
        const original = fields(exported)[name];
        if (typeof original === 'function') replaced.set(name, like(wrap(original as Method), original));
      }
    };
    replace(CALLS, (original) => called(original, see.language, live));
    replace(EMBEDS, (original) => called(original, see.embedding, live));
    replace(WRAPPERS, (original) => wrapping(original, see.language));
    for (const name of AGENTS) patchAgent(fields(exported)[name], see.language, live);
    return replaced;
  },
};

type See = (model: unknown) => void;

/** A model's name stands for what the app's default provider makes of it, else Vercel's gateway. */
function modelsOf(exported: unknown, live: LiveRecorder): { readonly language: See; readonly embedding: See } {
  const named = (id: string, methods: readonly string[]): unknown => {
    const global = (globalThis as { readonly AI_SDK_DEFAULT_PROVIDER?: unknown }).AI_SDK_DEFAULT_PROVIDER;
    const provider: unknown = global ?? fields(exported).gateway;
    for (const method of methods) {
      const make = (provider as Record<string, unknown> | undefined)?.[method];
      if (typeof make === 'function') return make.call(provider, id);
    }
    return undefined;
  };
  const see = (methods: readonly string[]): See => {
    return (model) => {
      // What is wrong with a name is the SDK's to say.
      const found = typeof model === 'string' ? tried(() => named(model, methods)) : model;
      watchModel(found, live);
    };
  };
  return { language: see(['languageModel']), embedding: see(['embeddingModel', 'textEmbeddingModel']) };
}

function tried<T>(fn: () => T): T | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
}

function called(original: Method, see: See, live: LiveRecorder): Method {
  return function (this: unknown, ...args: unknown[]): unknown {
    if (live() === undefined) return original.apply(this, args);
    const [options, ...rest] = args;
    guarded('a model could not be looked at', () => see(fields(options).model), undefined);
    const given = guarded('the steps of a call could not be watched', () => withSteps(options, see), options);
    return inJob(nameIn(options), () => original.apply(this, [given, ...rest]));
  };
}

function nameIn(options: unknown): string | undefined {
  const { experimental_telemetry, telemetry } = fields(options);
  return text(fields(telemetry).functionId) ?? text(fields(experimental_telemetry).functionId);
}

/** A step may go to another model. */
function withSteps(options: unknown, see: See): unknown {
  const { prepareStep, experimental_prepareStep } = fields(options);
  const given = prepareStep ?? experimental_prepareStep;
  if (typeof given !== 'function') return options;
  const watched = async (...args: unknown[]): Promise<unknown> => {
    const prepared: unknown = await given(...args);
    see(fields(prepared).model);
    return prepared;
  };
  return { ...fields(options), prepareStep: watched };
}

function wrapping(original: Method, see: See): Method {
  return function (this: unknown, ...args: unknown[]): unknown {
    const made = original.apply(this, args);
    const model = fields(args[0]).model;
    see(model);
    noteInner(made, model);
    return made;
  };
}

/** `prepareCall`, where there is one, has the last word on the model. */
function patchAgent(agent: unknown, see: See, live: LiveRecorder): void {
  const prototype = typeof agent === 'function' ? (agent.prototype as Record<string, unknown> | undefined) : undefined;
  if (prototype === undefined) return;
  for (const name of ['generate', 'stream']) {
    replaceOnce(prototype, name, (original) => {
      return function (this: unknown, ...args: unknown[]): unknown {
        if (live() === undefined) return original.apply(this, args);
        const { settings } = fields(this);
        guarded('a model could not be looked at', () => see(fields(settings).model), undefined);
        return inJob(nameIn(settings) ?? text(fields(settings).id), () => original.apply(this, args));
      };
    });
  }
  replaceOnce(prototype, 'prepareCall', (original) => {
    return async function (this: unknown, ...args: unknown[]): Promise<unknown> {
      const prepared: unknown = await original.apply(this, args);
      if (live() === undefined) return prepared;
      guarded('a model could not be looked at', () => see(fields(prepared).model), undefined);
      return guarded('the steps of a call could not be watched', () => withSteps(prepared, see), prepared);
    };
  });
}

function replaceOnce(prototype: Record<string, unknown>, name: string, wrap: (original: Method) => Method): void {
  const original = prototype[name];
  if (typeof original !== 'function' || PATCHED in original) return;
  prototype[name] = Object.assign(like(wrap(original as Method), original), { [PATCHED]: true });
}

function like<T extends object>(wrapped: T, original: object): T {
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(wrapped, key, { value: Reflect.get(original, key), configurable: true });
  }
  return wrapped;
}
