/** A client library as the instrumentation sees it, and the table's types. No patching here. */
import type { Patch } from './patch.ts';

export interface Client {
  readonly module: string;
  /** Semver ranges whose internals were looked at. */
  readonly versions: readonly string[];
  /** The export that is the client's class; the default export is the same one. */
  readonly className: string;
  readonly patches: readonly Patch[];
}

/** The client's class in a module's exports, of ESM or CJS. The class itself is returned as it is. */
export function classIn(exported: unknown, className: string): unknown {
  const isFunction = typeof exported === 'function';
  if (!isFunction && (typeof exported !== 'object' || exported === null)) return undefined;
  // CJS exports may be a function that constructs the class, with the class as its property.
  const names = exported as Readonly<Record<string, unknown>>;
  return names[className] ?? names.default ?? (isFunction ? exported : undefined);
}
