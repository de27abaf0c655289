/** Names that no row has go in, a sentence that says which part is wrong and what there is instead comes out. */
import { nearest } from '../base/nearest.ts';
import type { StatusTarget } from '../output/status-json.ts';

export interface Names {
  readonly chain: string;
  readonly target: string;
  readonly service?: unknown;
  readonly namespace?: unknown;
  readonly environment?: unknown;
}

/** Names listed where none is near. */
const LISTED = 5;

export function whatElse(rows: readonly StatusTarget[], { chain, target, ...place }: Names): string {
  const ofChain = rows.filter((row) => row.chain === chain);
  if (ofChain.length === 0)
    return `no chain is called ${chain}${instead(
      rows.map((row) => row.chain),
      chain,
    )}`;
  const ofTarget = ofChain.filter((row) => row.target === target);
  if (ofTarget.length === 0) {
    const names = ofChain.map((row) => row.target);
    return `no target of ${chain} is called ${target}${instead(names, target)}`;
  }
  for (const key of ['service', 'namespace', 'environment'] as const) {
    const wanted = place[key];
    if (typeof wanted !== 'string' || ofTarget.some((row) => row[key] === wanted)) continue;
    const names = ofTarget.map((row) => row[key] ?? '');
    return `${target} of ${chain} has no ${key} ${wanted}${instead(names, wanted)}`;
  }
  return `${target} of ${chain} is in no such place; warmspare status lists where it is`;
}

function instead(names: readonly string[], typed: string): string {
  const known = [...new Set(names.filter((name) => name !== ''))].sort();
  const meant = nearest(typed, known);
  if (meant !== undefined) return `; did you mean ${meant}?`;
  if (known.length === 0) return '; warmspare status lists what is known';
  const more = known.length > LISTED ? ` and ${known.length - LISTED} more` : '';
  return `; there is ${known.slice(0, LISTED).join(', ')}${more}`;
}
