/** What commits put of rows and chains, put together: of each series and fact of one of them the newest. */
import type { FactRecord, OwnerRecord, RowKey, SeriesRecord } from '../types/store.ts';
import { rowId } from './record-ids.ts';

export interface OwnerRecords {
  put(owner: OwnerRecord): void;
  /** With its series and facts. */
  delete(key: RowKey): void;
  values(): readonly OwnerRecord[];
}

interface Owner {
  readonly key: RowKey;
  row: OwnerRecord['row'];
  readonly series: Map<string, SeriesRecord>;
  readonly facts: Map<FactRecord['kind'], FactRecord>;
}

export function createOwnerRecords(): OwnerRecords {
  const owners = new Map<string, Owner>();
  return {
    put({ key, row, series, facts }) {
      const id = rowId(key);
      let owner = owners.get(id);
      if (!owner) {
        owner = { key, row: undefined, series: new Map(), facts: new Map() };
        owners.set(id, owner);
      }
      if (row) owner.row = row;
      for (const each of series) owner.series.set(`${each.kind.metric}\0${each.kind.attributes}`, each);
      for (const each of facts) owner.facts.set(each.kind, each);
    },
    delete(key) {
      owners.delete(rowId(key));
    },
    values: () =>
      [...owners.values()].map(({ key, row, series, facts }) => ({
        key,
        row,
        series: [...series.values()],
        facts: [...facts.values()],
      })),
  };
}
