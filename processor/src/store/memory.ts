/** A store that keeps everything in this process's memory, for tests and for in-process use without a file. Nothing survives the process. */
import { randomUUID } from 'node:crypto';
import { WINDOW_CAPACITY } from '../ledger/duplicate-window.ts';
import type { SentRecord, SentStore } from '../types/sent.ts';
import type {
  ChainKey,
  Changes,
  Contents,
  RowKey,
  SeriesRecord,
  ServiceKey,
  Store,
  UnassignedKey,
} from '../types/store.ts';

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
  const rows = index(contents.rows, ({ key }) => rowId(key));
  const chains = index(contents.chains, ({ key }) => chainId(key));
  const unassigned = index(contents.unassigned, unassignedId);
  const watermarks = index(contents.watermarks, serviceId);
  const tombstones = index(contents.tombstones, rowId);
  let window = [...contents.window];

  const all = (): MemoryContents => ({
    instanceId,
    rows: [...rows.values()],
    chains: [...chains.values()],
    watermarks: [...watermarks.values()],
    tombstones: [...tombstones.values()],
    unassigned: [...unassigned.values()],
    window: [...window],
  });

  return Promise.resolve({
    damage: undefined,
    contents: all,
    load(take) {
      const { instanceId: _own, ...kept } = all();
      take(kept);
      return Promise.resolve(instanceId);
    },
    commit({ remove, put, window: hashes, windowAt }: Changes) {
      for (const key of remove.rows) rows.delete(rowId(key));
      for (const key of remove.chains) chains.delete(chainId(key));
      for (const key of remove.unassigned) unassigned.delete(unassignedId(key));
      for (const row of put.rows) rows.put({ ...row, series: row.series.map(copy) });
      for (const chain of put.chains) chains.put({ ...chain, series: chain.series.map(copy) });
      put.watermarks.forEach(watermarks.put);
      put.tombstones.forEach(tombstones.put);
      put.unassigned.forEach(unassigned.put);
      if (hashes.length > 0) window = trim([...window, { at: windowAt, hashes }]);
      return Promise.resolve();
    },
    sent: createSentMemory(),
    close: () => Promise.resolve(),
  });
}

/** The ledger goes on counting in its own object. */
function copy({ kind: { metric, attributes }, value, sum, counts, startTime }: SeriesRecord): SeriesRecord {
  return { kind: { metric, attributes }, value, sum, counts: counts && [...counts], startTime };
}

function emptyContents(): MemoryContents {
  return {
    instanceId: randomUUID(),
    rows: [],
    chains: [],
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

interface Index<T> extends Pick<Map<string, T>, 'delete' | 'values'> {
  put(record: T): void;
}

function index<T>(records: readonly T[], id: (record: T) => string): Index<T> {
  const map = new Map(records.map((record) => [id(record), record]));
  return {
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

const serviceId = ({ namespace, service, environment }: ServiceKey): string =>
  `${namespace}\0${service}\0${environment}`;
const chainId = (key: ChainKey): string => `${serviceId(key)}\0${key.chain}`;
const rowId = (key: RowKey): string => `${chainId(key)}\0${key.target}\0${key.routeType}`;
const unassignedId = (key: UnassignedKey): string => `${serviceId(key)}\0${key.provider}\0${key.requestModel}`;
