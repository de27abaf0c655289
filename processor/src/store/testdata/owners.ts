/** Records of rows, series and facts, as a store gives them back, put together as a commit puts them: by row or chain. */
import type { FactRecord, OwnerChange, RowKey, RowRecord, SeriesRecord } from '../../types/store.ts';

export interface Records {
  readonly rows?: readonly RowRecord[];
  readonly series?: readonly SeriesRecord[];
  readonly facts?: readonly FactRecord[];
}

export function ownersOf({ rows = [], series = [], facts = [] }: Records): readonly OwnerChange[] {
  const owners = new Map<string, { -readonly [Part in keyof OwnerChange]: OwnerChange[Part] }>();
  const ownerOf = ({ namespace, service, environment, chain, target, routeType }: RowKey) => {
    const key: RowKey = { namespace, service, environment, chain, target, routeType };
    const id = JSON.stringify(Object.values(key));
    const known = owners.get(id) ?? { key, row: undefined, series: [], facts: [] };
    owners.set(id, known);
    return known;
  };
  for (const { placeholder, state, ...key } of rows) ownerOf(key).row = { placeholder, state };
  for (const { metric, attributes, value, sum, counts, startTime, ...key } of series) {
    const owner = ownerOf(key);
    owner.series = [...owner.series, { kind: { metric, attributes }, value, sum, counts, startTime }];
  }
  for (const { kind, value, ...key } of facts) {
    const owner = ownerOf(key);
    owner.facts = [...owner.facts, { kind, value }];
  }
  return [...owners.values()];
}
