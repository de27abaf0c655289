/** A client library as the instrumentation sees it, and where its methods are found. No patching here. */
import { fields } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import type { Operation } from '../types/call.ts';

/** A client library: what is patched in it, and how its calls are read. */
export interface Client {
  /** The package, as an app imports it. */
  readonly module: string;
  /** Semver ranges whose internals were looked at. Other versions are left alone. */
  readonly versions: readonly string[];
  /** The export that is the client's class; the default export may be the same one. */
  readonly className: string;
  readonly patches: readonly Patch[];
  /** What else is patched in the module's exports; returns what takes it off. */
  readonly patchExports?: (exported: unknown) => () => void;
  /**
   * Files of the package whose exports are patched as well, as `require` names them: what a CJS build's own exports are getters of, and
   * what other packages load past the main entry.
   */
  readonly files?: readonly string[];
  /** How other packages import these files from ES modules. */
  readonly imports?: readonly string[];
}

/** One method to patch: where it stands, and how its calls are read. */
export interface Patch {
  /**
   * Where the object stands whose method it is: the names of static classes from the client's class on (`['Chat', 'Completions']`), of
   * which it is the prototype, or a function that finds it in what the module exports.
   */
  readonly path: readonly string[] | ((exported: unknown) => object | undefined);
  /** Getters of that object, one after the other, whose result has the method: its class is patched when it is first asked for. */
  readonly getters?: readonly string[];
  readonly method: string;
  readonly operation: Operation;
}

/** An object that has methods of a client, itself or behind getters. */
export interface Place {
  readonly owner: object;
  readonly getters: readonly string[];
  readonly patches: readonly Patch[];
}

/**
 * The places in a module's exports where the client's methods are. `byHand`: somebody handed over a class, or exports, that may be
 * another library's, so the class must have the client's name.
 */
export function placesIn(exported: unknown, client: Client, byHand = false): readonly Place[] {
  const first = classIn(exported, client);
  const found = byHand && !descendsFrom(first, client.className) ? undefined : first;
  const places: { owner: object; getters: readonly string[]; patches: Patch[] }[] = [];
  for (const patch of client.patches) {
    const { path, getters = [] } = patch;
    const find = (): object | undefined => (typeof path === 'function' ? path(exported) : prototypeAt(found, path));
    const owner = guarded(`${client.module} could not be found in its exports`, find, undefined);
    if (owner === undefined) continue;
    const known = places.find((each) => each.owner === owner && String(each.getters) === String(getters));
    if (known === undefined) places.push({ owner, getters, patches: [patch] });
    else known.patches.push(patch);
  }
  return places;
}

/**
 * The client's class in a module's exports, of ESM or CJS, or the class itself: the first that has anything to patch. CJS
 * exports may be a function that constructs the class, and a class may carry its base class under its own name.
 */
function classIn(exported: unknown, client: Client): unknown {
  const isFunction = typeof exported === 'function';
  if (!isFunction && (typeof exported !== 'object' || exported === null)) return undefined;
  const names = exported as Readonly<Record<string, unknown>>;
  return [exported, names[client.className], names.default].find((found) =>
    client.patches.some(({ path }) => typeof path !== 'function' && prototypeAt(found, path) !== undefined),
  );
}

/** The class that a module exports by this name, or that was given in its place. */
export function exportedClass(exported: unknown, name: string): (abstract new (...args: never) => object) | undefined {
  const found = typeof exported === 'function' && exported.name === name ? exported : fields(exported)[name];
  return typeof found === 'function' ? (found as never) : undefined;
}

/** The prototype of the class that stands at `path` below `client`. */
function prototypeAt(client: unknown, path: readonly string[]): object | undefined {
  let at: unknown = client;
  for (const name of path) {
    if (typeof at !== 'function') return undefined;
    at = (at as unknown as Record<string, unknown>)[name];
  }
  if (typeof at !== 'function') return undefined;
  const prototype: unknown = at.prototype;
  return typeof prototype === 'object' && prototype !== null ? prototype : undefined;
}

/** The class itself or a subclass of it (AzureOpenAI), whatever a bundler renamed it to last. */
function descendsFrom(found: unknown, className: string): boolean {
  for (let at = found; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    if (at.name === className) return true;
  }
  return false;
}
