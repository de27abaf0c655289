/** Several changes, one after the other, as the one change that leaves the same behind: of each record the newest wins. */
import type { Changes, FactChange, OwnerChange, RowKey, SeriesChange, UnassignedKey } from '../types/store.ts';

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
  const owners = new Map<string, Owner>();
  const chains = new Map<string, RecordChanges['chains'][number]>();
  const watermarks = new Map<string, RecordChanges['watermarks'][number]>();
  const tombstones = new Map<string, RecordChanges['tombstones'][number]>();
  const unassigned = new Map<string, RecordChanges['unassigned'][number]>();

  const removeRow = (key: RowKey): void => {
    const id = rowId(key);
    removeRows.set(id, key);
    owners.delete(id);
    if (key.target === '') chains.delete(chainId(key));
  };

  const putOwner = ({ key, row, series, facts }: OwnerChange): void => {
    const id = rowId(key);
    let owner = owners.get(id);
    if (!owner) {
      owner = { key, row: undefined, series: new Map(), facts: new Map() };
      owners.set(id, owner);
    }
    if (row) owner.row = row;
    for (const each of series) owner.series.set(`${each.kind.metric}\0${each.kind.attributes}`, each);
    for (const each of facts) owner.facts.set(each.kind, each);
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
      changes.owners.forEach(putOwner);
      for (const chain of changes.chains) chains.set(chainId(chain), chain);
      for (const each of changes.watermarks) watermarks.set(serviceId(each), each);
      for (const each of changes.tombstones) tombstones.set(rowId(each), each);
      for (const each of changes.unassigned) unassigned.set(unassignedId(each), each);
    },
    get changes() {
      return {
        removeRows: [...removeRows.values()],
        removeTombstones: [...removeTombstones.values()],
        removeUnassigned: [...removeUnassigned.values()],
        owners: [...owners.values()].map(({ key, row, series, facts }) => ({
          key,
          row,
          series: [...series.values()],
          facts: [...facts.values()],
        })),
        chains: [...chains.values()],
        watermarks: [...watermarks.values()],
        tombstones: [...tombstones.values()],
        unassigned: [...unassigned.values()],
      };
    },
  };
}

interface Owner {
  readonly key: RowKey;
  row: OwnerChange['row'];
  readonly series: Map<string, SeriesChange>;
  readonly facts: Map<FactChange['kind'], FactChange>;
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
