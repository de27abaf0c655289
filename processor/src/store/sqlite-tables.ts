/** Reads the whole store and writes one atomic change, on an open database. It knows tables, not what their values mean. */
import { randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type {
  ChainRecord,
  Changes,
  Contents,
  OwnerRecord,
  RowKey,
  Tombstone,
  UnassignedRecord,
  WatermarkRecord,
} from '../types/store.ts';
import { WINDOW_CAPACITY } from '../window.ts';
import type { RecordChanges } from './coalesce.ts';
import { decodeEntry } from './journal-entry.ts';
import { decodeText, loadTexts } from './load-text.ts';
import { type Columns, scan } from './scan.ts';
import { createJournal } from './sqlite-journal.ts';
import { transact } from './transaction.ts';

export interface Tables {
  /** Everything in parts of at most some thousand records, most of it as texts where `takeText` asks for them; returns the instance id. */
  load(take: (part: Partial<Contents>) => void, takeText?: (text: string) => void): string;
  /** The one that `load` returns; undefined before the first. */
  instanceId(): string | undefined;
  /**
   * All or nothing: an entry for the journal, and the window's hashes. What was committed last may come once more, `again`, and
   * changes nothing: the entry has absolute values. Throws what SQLite throws.
   */
  commit(entry: string, window: WindowChange): void;
  /** Whether so much waits outside the tables that it should be folded. */
  readonly isFull: boolean;
  /**
   * Brings into the tables what commits left, as whoever committed knows it: entries as well, the last of which takes the place of the
   * commits. Throws what SQLite throws, and loses nothing.
   */
  fold(entry: string, isLast: boolean): void;
  /** The same after a crash, when only the journal knows: reads all that waits. */
  settle(): void;
}

/** The hashes that join the duplicate window. */
export interface WindowChange extends Pick<Changes, 'window' | 'windowAt'> {
  readonly again?: true;
}

/** Records in one message: few enough to be short-lived, enough to make messages few. */
const PART = 1000;
/** Commits whose hashes, some kilobytes each, are in one message. */
const WINDOW_PART = 16;

const ROW_COLUMNS = ['namespace', 'service', 'environment', 'chain', 'target', 'route_type'];
const UNASSIGNED_COLUMNS = ['namespace', 'service', 'environment', 'provider', 'request_model'];
const SAME_ROW = ROW_COLUMNS.map((column) => `${column} = ?`).join(' AND ');

export function createTables(db: DatabaseSync): Tables {
  const put = (table: string, columns: readonly string[]): ((...values: SQLInputValue[]) => unknown) => {
    const marks = columns.map(() => '?').join(', ');
    const statement = db.prepare(`INSERT OR REPLACE INTO ${table} (${columns.join(', ')}) VALUES (${marks})`);
    return (...values) => statement.run(...values);
  };
  const remove = (table: string, where: string): ((...values: SQLInputValue[]) => unknown) => {
    const statement = db.prepare(`DELETE FROM ${table} WHERE ${where}`);
    return (...values) => statement.run(...values);
  };
  const putRow = put('rows', [
    ...ROW_COLUMNS,
    'placeholder',
    'rank',
    'declared_at',
    'announced_at',
    'seen_at',
    'evidence',
  ]);
  const putChain = put('chains', ['namespace', 'service', 'environment', 'chain', 'announced_at']);
  const putSeries = put('series', [...ROW_COLUMNS, 'metric', 'attributes', 'value', 'sum', 'counts', 'start_time']);
  const putFact = put('facts', [...ROW_COLUMNS, 'kind', 'value']);
  const putUnassigned = put('unassigned', [...UNASSIGNED_COLUMNS, 'calls', 'last_seen']);
  const putWatermark = put('watermarks', ['namespace', 'service', 'environment', 'at']);
  const putTombstone = put('tombstones', [...ROW_COLUMNS, 'at']);
  const putHashes = put('window', ['at', 'hashes']);
  const removeRow = remove('rows', SAME_ROW);
  const removeSeries = remove('series', SAME_ROW);
  const removeFacts = remove('facts', SAME_ROW);
  const removeUnassigned = remove('unassigned', UNASSIGNED_COLUMNS.map((column) => `${column} = ?`).join(' AND '));
  const removeChain = remove('chains', 'namespace = ? AND service = ? AND environment = ? AND chain = ?');
  const removeTombstone = remove('tombstones', SAME_ROW);
  const removeHashes = remove('window', 'seq = ?');

  // Which commits the window still needs: whole ones leave, oldest first.
  const kept = rowsOf(db, 'SELECT seq, length(hashes) / 8 AS size FROM window ORDER BY seq').map((row) => ({
    seq: Number(row.seq),
    size: Number(row.size),
  }));
  let size = kept.reduce((sum, entry) => sum + entry.size, 0);

  const isNewest = db.prepare('SELECT at = ? AND hashes = ? AS newest FROM window ORDER BY seq DESC LIMIT 1');
  const journal = createJournal(db);

  const writeOwner = ({ key, row, series, facts }: OwnerRecord): void => {
    const columns = keyValues(key);
    if (row) {
      const { rank, declaredAt, announcedAt, seenAt } = row.state;
      const evidence = JSON.stringify(row.state.evidence);
      putRow(...columns, row.placeholder ? 1 : 0, rank ?? null, declaredAt, announcedAt, seenAt, evidence);
    }
    for (const { kind, value, sum, counts, startTime } of series) {
      putSeries(...columns, kind.metric, kind.attributes, value, sum, JSON.stringify(counts ?? []), startTime);
    }
    for (const { kind, value } of facts) putFact(...columns, kind, JSON.stringify(value));
  };

  const write = (changes: RecordChanges): void => {
    for (const key of changes.removeRows) {
      removeRow(...keyValues(key));
      removeSeries(...keyValues(key));
      removeFacts(...keyValues(key));
      if (key.target === '') removeChain(key.namespace, key.service, key.environment, key.chain);
    }
    for (const key of changes.removeTombstones) removeTombstone(...keyValues(key));
    for (const { namespace, service, environment, provider, requestModel } of changes.removeUnassigned) {
      removeUnassigned(namespace, service, environment, provider, requestModel);
    }
    changes.owners.forEach(writeOwner);
    for (const { namespace, service, environment, chain, announcedAt } of changes.chains) {
      putChain(namespace, service, environment, chain, announcedAt);
    }
    for (const { namespace, service, environment, at } of changes.watermarks) {
      putWatermark(namespace, service, environment, at);
    }
    for (const tombstone of changes.tombstones) putTombstone(...keyValues(tombstone), tombstone.at);
    for (const { namespace, service, environment, provider, requestModel, calls, lastSeen } of changes.unassigned) {
      putUnassigned(namespace, service, environment, provider, requestModel, calls, lastSeen);
    }
  };

  /** Returns what to remember of the window once the commit is durable. */
  const writeWindow = ({ window, windowAt, again }: WindowChange): (() => void) => {
    if (window.length === 0) return () => undefined;
    const bytes = new Uint8Array(window.buffer, window.byteOffset, window.byteLength);
    if (again && isNewest.get(windowAt, bytes)?.newest === 1) return () => undefined;
    putHashes(windowAt, bytes);
    const seq = Number(db.prepare('SELECT last_insert_rowid() AS seq').get()?.seq);
    const added = window.length / 2;
    let total = size + added;
    let leaving = 0;
    for (const entry of kept) {
      if (total - entry.size < WINDOW_CAPACITY) break;
      removeHashes(entry.seq);
      total -= entry.size;
      leaving++;
    }
    return () => {
      kept.splice(0, leaving);
      kept.push({ seq, size: added });
      size = total;
    };
  };

  /** `work` returns what to remember once the transaction is durable. */
  const change = (work: () => () => void): void => {
    try {
      const remember = transact(db, work);
      journal.committed();
      remember();
    } catch (error) {
      journal.rolledBack();
      throw error;
    }
  };

  return {
    instanceId: () => instanceIdOf(db),
    load: (take, takeText = (text) => take({ owners: decodeText(text) })) => load(db, take, takeText),
    commit(entry, window) {
      change(() => {
        journal.append(entry);
        return writeWindow(window);
      });
    },
    get isFull() {
      return journal.isFull;
    },
    fold(entry, isLast) {
      change(() => {
        write(decodeEntry(entry));
        if (isLast) journal.clear();
        return () => undefined;
      });
    },
    settle() {
      if (journal.isEmpty) return;
      change(() => {
        write(journal.read());
        journal.clear();
        return () => undefined;
      });
    },
  };
}

function load(db: DatabaseSync, take: (part: Partial<Contents>) => void, takeText: (text: string) => void): string {
  inParts(db, 'SELECT * FROM chains', toChain, (chains) => take({ chains }));
  loadTexts(db, takeText);
  inParts(db, 'SELECT * FROM unassigned ORDER BY last_seen', toUnassigned, (unassigned) => take({ unassigned }));
  inParts(db, 'SELECT * FROM watermarks', toWatermark, (watermarks) => take({ watermarks }));
  inParts(db, 'SELECT * FROM tombstones', toTombstone, (tombstones) => take({ tombstones }));
  inParts(db, 'SELECT at, hashes FROM window ORDER BY seq', toHashes, (window) => take({ window }), WINDOW_PART);
  return instanceId(db);
}

function inParts<T>(
  db: DatabaseSync,
  query: string,
  read: (row: Columns) => T,
  take: (part: T[]) => void,
  size = PART,
): void {
  let part: T[] = [];
  for (const row of scan(db, query)) {
    if (part.push(read(row)) < size) continue;
    take(part);
    part = [];
  }
  if (part.length > 0) take(part);
}

function toChain(row: Columns): ChainRecord {
  return { ...serviceOf(row), chain: String(row.chain), announcedAt: Number(row.announced_at) };
}

function toUnassigned(row: Columns): UnassignedRecord {
  return {
    ...serviceOf(row),
    provider: String(row.provider),
    requestModel: String(row.request_model),
    calls: Number(row.calls),
    lastSeen: Number(row.last_seen),
  };
}

function toWatermark(row: Columns): WatermarkRecord {
  return { ...serviceOf(row), at: Number(row.at) };
}

function toTombstone(row: Columns): Tombstone {
  return { ...keyOf(row), at: Number(row.at) };
}

function toHashes(row: Columns): Contents['window'][number] {
  return { at: Number(row.at), hashes: words(row.hashes) };
}

/** Made once a file: counters belong to it. */
function instanceId(db: DatabaseSync): string {
  db.prepare("INSERT OR IGNORE INTO meta (key, value) VALUES ('instance_id', ?)").run(randomUUID());
  return instanceIdOf(db) ?? '';
}

function instanceIdOf(db: DatabaseSync): string | undefined {
  const value = db.prepare("SELECT value FROM meta WHERE key = 'instance_id'").get()?.value;
  return typeof value === 'string' ? value : undefined;
}

function rowsOf(db: DatabaseSync, query: string): Columns[] {
  return db.prepare(query).all();
}

function keyValues(key: RowKey): [string, string, string, string, string, string] {
  return [key.namespace, key.service, key.environment, key.chain, key.target, key.routeType];
}

function serviceOf(row: Columns): { namespace: string; service: string; environment: string } {
  return {
    namespace: String(row.namespace),
    service: String(row.service),
    environment: String(row.environment),
  };
}

function keyOf(row: Columns): RowKey {
  const routeType = String(row.route_type) as RowKey['routeType'];
  return { ...serviceOf(row), chain: String(row.chain), target: String(row.target), routeType };
}

/** Copied: the bytes of a column need not be aligned. */
function words(value: SQLOutputValue | undefined): Uint32Array {
  if (!(value instanceof Uint8Array)) return new Uint32Array();
  return new Uint32Array(value.slice().buffer);
}
