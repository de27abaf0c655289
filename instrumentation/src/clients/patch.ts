/**
 * A method of a client's prototype in, the same method recorded out. Whatever fails in our own code, the original runs exactly
 * once, and its result or error is the caller's.
 */

import { activeChainName } from '../base/chain-name.ts';
import { fields, text } from '../base/read.ts';
import { guarded, reportOnce } from '../base/report.ts';
import { foreignTracing } from '../call/enrich.ts';
import type { Recorder } from '../call/record.ts';
import { declarationsIn, mayDeclare } from '../call/route/declarations.ts';
import { activeAttempt } from '../call/scope.ts';
import type { Call, CallRequest, Operation } from '../types/call.ts';
import type { Declaration } from '../types/declaration.ts';
import {
  isApiPromise,
  isBareStream,
  isPlainPromise,
  watchApiPromise,
  watchBareStream,
  watchPromise,
} from './api-promise.ts';
import { middlewareFallbacks } from './refusal-middleware.ts';

/** One method to patch: where it stands in the client's exports, and how its calls are read. */
export interface Patch {
  /** Of the class whose prototype has the method, from the client's class on: `Chat.Completions`. */
  readonly path: readonly string[];
  readonly method: string;
  readonly operation: Operation;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

const PATCHED = Symbol.for('llm_fallback.patched');

/** Patches what `client` has of `patches`; older majors lack some. Returns what takes the patches off again. */
export function patchClient(client: unknown, patches: readonly Patch[], recorder: Recorder): () => void {
  const undo = patches.map((patch) =>
    guarded(
      UNPATCHED,
      () => patchMethod(client, patch, recorder),
      () => {},
    ),
  );
  return () => {
    for (const take of undo) take();
  };
}

const UNPATCHED = 'a method of a client could not be patched';

function patchMethod(client: unknown, { path, method, operation }: Patch, recorder: Recorder): () => void {
  const prototype = prototypeAt(client, path);
  const original: unknown = prototype?.[method];
  // A second copy of this package, or a second registration, must not record a call twice.
  if (prototype === undefined || typeof original !== 'function' || PATCHED in original) return () => {};
  const wrapped = Object.assign(recorded(original as Method, operation, recorder), { [PATCHED]: true });
  prototype[method] = wrapped;
  return () => {
    if (prototype[method] === wrapped) prototype[method] = original;
  };
}

function recorded(original: Method, operation: Operation, recorder: Recorder): Method {
  const wrapped = isWrapped(original);
  return function (this: unknown, ...args: unknown[]): unknown {
    let call: Call | undefined;
    try {
      call = begin(this, args, wrapped, operation, recorder);
    } catch (error) {
      reportOnce('a call could not be begun', error);
    }
    if (call === undefined) return original.apply(this, args);
    let result: unknown;
    let begun = false;
    let done = false;
    const run = (): unknown => {
      begun = true;
      result = original.apply(this, args);
      done = true;
      return result;
    };
    try {
      call.run(run);
    } catch (error) {
      if (begun && !done) {
        call.fail(error);
        throw error;
      }
      reportOnce('a call could not be run', error);
      if (!begun) run();
    }
    try {
      if (isApiPromise(result)) return watchApiPromise(result, call, operation);
      if (isPlainPromise(result)) return watchPromise(result, call, operation);
      if (isBareStream(result)) watchBareStream(result, call, operation);
      else call.unread();
    } catch (error) {
      reportOnce('a call could not be watched', error);
    }
    return result;
  };
}

function begin(
  resource: unknown,
  args: readonly unknown[],
  wrapped: boolean,
  operation: Operation,
  recorder: Recorder,
): Call | undefined {
  const read = operation.request(resource, args[0], args[1]);
  if (read === undefined) return undefined;
  const chain = activeChainName();
  const found = declaredIn(resource, args[0], args[1], read);
  const [declared, ...more] = found === undefined || chain === undefined ? (found ?? NONE) : named(found, chain);
  const native = read.native ?? (wrapped ? foreignTracing : undefined);
  // withRoute() may name the schema that the wire does not.
  const scope = activeAttempt();
  const schema = read.schema ?? (scope?.carriesOutcome === 'leaf' ? scope.schema?.jsonSchema : undefined);
  const known = declared === undefined && chain === undefined && native === read.native && schema === read.schema;
  if (known) return recorder.begin(read);
  const lists = declared === undefined || more.length === 0 ? { declared } : { ladders: [declared, ...more] };
  return recorder.begin({ ...read, ...lists, chain, native, schema });
}

const NONE: readonly Declaration[] = [];

/** The user's name in place of the one that was made. Of several lists each keeps what tells it from the others. */
function named(found: readonly Declaration[], chain: string): readonly Declaration[] {
  if (found.length < 2) return found.map((each) => ({ ...each, chain }));
  return found.map((each) => ({ ...each, chain: `${chain} (${each.chain})` }));
}

function declaredIn(
  resource: unknown,
  body: unknown,
  options: unknown,
  read: CallRequest,
): readonly Declaration[] | undefined {
  const client = fields(resource)._client;
  const setsHeaders =
    fields(options).headers !== undefined || fields(fields(client)._options).defaultHeaders !== undefined;
  const middleware = middlewareFallbacks(client, options);
  if (!mayDeclare(body, setsHeaders, middleware)) return undefined;
  return readDeclaration(client, body, options, middleware, read);
}

// A function of its own, so that nothing is made for its closure by calls that declare nothing.
function readDeclaration(
  client: unknown,
  body: unknown,
  options: unknown,
  middleware: readonly unknown[],
  { server, provider }: CallRequest,
): readonly Declaration[] {
  const header = (name: string): string | undefined => requestHeader(name, options, client);
  return declarationsIn({ body, header, host: server?.address, library: provider, middleware });
}

/** Wrapped by another instrumentation before us: shimmer, which they all use, marks what it wraps. */
function isWrapped(method: Method): boolean {
  return '__original' in method;
}

/** What the caller set, on the request or on the client. Names in any case, as objects of headers are written by hand. */
function requestHeader(name: string, options: unknown, client: unknown): string | undefined {
  for (const headers of [fields(options).headers, fields(fields(client)._options).defaultHeaders]) {
    if (headers instanceof Headers) {
      const found = headers.get(name);
      if (found !== null) return found;
    } else if (typeof headers === 'object' && headers !== null) {
      const key = Object.keys(headers).find((known) => known.toLowerCase() === name);
      if (key !== undefined) return text(fields(headers)[key]);
    }
  }
  return undefined;
}

/** The prototype of the class that stands at `path` below `client`. */
export function prototypeAt(client: unknown, path: readonly string[]): Record<string, unknown> | undefined {
  let at: unknown = client;
  for (const name of path) {
    if (typeof at !== 'function') return undefined;
    at = (at as unknown as Record<string, unknown>)[name];
  }
  if (typeof at !== 'function') return undefined;
  const prototype: unknown = at.prototype;
  return typeof prototype === 'object' && prototype !== null ? (prototype as Record<string, unknown>) : undefined;
}
