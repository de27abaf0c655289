/** A served model held against the fallbacks that the request named. Pure. */
import { ranksOf } from '../../base/ranks.ts';
import type { Declaration } from '../../types/declaration.ts';
import type { FailedTarget, Findings } from './route.ts';

/** Primary or fallback by the model that served; undefined where that is no target's, or more than one's. */
export function declaredFindings(
  declaration: Declaration | undefined,
  served: string | undefined,
): Findings | undefined {
  const [rank, ...more] = ranksOf(declaration, served);
  if (declaration === undefined || rank === undefined || more.length > 0) return undefined;
  return declaredAt(declaration, rank);
}

function declaredAt(declaration: Declaration, rank: number): Findings | undefined {
  const { chain, names, types } = declaration;
  const type = types[rank];
  if (type === undefined) return undefined;
  const primary = rank === 0 ? undefined : failedPrimary(declaration);
  return {
    route: { type, source: 'declared', chain, target: names[rank], rank, primaryErrorType: primary?.errorType },
    failed: primary && [primary],
    chain,
  };
}

/** A list of fallbacks is tried in order: where one of them served, the primary had failed, unless it may have been passed over. */
function failedPrimary({ names, system, strict }: Declaration): FailedTarget | undefined {
  const [target] = names;
  // Anthropic's middleware may begin with the fallback that accepted last.
  if (target === undefined || strict === false || system === 'anthropic') return undefined;
  return { target, type: 'primary', rank: 0, outcome: 'error', errorType: '_OTHER' };
}
