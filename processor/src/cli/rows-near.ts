/** Filters that no row matches go in, a sentence that says which part is wrong and what there is instead comes out. */
import { nearest } from '../base/nearest.ts';
import type { StatusTarget } from '../output/status-json.ts';

/** Names listed where none is near. */
const LISTED = 5;

/** In the order that a person thinks of them. */
const KEYS = ['chain', 'target', 'service', 'namespace', 'environment', 'state'] as const;

type Filters = Readonly<Partial<Record<(typeof KEYS)[number], unknown>>>;

/** Blames the first filter that leaves nothing of the rows that the filters before it left. */
export function whatElse(all: readonly StatusTarget[], filters: Filters): string {
  let rows = all;
  const said: string[] = [];
  for (const key of KEYS) {
    const wanted = filters[key];
    if (typeof wanted !== 'string') continue;
    const left = rows.filter((row) => row[key] === wanted);
    if (left.length === 0) return sentence(key, wanted, said, rows);
    rows = left;
    said.push(wanted);
  }
  return 'no row matches; warmspare status lists what is known';
}

function sentence(
  key: (typeof KEYS)[number],
  wanted: string,
  said: readonly string[],
  rows: readonly StatusTarget[],
): string {
  const of = said.toReversed().join(' of ');
  // A state that no row is in is no typo.
  if (key === 'state') return `no target${of === '' ? '' : ` of ${of}`} is ${wanted.replace('_', ' ')}`;
  const there = instead(
    rows.map((row) => row[key] ?? ''),
    wanted,
  );
  if (of === '') return `no ${key} is called ${wanted}${there}`;
  return key === 'target' ? `no target of ${of} is called ${wanted}${there}` : `${of} has no ${key} ${wanted}${there}`;
}

function instead(names: readonly string[], typed: string): string {
  const known = [...new Set(names.filter((name) => name !== ''))].sort();
  const meant = nearest(typed, known);
  if (meant !== undefined) return `; did you mean ${meant}?`;
  if (known.length === 0) return '; warmspare status lists what is known';
  const more = known.length > LISTED ? ` and ${known.length - LISTED} more` : '';
  return `; there is ${known.slice(0, LISTED).join(', ')}${more}`;
}
