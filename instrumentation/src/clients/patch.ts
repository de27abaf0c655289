/**
 * A method of a client's prototype in, the same method recorded out. Whatever fails in our own code, the original runs exactly
 * once, and its result or error is the caller's.
 */

import { activeChainName } from '../base/chain-name.ts';
import { activeModelCall } from '../base/model-call.ts';
import { PATCHED } from '../base/process-keys.ts';
import { guarded, reportOnce } from '../base/report.ts';
import { foreignTracing } from '../call/enrich.ts';
import type { Recorder } from '../call/record.ts';
import { activeAttempt } from '../call/scope.ts';
import { failCall } from '../drill/failing-sdks.ts';
import type { Call, Operation } from '../types/call.ts';
import { type Client, type Patch, placesIn } from './client.ts';
import { declaredLists } from './declared-lists.ts';
import { watchResult } from './watched-result.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Takes a patch off again. */
export type Undo = () => void;

/**
 * Patches what `exported` (a module's exports, or the client's class) has of the client's methods; older majors lack some. Returns
 * what takes the patches off again; undefined where there was nothing to patch. `byHand` as for {@link placesIn}.
 */
export function patchClient(exported: unknown, client: Client, recorder: Recorder, byHand = false): Undo | undefined {
  const places = placesIn(exported, client, byHand);
  if (places.length === 0) return undefined;
  return all(
    places.map(
      ({ owner, getters, patches }) =>
        () =>
          patchAt(owner, getters, patches, recorder),
    ),
  );
}

const UNPATCHED = 'a method of a client could not be patched';

/** Applies each patch, whatever becomes of the others. */
function all(patches: readonly (() => Undo)[]): Undo {
  const undo = patches.map((patch) => guarded(UNPATCHED, patch, () => {}));
  return () => {
    for (const each of undo) each();
  };
}

/** Behind getters, the methods are patched when the first object that has them is there. */
function patchAt(
  owner: object,
  [getter, ...more]: readonly string[],
  patches: readonly Patch[],
  recorder: Recorder,
): Undo {
  if (getter === undefined) return all(patches.map((patch) => () => patchMethod(owner, patch, recorder)));
  const own = Object.getOwnPropertyDescriptor(owner, getter);
  const original = own?.get;
  if (own === undefined || original === undefined) return () => {};
  let undo: Undo | undefined;
  const get = function (this: unknown): unknown {
    const found: unknown = original.call(this);
    if (undo === undefined && typeof found === 'object' && found !== null) {
      undo = guarded(
        UNPATCHED,
        () => patchAt(Object.getPrototypeOf(found), more, patches, recorder),
        () => {},
      );
    }
    return found;
  };
  Object.defineProperty(owner, getter, { ...own, get });
  return () => {
    undo?.();
    undo = () => {};
    if (Object.getOwnPropertyDescriptor(owner, getter)?.get === get) Object.defineProperty(owner, getter, own);
  };
}

function patchMethod(owner: object, { method, operation }: Patch, recorder: Recorder): Undo {
  const methods = owner as Record<string, unknown>;
  const original = methods[method];
  // A second copy of this package, or a second registration, must not record a call twice.
  if (typeof original !== 'function' || PATCHED in original) return () => {};
  // An inherited one stays as it is for the other classes that have it.
  const isOwn = Object.hasOwn(methods, method);
  const wrapped = Object.assign(recorded(original as Method, operation, recorder), { [PATCHED]: true });
  Object.defineProperty(methods, method, {
    configurable: true,
    writable: true,
    enumerable: isOwn && Object.prototype.propertyIsEnumerable.call(methods, method),
    value: wrapped,
  });
  return () => {
    if (methods[method] !== wrapped) return;
    if (isOwn) methods[method] = original;
    else delete methods[method];
  };
}

function recorded(original: Method, operation: Operation, recorder: Recorder): Method {
  const wrapped = isWrapped(original);
  return function (this: unknown, ...args: unknown[]): unknown {
    // A model object that asks by this client is the call.
    const around = activeModelCall();
    if (around !== undefined) {
      around.reached = true;
      return original.apply(this, args);
    }
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
      result = answered(call, this, args, original);
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
    return watchResult(result, call, operation);
  };
}

/** What the client makes of the call, or of one that a drill makes fail. */
function answered(call: Call | undefined, resource: unknown, args: unknown[], original: Method): unknown {
  const attempt = call?.injection;
  if (attempt === undefined) return original.apply(resource, args);
  return failCall(resource, { attempt, target: call?.request.model }, () => original.apply(resource, args));
}

function begin(
  resource: unknown,
  args: readonly unknown[],
  wrapped: boolean,
  operation: Operation,
  recorder: Recorder,
): Call | undefined {
  const read = operation.request(resource, ...args);
  if (read === undefined) return undefined;
  const chain = activeChainName();
  const found = declaredLists(operation, resource, args, read, chain);
  const declared = found[0];
  const native = read.native ?? (wrapped ? foreignTracing : undefined);
  // withRoute() may name the schema that the wire does not.
  const scope = activeAttempt();
  const schema = read.schema ?? (scope?.carriesOutcome === 'leaf' ? scope.schema?.jsonSchema : undefined);
  const known = declared === undefined && chain === undefined && native === read.native && schema === read.schema;
  if (known) return recorder.begin(read, args);
  const lists = found.length > 1 ? { ladders: found } : { declared };
  return recorder.begin({ ...read, ...lists, chain, native, schema }, args);
}

/** Wrapped by another instrumentation before us: shimmer, which they all use, marks what it wraps. */
function isWrapped(method: Method): boolean {
  return '__original' in method;
}
