/**
 * cockatiel 3 and 4: a FallbackPolicy calls `value()` where what it wraps failed, a CircuitBreakerPolicy has a state. Policies
 * have no names: a chain is only what `declareBreaker()` made one. https://github.com/connor4312/cockatiel
 */
import type { BreakerState } from '@warmspare/semconv';
import type { BreakerFacts } from '../types/attempt.ts';
import { runBeside, runFallback, runGuarded } from './guarded-run.ts';
import type { BreakerLibrary } from './library.ts';
import { replaceMethod } from './replace-method.ts';

/** `CircuitState`, an enum of the library. */
const STATES: readonly BreakerState[] = ['closed', 'open', 'half_open', 'open'];

interface FallbackPolicy {
  readonly value: () => unknown;
}

type Action = (...args: unknown[]) => unknown;

export const COCKATIEL: BreakerLibrary = {
  module: 'cockatiel',
  versions: ['>=3 <5'],
  patch(exported) {
    const undoFallback = onExecute(exported, 'FallbackPolicy', (original) => {
      return function execute(this: FallbackPolicy, action: unknown, ...rest: unknown[]): unknown {
        if (typeof action !== 'function') return original.apply(this, [action, ...rest]);
        let failure: unknown;
        const watched: Action = (...args) =>
          failing(
            () => action(...args),
            (error) => {
              failure = error;
            },
          );
        // The library calls value() on its policy, without the error: a stand-in of the policy knows it.
        const standIn: FallbackPolicy = Object.create(this, {
          value: {
            value: () =>
              runFallback(
                failure,
                () => undefined,
                () => this.value(),
              ),
          },
        });
        return runGuarded(
          this,
          undefined,
          () => undefined,
          () => original.apply(standIn, [watched, ...rest]),
        );
      };
    });
    const undoBreaker = onExecute(exported, 'CircuitBreakerPolicy', (original) => {
      return function execute(this: { readonly state?: unknown }, action: unknown, ...rest: unknown[]): unknown {
        const facts = (): BreakerFacts | undefined => factsOf(this.state);
        const seen =
          typeof action === 'function'
            ? (...args: unknown[]) =>
                runBeside(
                  () => lettingThrough(factsOf(this.state)),
                  () => action(...args),
                )
            : action;
        return runBeside(facts, () => original.apply(this, [seen, ...rest]));
      };
    });
    return () => {
      undoFallback();
      undoBreaker();
    };
  },
};

function onExecute(exported: unknown, name: string, wrap: (original: Action) => Action): () => void {
  const policy: unknown = (exported as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  const prototype: unknown = typeof policy === 'function' ? policy.prototype : undefined;
  return typeof prototype === 'object' && prototype !== null ? replaceMethod(prototype, 'execute', wrap) : () => {};
}

/** Tells what an action threw or rejected with, and hands on the very value or error. */
function failing(action: () => unknown, tell: (error: unknown) => void): unknown {
  try {
    const value = action();
    if (value instanceof Promise) value.then(undefined, tell);
    return value;
  } catch (error) {
    tell(error);
    throw error;
  }
}

/** The library calls the action before it says that it is half open; an open one would not call it. */
function lettingThrough(facts: BreakerFacts | undefined): BreakerFacts | undefined {
  return facts?.state === 'open' ? { ...facts, state: 'half_open' } : facts;
}

function factsOf(state: unknown): BreakerFacts | undefined {
  const known = typeof state === 'number' ? STATES[state] : undefined;
  return known === undefined ? undefined : { name: undefined, state: known };
}
