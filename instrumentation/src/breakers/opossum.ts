/**
 * opossum 9 and 10: `call` runs the action (and `fire` goes through it), `fallback` is given the function that serves instead.
 * https://nodeshift.dev/opossum
 */
import type { BreakerFacts } from '../types/attempt.ts';
import { runFallback, runGuarded } from './guarded-run.ts';
import type { BreakerLibrary } from './library.ts';
import { replaceMethod } from './replace-method.ts';

/** The part of a CircuitBreaker that is read. */
interface Opossum {
  readonly name?: unknown;
  readonly opened?: unknown;
  readonly halfOpen?: unknown;
  fire(...args: readonly unknown[]): unknown;
}

type Fallback = (...args: unknown[]) => unknown;

/** Breakers that have a fallback: the others are no ladder. */
const withFallback = new WeakSet<object>();

export const OPOSSUM: BreakerLibrary = {
  module: 'opossum',
  versions: ['>=8 <11'],
  patch(exported) {
    const prototype = prototypeOf(exported);
    if (prototype === undefined) return () => {};
    const undoCall = replaceMethod(prototype, 'call', (original) => {
      return function call(this: Opossum, ...args: unknown[]): unknown {
        const name = withFallback.has(this) && typeof this.name === 'string' ? this.name : undefined;
        return runGuarded(
          this,
          name,
          () => factsOf(this),
          () => original.apply(this, args),
        );
      };
    });
    const undoFallback = replaceMethod(prototype, 'fallback', (original) => {
      return function fallback(this: Opossum, serves: unknown, ...rest: unknown[]): unknown {
        const run = fallbackOf(serves);
        if (run === undefined) return original.apply(this, [serves, ...rest]);
        withFallback.add(this);
        const wrapped: Fallback = (...args) =>
          runFallback(
            args.at(-1),
            () => factsOf(this),
            () => run(...args),
          );
        return original.apply(this, [wrapped, ...rest]);
      };
    });
    return () => {
      undoCall();
      undoFallback();
    };
  },
};

function prototypeOf(exported: unknown): object | undefined {
  const candidates = [exported, (exported as { readonly default?: unknown } | undefined)?.default];
  for (const candidate of candidates) {
    if (typeof candidate !== 'function') continue;
    const prototype: unknown = candidate.prototype;
    if (typeof prototype === 'object' && prototype !== null && 'fire' in prototype && 'fallback' in prototype) {
      return prototype;
    }
  }
  return undefined;
}

/** As opossum does it: another breaker serves by being fired. */
function fallbackOf(serves: unknown): Fallback | undefined {
  if (typeof serves === 'function') return (...args) => serves.apply(serves, args);
  const breaker = serves as Opossum | null | undefined;
  return typeof breaker?.fire === 'function' ? (...args) => breaker.fire(...args) : undefined;
}

function factsOf({ name, opened, halfOpen }: Opossum): BreakerFacts {
  const state = opened === true ? 'open' : halfOpen === true ? 'half_open' : 'closed';
  return { name: typeof name === 'string' ? name : undefined, state };
}
