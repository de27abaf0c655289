/** The fallbacks that a request named and a model that served in, the ranks of the targets that it may be out. Pure. */
import { sameModel } from '@warmspare/semconv';
import type { Declaration } from '../types/declaration.ts';

/** The ranks of the declared targets that `served` may be; several where two of them serve one model, none for a model that was not declared. */
export function ranksOf(declaration: Declaration | undefined, served: string | undefined): readonly number[] {
  if (declaration === undefined || served === undefined) return [];
  const { names, models } = declaration;
  const ranksBy = (isIt: (model: string) => boolean): number[] =>
    [...names.keys()].filter((rank) => [names[rank] ?? '', ...(models?.[rank] ?? [])].some(isIt));
  const exact = ranksBy((model) => model === served);
  return exact.length > 0 ? exact : ranksBy((model) => sameModel(model, served));
}
