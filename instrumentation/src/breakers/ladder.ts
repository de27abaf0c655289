/**
 * What a breaker with a fallback is to Warmspare: a ladder of two targets, the guarded action and the fallback. Known from the
 * user, who named it, or from its own name once an LLM call was seen in it; any other breaker is left alone.
 */
import type { RouteType } from '@warmspare/semconv';
import { announceChain } from '../call/declare.ts';

/** What a breaker stands for: a chain of two targets. */
export interface BreakerDeclaration {
  /** The chain that the breaker is. */
  readonly chain: string;
  /** The name of what it guards; `primary` where it is left out. */
  readonly primary?: string;
  /** What serves in its place. */
  readonly fallback: { readonly name: string; readonly type: Exclude<RouteType, 'primary'> };
}

export interface Ladder {
  readonly chain: string;
  readonly targetNames: readonly [primary: string, fallback: string];
  readonly targetTypes: readonly ['primary', Exclude<RouteType, 'primary'>];
}

const declared = new WeakMap<object, Ladder>();
/** Breakers that no user named, by their own name. */
const found = new WeakMap<object, Ladder>();
/** Of these, the ones inside which an LLM call was seen. */
const confirmed = new WeakSet<object>();

/**
 * Says that a breaker guards LLM calls, and names the chain: needed for cockatiel, whose policies have no name, and for a
 * fallback that is no LLM call. Takes an opossum CircuitBreaker or a cockatiel FallbackPolicy.
 *
 * ```ts
 * declareBreaker(breaker, { chain: 'summarize', fallback: { name: 'rules', type: 'heuristic' } });
 * ```
 */
export function declareBreaker(breaker: object, { chain, primary = 'primary', fallback }: BreakerDeclaration): void {
  const ladder: Ladder = {
    chain,
    targetNames: [primary, fallback.name],
    targetTypes: ['primary', fallback.type],
  };
  declared.set(breaker, ladder);
  announce(ladder);
}

/** The ladder of a breaker. `name` is its own name, undefined where it has none or no fallback. */
export function ladderOf(breaker: object, name: string | undefined): Ladder | undefined {
  const known = declared.get(breaker) ?? found.get(breaker);
  if (known !== undefined || name === undefined) return known;
  // What the fallback does shows only when it runs; until the user says otherwise it is another path of unknown make.
  const ladder: Ladder = { chain: name, targetNames: ['primary', 'fallback'], targetTypes: ['primary', 'fallback'] };
  found.set(breaker, ladder);
  return ladder;
}

/** An LLM call was seen inside: from here on the breaker is a chain. */
export function confirm(breaker: object, ladder: Ladder): void {
  if (isConfirmed(breaker)) return;
  confirmed.add(breaker);
  announce(ladder);
}

/** Whether the breaker is known to guard LLM calls. */
export function isConfirmed(breaker: object): boolean {
  return declared.has(breaker) || confirmed.has(breaker);
}

function announce({ chain, targetNames, targetTypes }: Ladder): void {
  announceChain({
    name: chain,
    targets: [
      { name: targetNames[0], type: targetTypes[0] },
      { name: targetNames[1], type: targetTypes[1] },
    ],
  });
}
