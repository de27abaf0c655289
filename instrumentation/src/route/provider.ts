/** The provider's own word in its answer, about fallbacks that it runs itself. Pure. */
import type { CallAnswer } from '../clients/call.ts';
import { rungOf } from './declared.ts';
import type { Declaration, Route } from './route.ts';

/** Anthropic says exactly when one of its fallbacks served; which one, the answer's model tells. */
export function providerRoute(answer: CallAnswer, declaration: Declaration | undefined): Route | undefined {
  if (answer.servedBy !== 'fallback') return undefined;
  const rank = rungOf(declaration, answer.model);
  return {
    type: 'fallback',
    source: 'provider',
    chain: declaration?.chain,
    target:
      (rank === undefined ? undefined : declaration?.names[rank]) ??
      (declaration === undefined ? undefined : answer.model),
    rank: rank === 0 ? undefined : rank,
  };
}
