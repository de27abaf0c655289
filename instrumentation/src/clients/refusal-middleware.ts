/**
 * Anthropic's `betaRefusalFallbackMiddleware([...])` names its fallbacks in a closure: the function that makes it is wrapped, so
 * that they are known from the first call on. What it returns is the client's own middleware.
 */

import { fields, list } from '../base/read.ts';
import { guarded } from '../base/report.ts';

const NAME = 'betaRefusalFallbackMiddleware';
const declared = new WeakMap<object, readonly unknown[]>();

/**
 * Wraps the maker in a module's exports, where they can be written: those of an ES module can, through its hook, and those of the file
 * that a CJS build defines it in.
 */
export function patchRefusalMiddleware(exported: unknown): () => void {
  const names = fields(exported) as Record<string, unknown>;
  const original = names[NAME];
  if (typeof original !== 'function') return () => {};
  const wrapped = (...args: unknown[]): unknown => {
    const made: unknown = original(...args);
    guarded(
      'the fallbacks of a middleware could not be kept',
      () => {
        if (typeof made === 'function') declared.set(made, list(args[0]));
      },
      undefined,
    );
    return made;
  };
  try {
    names[NAME] = wrapped;
  } catch {
    // The exports of a CJS build are getters of that file's.
    return () => {};
  }
  return () => {
    names[NAME] = original;
  };
}

/** The entries (`{ model }`) of the refusal middlewares among those of a client and of a request. */
export function middlewareFallbacks(client: unknown, options: unknown): readonly unknown[] {
  const ofClient = list(fields(client).middleware);
  const ofRequest = list(fields(options).middleware);
  if (ofClient.length === 0 && ofRequest.length === 0) return ofClient;
  return [...ofClient, ...ofRequest].flatMap((middleware) =>
    typeof middleware === 'function' ? (declared.get(middleware) ?? []) : [],
  );
}
