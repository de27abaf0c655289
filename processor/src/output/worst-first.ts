/** Chains go in, the same chains come out worst first: by the worst state of their targets, then by what was broken or not proved. */
import type { AssumptionState } from '@warmspare/semconv';
import type { TargetState } from '../types/snapshot.ts';

/** Worst first. */
export const STATES: readonly TargetState[] = ['never_exercised', 'failing', 'stale', 'fresh'];

/** What the order looks at. */
interface Judged {
  readonly state?: TargetState | undefined;
  readonly assumptions: readonly { readonly state: AssumptionState }[];
}

/** Chains that are equally bad stay in the order that they came in. */
export function worstFirst<T extends Judged>(chains: Iterable<readonly T[]>): (readonly T[])[] {
  return [...chains]
    .map((chain) => ({ chain, order: orderOf(chain) }))
    .sort((a, b) => a.order - b.order)
    .map(({ chain }) => chain);
}

function orderOf(chain: readonly Judged[]): number {
  const worst = Math.min(
    ...chain.map(({ state }) => (state === undefined ? STATES.length : STATES.indexOf(state))),
    STATES.length,
  );
  const has = (state: AssumptionState): boolean =>
    chain.some(({ assumptions }) => assumptions.some((each) => each.state === state));
  return worst * 3 + (has('broken') ? 0 : has('unverified') ? 1 : 2);
}
