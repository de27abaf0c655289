/**
 * Records the calls of objects with `doGenerate`, `doStream` or `doEmbed`: the AI SDK's models, whoever made them. Each method is wrapped once,
 * where it is defined, on the class or on the object itself. The app keeps the objects that it made.
 */
import { activeChainName } from '../base/chain-name.ts';
import { activeModelCall, type ModelCall, runInModelCall } from '../base/model-call.ts';
import { MODEL_LIST, WATCHED_MODEL } from '../base/process-keys.ts';
import { fields, list, text } from '../base/read.ts';
import { guarded, reportOnce } from '../base/report.ts';
import { declarationsIn, mayDeclare } from '../call/route/declarations.ts';
import { failModel } from '../drill/failing-sdks.ts';
import type { Call, CallAnswer, CallRequest, ReadHeader } from '../types/call.ts';
import type { LiveRecorder } from '../types/library.ts';
import { embeddingAnswer, embeddingRequest } from './embedding-model.ts';
import { languageAnswer, languageReader, languageRequest } from './language-model.ts';
import { activeAsking, runAsking } from './listed.ts';
import { watchParts } from './parts.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Of models that `wrapLanguageModel` made: the model inside. */
const inner = new WeakMap<object, object>();

/** Marks a method that asks other models in turn, so that it is no call itself. */
export function markList<T extends object>(method: T): T {
  return Object.assign(method, { [MODEL_LIST]: true });
}

/** Notes which model a middleware stands before. */
export function noteInner(outer: unknown, model: unknown): void {
  if (isObject(outer) && isObject(model)) inner.set(outer, model);
}

/** Whether a model asks others in turn, each of which is watched itself. */
function isList(model: unknown): boolean {
  for (let at: unknown = model; isObject(at); at = inner.get(at)) {
    const { doGenerate, doEmbed } = fields(at);
    if ([doGenerate, doEmbed].some((method) => typeof method === 'function' && MODEL_LIST in method)) return true;
  }
  return false;
}

/** Watches a model from now on. Anything else is left alone; never throws. */
export function watchModel(model: unknown, live: LiveRecorder): void {
  if (!isObject(model)) return;
  guarded('a model could not be watched', () => watchMethods(model, live), undefined);
}

function watchMethods(model: object, live: LiveRecorder): void {
  if (isList(model)) return;
  for (const { method, ...reading } of METHODS) watchMethod(model, method, reading, live);
}

/** How a method is read. */
interface Reading {
  request(model: unknown, options: unknown): CallRequest | undefined;
  /** Ends the call by what the method resolved to, and returns what the caller gets. */
  end(model: unknown, value: unknown, call: Call, state: ModelCall): unknown;
}

const METHODS: readonly (Reading & { readonly method: string })[] = [
  {
    method: 'doGenerate',
    request: (model, options) => languageRequest(model, options, false),
    end(model, value, call, state) {
      endWhole(
        value,
        call,
        fromCache(model, state, () => languageAnswer(model, value, call.readsOutput)),
      );
      return value;
    },
  },
  {
    method: 'doStream',
    request: (model, options) => languageRequest(model, options, true),
    end(model, value, call, state) {
      const reader = languageReader(model, call.readsOutput);
      const answer = fromCache(model, state, () => reader.answer());
      return watchParts(value, {
        reader: { read: (part) => reader.read(part), answer },
        call,
        header: headerOf(value),
      });
    },
  },
  {
    method: 'doEmbed',
    request: embeddingRequest,
    end(_, value, call) {
      endWhole(value, call, () => embeddingAnswer(value));
      return value;
    },
  },
];

function endWhole(value: unknown, call: Call, read: () => CallAnswer): void {
  if (!call.wanted) {
    call.unread();
    return;
  }
  const answer = read();
  call.answered({ value, streamed: false, answer });
  call.end(answer, headerOf(value));
}

/** A middleware that answered without its model had the answer already. */
function fromCache(model: unknown, state: ModelCall, read: () => CallAnswer): () => CallAnswer {
  const cached = !state.reached && isObject(model) && inner.has(model);
  return cached ? () => ({ ...read(), cache: 'exact' }) : read;
}

function headerOf(value: unknown): ReadHeader {
  const { headers } = fields(fields(value).response);
  return (name) => text(fields(headers)[name]);
}

function watchMethod(model: object, name: string, reading: Reading, live: LiveRecorder): void {
  const holder = holderOf(model, name);
  const descriptor = holder && Object.getOwnPropertyDescriptor(holder, name);
  const original: unknown = descriptor?.value;
  if (holder === undefined || typeof original !== 'function' || WATCHED_MODEL in original || MODEL_LIST in original)
    return;
  const wrapped = Object.assign(recorded(original as Method, reading, live), { [WATCHED_MODEL]: true });
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(wrapped, key, { value: original[key], configurable: true });
  }
  Object.defineProperty(holder, name, { ...descriptor, value: wrapped });
}

/** Where the method is defined: the object itself or a class of its. */
function holderOf(model: object, name: string): object | undefined {
  for (let at: unknown = model; isObject(at); at = Object.getPrototypeOf(at)) if (Object.hasOwn(at, name)) return at;
  return undefined;
}

function recorded(original: Method, reading: Reading, live: LiveRecorder): Method {
  return function wrapped(this: unknown, ...args: unknown[]): unknown {
    const list = activeAsking();
    if (list !== undefined && live() !== undefined) {
      return list.ask(this, () => runAsking(undefined, () => wrapped.apply(this, args)));
    }
    const around = activeModelCall();
    if (around !== undefined) around.reached = true;
    const recorder = around !== undefined || isList(this) ? undefined : live();
    const call =
      recorder && guarded('a call could not be begun', () => begin(this, args, reading, recorder), undefined);
    if (call === undefined) return original.apply(this, args);
    const { injection } = call;
    if (injection === undefined || !isObject(this)) {
      return watched(this, call, reading, () => original.apply(this, args));
    }
    const fails = { attempt: injection, target: call.request.model };
    return watched(this, call, reading, () => failModel(this, fails, (model) => original.apply(model, args)));
  };
}

function begin(
  model: unknown,
  args: readonly unknown[],
  reading: Reading,
  recorder: NonNullable<ReturnType<LiveRecorder>>,
): Call | undefined {
  const read = reading.request(model, args[0]);
  if (read === undefined) return undefined;
  const chain = activeChainName();
  const own = declaredIn(model, args[0], read);
  const declared = own === undefined || chain === undefined ? own : { ...own, chain };
  return recorder.begin({ ...read, chain, declared }, args);
}

/** The fallbacks that a request names to a gateway behind the model. */
function declaredIn(model: unknown, options: unknown, { server, provider }: CallRequest): CallRequest['declared'] {
  const { providerOptions } = fields(options);
  const { modelId, provider: own, settings } = fields(model);
  const name = text(own)?.split('.', 1)[0] ?? '';
  // The SDK's providers put these options into the body, under the name of the provider. Vercel's gateway has a form of its own.
  const extra = name === 'gateway' ? fields(undefined) : fields(fields(providerOptions)[name]);
  const models = extra.models ?? (list(fields(settings).models).length > 0 ? fields(settings).models : undefined);
  const { fallbacks } = extra;
  const body = {
    model: modelId,
    providerOptions,
    ...(models !== undefined && { models }),
    ...(fallbacks !== undefined && { fallbacks }),
  };
  if (!mayDeclare(body, false, [])) return undefined;
  return declarationsIn({ body, header: () => undefined, host: server?.address, library: provider, middleware: [] })[0];
}

function watched(model: unknown, call: Call, reading: Reading, original: () => unknown): unknown {
  const state: ModelCall = { open: true, reached: false };
  let result: unknown;
  let begun = false;
  let done = false;
  const run = (): unknown => {
    begun = true;
    result = original();
    done = true;
    return result;
  };
  try {
    runInModelCall(state, () => call.run(run));
  } catch (error) {
    state.open = false;
    if (begun && !done) {
      call.fail(error);
      throw error;
    }
    reportOnce('a call could not be run', error);
    if (!begun) run();
  }
  return Promise.resolve(result).then(
    (value) => {
      state.open = false;
      return guarded('an answer could not be read', () => reading.end(model, value, call, state), value);
    },
    (error: unknown) => {
      state.open = false;
      call.fail(error, undefined, errorHeader(error));
      throw error;
    },
  );
}

/** Of the SDK's `APICallError`. */
function errorHeader(error: unknown): ReadHeader {
  const { responseHeaders } = fields(error);
  return (name) => text(fields(responseHeaders)[name]);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
