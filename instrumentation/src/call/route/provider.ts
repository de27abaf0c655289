/** The provider's own word in its answer, about fallbacks that it runs itself. Pure. */
import { ranksOf } from '../../base/ranks.ts';
import type { CallAnswer } from '../../types/call.ts';
import type { Declaration } from '../../types/declaration.ts';
import { type FailedTarget, type Findings, NOBODY } from './route.ts';

/**
 * Anthropic says exactly when one of its fallbacks served; which one, the answer's model tells. Its fallbacks and those of its client's
 * middleware act on refusals only (https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback).
 */
export function providerFindings(answer: CallAnswer, declared: Declaration | undefined): Findings | undefined {
  if (answer.servedBy !== 'fallback') return undefined;
  // A gateway's list is another one.
  const declaration = declared?.system === 'anthropic' ? declared : undefined;
  const rank = fallbackRank(answer, declaration);
  if (rank === 'nobody') return NOBODY;
  const chain = declaration?.chain;
  const target = (rank === undefined ? undefined : declaration?.names[rank]) ?? (chain && answer.model);
  const failed = declaration === undefined ? undefined : refusedTargets(answer, declaration, target);
  return {
    chain,
    failed,
    route: {
      type: 'fallback',
      source: 'provider',
      chain,
      target,
      rank,
      triggerReason: 'refusal',
      primaryErrorType: 'refused',
    },
  };
}

function fallbackRank({ model }: CallAnswer, declaration: Declaration | undefined): number | 'nobody' | undefined {
  const ranks = ranksOf(declaration, model);
  const [rank, ...more] = ranks.filter((each) => each > 0);
  if (rank !== undefined) return more.length > 0 ? 'nobody' : rank;
  if (ranks.length > 0) return 'nobody';
  // Anthropic's own list is declared as one target.
  return declaration?.names[1] === 'default' ? 1 : undefined;
}

/** The primary, and those that the answer names besides. */
function refusedTargets(
  { declined = [] }: CallAnswer,
  declaration: Declaration,
  served: string | undefined,
): readonly FailedTarget[] {
  const targets = new Map<string, FailedTarget>();
  for (const model of [declaration.names[0], ...declined]) {
    const [rank, ...more] = ranksOf(declaration, model);
    const target = rank === undefined || more.length > 0 ? undefined : declaration.names[rank];
    if (target === undefined || target === served) continue;
    const type = rank === 0 ? 'primary' : 'fallback';
    targets.set(target, { target, type, rank, outcome: 'refused', errorType: 'refused', reason: 'refusal' });
  }
  return [...targets.values()];
}
