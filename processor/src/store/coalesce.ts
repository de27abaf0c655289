/** Several changes, one after the other, as the one change that leaves the same behind: of each record the newest wins. */
import type { Changes, RowKey, UnassignedKey } from '../types/store.ts';

/** All but the duplicate window. */
export type RecordChanges = Omit<Changes, 'window' | 'windowAt'>;

export interface Coalesced {
  add(changes: RecordChanges): void;
  readonly changes: RecordChanges;
}

export function coalesce(): Coalesced {
  const removeRows = new Map<string, RowKey>();
  const removeTombstones = new Map<string, RowKey>();
  const removeUnassigned = new Map<string, UnassignedKey>();
  const rows = new Map<string, RecordChanges['rows'][number]>();
  const chains = new Map<string, RecordChanges['chains'][number]>();
  const series = new Owned<RecordChanges['series'][number]>();
  const facts = new Owned<RecordChanges['facts'][number]>();
  const watermarks = new Map<string, RecordChanges['watermarks'][number]>();
  const tombstones = new Map<string, RecordChanges['tombstones'][number]>();
  const unassigned = new Map<string, RecordChanges['unassigned'][number]>();

  const removeRow = (key: RowKey): void => {
    const id = rowId(key);
    removeRows.set(id, key);
    rows.delete(id);
    if (key.target === '') chains.delete(chainId(key));
    series.remove(id);
    facts.remove(id);
  };

  return {
    add(changes) {
      changes.removeRows.forEach(removeRow);
      for (const key of changes.removeTombstones) {
        tombstones.delete(rowId(key));
        removeTombstones.set(rowId(key), key);
      }
      for (const key of changes.removeUnassigned) {
        unassigned.delete(unassignedId(key));
        removeUnassigned.set(unassignedId(key), key);
      }
      for (const row of changes.rows) rows.set(rowId(row), row);
      for (const chain of changes.chains) chains.set(chainId(chain), chain);
      for (const each of changes.series) series.put(rowId(each), `${each.metric}\0${each.attributes}`, each);
      for (const each of changes.facts) facts.put(rowId(each), each.kind, each);
      for (const each of changes.watermarks) watermarks.set(serviceId(each), each);
      for (const each of changes.tombstones) tombstones.set(rowId(each), each);
      for (const each of changes.unassigned) unassigned.set(unassignedId(each), each);
    },
    get changes() {
      return {
        removeRows: [...removeRows.values()],
        removeTombstones: [...removeTombstones.values()],
        removeUnassigned: [...removeUnassigned.values()],
        rows: [...rows.values()],
        chains: [...chains.values()],
        series: series.all(),
        facts: facts.all(),
        watermarks: [...watermarks.values()],
        tombstones: [...tombstones.values()],
        unassigned: [...unassigned.values()],
      };
    },
  };
}

/** Records of rows, so that a row's removal finds its own. */
class Owned<T> {
  readonly #byRow = new Map<string, Map<string, T>>();

  put(row: string, id: string, record: T): void {
    const own = this.#byRow.get(row);
    if (own) own.set(id, record);
    else this.#byRow.set(row, new Map([[id, record]]));
  }

  remove(row: string): void {
    this.#byRow.delete(row);
  }

  all(): T[] {
    return [...this.#byRow.values()].flatMap((own) => [...own.values()]);
  }
}

interface Service {
  readonly namespace: string;
  readonly service: string;
  readonly environment: string;
}

const serviceId = ({ namespace, service, environment }: Service): string => `${namespace}\0${service}\0${environment}`;
const chainId = (key: Service & { readonly chain: string }): string => `${serviceId(key)}\0${key.chain}`;
const rowId = (key: RowKey): string => `${chainId(key)}\0${key.target}\0${key.routeType}`;
const unassignedId = (key: UnassignedKey): string => `${serviceId(key)}\0${key.provider}\0${key.requestModel}`;
