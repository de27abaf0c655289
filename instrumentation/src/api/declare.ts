/** Chains that the user runs with code of their own, made known. */
import type { ChainDeclaration } from '@warmspare/semconv';
import { announceChain } from '../call/declare.ts';
import { checkTargets } from '../chain/plan.ts';

/**
 * Declares a chain that is not run by `chain()`: one of your own, whose attempts `withRoute()` names. Throws a TypeError where
 * the targets are no chain (no primary first, two of one name).
 */
export function declareChain(declaration: ChainDeclaration): void {
  checkTargets(
    declaration.name,
    declaration.targets.map(({ name }) => name),
    declaration.targets.map(({ type }) => type),
  );
  announceChain(declaration);
}
