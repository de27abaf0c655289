/** Several changes, one after the other, as the one change that leaves the same behind: of each record the newest wins. */
import type { Changes, RowKey, UnassignedKey } from '../types/store.ts';
import { createOwnerRecords } from './owner-records.ts';
import { chainId, rowId, serviceId, unassignedId } from './record-ids.ts';

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
  const owners = createOwnerRecords();
  const chains = new Map<string, RecordChanges['chains'][number]>();
  const watermarks = new Map<string, RecordChanges['watermarks'][number]>();
  const tombstones = new Map<string, RecordChanges['tombstones'][number]>();
  const unassigned = new Map<string, RecordChanges['unassigned'][number]>();

  const removeRow = (key: RowKey): void => {
    removeRows.set(rowId(key), key);
    owners.delete(key);
    if (key.target === '') chains.delete(chainId(key));
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
      changes.owners.forEach(owners.put);
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
        owners: owners.values(),
        chains: [...chains.values()],
        watermarks: [...watermarks.values()],
        tombstones: [...tombstones.values()],
        unassigned: [...unassigned.values()],
      };
    },
  };
}
