/** A store that keeps everything in this process's memory, for tests and for in-process use without a file. Nothing survives the process. */
import { randomUUID } from 'node:crypto';
import type { SentRecord, SentStore } from '../types/sent.ts';
import type { Changes, Contents, OwnerRecord, RowKey, Store } from '../types/store.ts';
import { WINDOW_CAPACITY } from '../window.ts';
import { createOwnerRecords } from './owner-records.ts';
import { chainId, rowId, serviceId, unassignedId } from './record-ids.ts';

export interface MemoryStore extends Store {
  /** What {@link createMemoryStore} takes to go on from here. */
  contents(): MemoryContents;
}

export interface MemoryContents extends Contents {
  readonly instanceId: string;
}

/** `contents` is what an earlier store left. */
export function createMemoryStore(contents: MemoryContents = emptyContents()): Promise<MemoryStore> {
  const { instanceId } = contents;
  const owners = createOwnerRecords();
  contents.owners.forEach(owners.put);
  const chains = index(contents.chains, chainId);
  const unassigned = index(contents.unassigned, unassignedId);
  const watermarks = index(contents.watermarks, serviceId);
  const tombstones = index(contents.tombstones, rowId);
  let window = [...contents.window];

  const remove = (key: RowKey): void => {
    owners.delete(key);
    if (key.target === '') chains.delete(chainId(key));
  };

  const isKept = ({ key, row }: OwnerRecord): boolean =>
    row !== undefined || (key.target === '' && key.routeType === '' && chains.has(chainId(key)));

  const all = (): MemoryContents => ({
    instanceId,
    chains: [...chains.values()],
    owners: owners.values().filter(isKept),
    watermarks: [...watermarks.values()],
    tombstones: [...tombstones.values()],
    unassigned: [...unassigned.values()],
    window: [...window],
  });

  return Promise.resolve({
    damage: undefined,
    contents: all,
    load(take) {
      take(all());
      return Promise.resolve(instanceId);
    },
    commit(changes: Changes) {
      changes.removeRows.forEach(remove);
      for (const key of changes.removeTombstones) tombstones.delete(rowId(key));
      for (const key of changes.removeUnassigned) unassigned.delete(unassignedId(key));
      changes.owners.forEach(owners.put);
      changes.chains.forEach(chains.put);
      changes.watermarks.forEach(watermarks.put);
      changes.tombstones.forEach(tombstones.put);
      changes.unassigned.forEach(unassigned.put);
      if (changes.window.length > 0) window = trim([...window, { at: changes.windowAt, hashes: changes.window }]);
      return Promise.resolve();
    },
    sent: createSentMemory(),
    close: () => Promise.resolve(),
  });
}

function emptyContents(): MemoryContents {
  return {
    instanceId: randomUUID(),
    chains: [],
    owners: [],
    watermarks: [],
    tombstones: [],
    unassigned: [],
    window: [],
  };
}

/** Not among the contents: what outlives a store in memory is for tests. */
function createSentMemory(): SentStore {
  const destinations = new Map<string, { address: string | undefined; records: Map<string, SentRecord> }>();
  const recordsOf = (name: string): Map<string, SentRecord> => {
    const known = destinations.get(name) ?? { address: undefined, records: new Map() };
    destinations.set(name, known);
    return known.records;
  };
  return {
    load(name, address, take) {
      const isBegun = destinations.get(name)?.address === address;
      if (isBegun) take([...recordsOf(name).values()]);
      else destinations.delete(name);
      return Promise.resolve(isBegun);
    },
    put(name, records, remove) {
      for (const series of remove) recordsOf(name).delete(series);
      for (const record of records) recordsOf(name).set(record.series, record);
      return Promise.resolve();
    },
    begin(name, address) {
      destinations.set(name, { address, records: recordsOf(name) });
      return Promise.resolve();
    },
    forget(name) {
      destinations.delete(name);
      return Promise.resolve();
    },
  };
}

interface Index<T> extends Pick<Map<string, T>, 'has' | 'delete' | 'values'> {
  put(record: T): void;
}

function index<T>(records: readonly T[], id: (record: T) => string): Index<T> {
  const map = new Map(records.map((record) => [id(record), record]));
  return {
    has: (key) => map.has(key),
    delete: (key) => map.delete(key),
    values: () => map.values(),
    put: (record) => map.set(id(record), record),
  };
}

/** Whole commits leave, oldest first, while what stays still fills the window. */
function trim(window: Contents['window'][number][]): Contents['window'][number][] {
  let total = window.reduce((sum, { hashes }) => sum + hashes.length / 2, 0);
  let from = 0;
  for (const { hashes } of window) {
    if (total - hashes.length / 2 < WINDOW_CAPACITY) break;
    total -= hashes.length / 2;
    from++;
  }
  return window.slice(from);
}
