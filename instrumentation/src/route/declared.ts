/** A served model held against the fallbacks that the request named. Pure. */
import { sameModel } from '@warmspare/semconv';
import type { Declaration, Route } from './route.ts';

/** The rank of the declared target that `served` is; undefined for a model that was not declared. */
export function rungOf(declaration: Declaration | undefined, served: string | undefined): number | undefined {
  if (declaration === undefined || served === undefined) return undefined;
  const exact = declaration.names.indexOf(served);
  if (exact !== -1) return exact;
  const found = declaration.names.findIndex((name) => sameModel(name, served));
  return found === -1 ? undefined : found;
}

/** Primary or fallback by the model that served. */
export function declaredRoute(declaration: Declaration | undefined, served: string | undefined): Route | undefined {
  const rank = rungOf(declaration, served);
  if (declaration === undefined || rank === undefined) return undefined;
  const type = declaration.types[rank];
  if (type === undefined) return undefined;
  return { type, source: 'declared', chain: declaration.chain, target: declaration.names[rank], rank };
}
