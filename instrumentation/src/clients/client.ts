/** A client library as the instrumentation sees it, and the table's types. No patching here. */
import { type Patch, prototypeAt } from './patch.ts';

export interface Client {
  readonly module: string;
  /** Semver ranges whose internals were looked at. */
  readonly versions: readonly string[];
  /** The export that is the client's class; the default export is the same one. */
  readonly className: string;
  readonly patches: readonly Patch[];
  /** What else is patched in the module's exports; returns what takes it off. */
  readonly patchExports?: (exported: unknown) => () => void;
  /** Files whose exports `patchExports` takes as well: a CJS build's own exports may be getters of theirs. As `require` names them. */
  readonly files?: readonly string[];
}

/**
 * The client's class in a module's exports, of ESM or CJS, or the class itself: the first that has anything to patch. CJS
 * exports may be a function that constructs the class, and a class may carry its base class under its own name.
 */
export function classIn(exported: unknown, client: Client): unknown {
  const isFunction = typeof exported === 'function';
  if (!isFunction && (typeof exported !== 'object' || exported === null)) return undefined;
  const names = exported as Readonly<Record<string, unknown>>;
  return [exported, names[client.className], names.default].find((found) =>
    client.patches.some(({ path }) => prototypeAt(found, path) !== undefined),
  );
}
