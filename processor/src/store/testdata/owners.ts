/** Rows, series and facts, each with its key, put together as stores take and give them: by row or chain. */
import type { FactRecord, OwnerRecord, RowKey, RowStanding, SeriesRecord } from '../../types/store.ts';

export type KeyedRow = RowKey & RowStanding;
export type KeyedSeries = RowKey & SeriesRecord;
export type KeyedFact = RowKey & FactRecord;

export interface Records {
  readonly rows?: readonly KeyedRow[];
  readonly series?: readonly KeyedSeries[];
  readonly facts?: readonly KeyedFact[];
}

export function ownersOf({ rows = [], series = [], facts = [] }: Records): readonly OwnerRecord[] {
  const owners = new Map<string, { -readonly [Part in keyof OwnerRecord]: OwnerRecord[Part] }>();
  const ownerOf = ({ namespace, service, environment, chain, target, routeType }: RowKey) => {
    const key: RowKey = { namespace, service, environment, chain, target, routeType };
    const id = JSON.stringify(Object.values(key));
    const known = owners.get(id) ?? { key, row: undefined, series: [], facts: [] };
    owners.set(id, known);
    return known;
  };
  for (const { placeholder, state, ...key } of rows) ownerOf(key).row = { placeholder, state };
  for (const { kind, value, sum, counts, startTime, ...key } of series) {
    const owner = ownerOf(key);
    owner.series = [...owner.series, { kind, value, sum, counts, startTime }];
  }
  for (const { kind, value, ...key } of facts) {
    const owner = ownerOf(key);
    owner.facts = [...owner.facts, { kind, value }];
  }
  return [...owners.values()];
}
