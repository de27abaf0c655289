/** Reads and writes records on an open database; knows texts and checksums, not what the records mean. */
import { randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { WINDOW_CAPACITY } from '../../ledger/duplicate-window.ts';
import type { Changes, Contents } from '../../types/store.ts';
import { checksum, INSTANCE_KEY } from '../records.ts';
import { transact } from './transaction.ts';

export interface WrittenChanges extends Pick<Changes, 'window' | 'windowAt'> {
  /** Keys and bodies by turns. */
  readonly put: readonly string[];
  /** Keys. */
  readonly remove: readonly string[];
  /** The same change may be in the file already, as the newest one. */
  readonly again?: true;
}

/** A page of records, and the `after` of the next page. */
export interface Page<T> {
  readonly list: readonly T[];
  readonly next: number | undefined;
}

export interface Statements {
  /** Made once a file: counters belong to it. `known`: the one in use already, which a file that is new gets. */
  instanceId(known?: string): string;
  /** The records after this one, keys and bodies by turns. */
  records(after: number): Page<string>;
  window(after: number): Page<Contents['window'][number]>;
  /** The number of the newest commit that had spans. */
  newest(): number;
  /** All or nothing. Throws what SQLite throws. */
  commit(changes: WrittenChanges): void;
}

/** Records of one page: few enough to be short-lived, enough to make messages few. */
const RECORDS_PER_PAGE = 500;
/** Commits of one page, some kilobytes of hashes each. */
const COMMITS_PER_PAGE = 16;

/** `setAside`: told of each record whose checksum is wrong. */
export function createStatements(db: DatabaseSync, setAside: SetAside): Statements {
  const put = db.prepare(
    'INSERT INTO records (key, body, crc) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body, crc = excluded.crc',
  );
  const remove = db.prepare('DELETE FROM records WHERE key = ?');
  const putHashes = db.prepare('INSERT INTO window (at, hashes, crc) VALUES (?, ?, ?)');
  const removeHashes = db.prepare('DELETE FROM window WHERE seq = ?');
  const newestHashes = db.prepare('SELECT at, hashes FROM window ORDER BY seq DESC LIMIT 1');
  const page = db.prepare('SELECT rowid, key, body, crc FROM records WHERE rowid > ? ORDER BY rowid LIMIT ?');
  const windowPage = db.prepare('SELECT seq, at, hashes, crc FROM window WHERE seq > ? ORDER BY seq LIMIT ?');

  // Which commits the window still needs: whole ones leave, oldest first.
  const kept = db
    .prepare('SELECT seq, length(hashes) / 8 AS size FROM window ORDER BY seq')
    .all()
    .map((row) => ({ seq: Number(row.seq), size: Number(row.size) }));
  let size = kept.reduce((sum, entry) => sum + entry.size, 0);
  let newest = Number(db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'window'").get()?.seq ?? 0);

  const isNewest = (at: number, hashes: Uint8Array): boolean => {
    const newest = newestHashes.get();
    return newest !== undefined && newest.at === at && Buffer.compare(bytesOf(newest.hashes), hashes) === 0;
  };

  /** Returns what to remember of the window once the commit is durable. */
  const writeWindow = ({ window, windowAt, again }: WrittenChanges): (() => void) => {
    const hashes = new Uint8Array(window.buffer, window.byteOffset, window.byteLength);
    if (window.length === 0 || (again && isNewest(windowAt, hashes))) return () => undefined;
    const { lastInsertRowid } = putHashes.run(windowAt, hashes, checksum(String(windowAt), hashes));
    const added = window.length / 2;
    let total = size + added;
    let leaving = 0;
    for (const entry of kept) {
      if (total - entry.size < WINDOW_CAPACITY) break;
      removeHashes.run(entry.seq);
      total -= entry.size;
      leaving++;
    }
    return () => {
      kept.splice(0, leaving);
      newest = Number(lastInsertRowid);
      kept.push({ seq: newest, size: added });
      size = total;
    };
  };

  return {
    newest: () => newest,
    instanceId(known = '') {
      const found = db.prepare('SELECT body, crc FROM records WHERE key = ?').get(INSTANCE_KEY);
      const body = String(found?.body);
      const isWhole = found && found.crc === checksum(INSTANCE_KEY, body);
      if (isWhole && (known === '' || known === body)) return body;
      if (found && !isWhole) setAside('records', [['key', INSTANCE_KEY]], INSTANCE_KEY, body);
      const id = known || randomUUID();
      put.run(INSTANCE_KEY, id, checksum(INSTANCE_KEY, id));
      return id;
    },
    records(after) {
      const list: string[] = [];
      const found = page.all(after, RECORDS_PER_PAGE);
      for (const { rowid, crc, ...row } of found) {
        const [key, body] = [String(row.key), String(row.body)];
        if (crc !== checksum(key, body)) setAside('records', [['rowid', Number(rowid)]], key, body);
        else if (key !== INSTANCE_KEY) list.push(key, body);
      }
      return { list, next: found.length < RECORDS_PER_PAGE ? undefined : Number(found.at(-1)?.rowid) };
    },
    window(after) {
      const list: Contents['window'][number][] = [];
      const found = windowPage.all(after, COMMITS_PER_PAGE);
      for (const row of found) {
        const [at, hashes] = [Number(row.at), bytesOf(row.hashes)];
        if (row.crc !== checksum(String(at), hashes)) {
          setAside('window', [['seq', Number(row.seq)]], String(at), hashes);
          continue;
        }
        // Copied: the bytes of a column need not be aligned.
        list.push({ at, hashes: new Uint32Array(hashes.slice().buffer) });
      }
      return { list, next: found.length < COMMITS_PER_PAGE ? undefined : Number(found.at(-1)?.seq) };
    },
    commit(changes) {
      const remember = transact(db, () => {
        for (const key of changes.remove) remove.run(key);
        for (let at = 0; at + 1 < changes.put.length; at += 2) {
          const [key = '', body = ''] = [changes.put[at], changes.put[at + 1]];
          put.run(key, body, checksum(key, body));
        }
        return writeWindow(changes);
      });
      remember();
    },
  };
}

/** Moves a record whose checksum is wrong out of its table; `where` are the columns of its primary key. */
export type SetAside = (
  table: 'records' | 'window' | 'destinations' | 'sent',
  where: readonly (readonly [column: string, value: string | number])[],
  key: string,
  body: SQLInputValue,
) => void;

/** `found`: told of each. */
export function createSetAside(db: DatabaseSync, found: (table: string) => void): SetAside {
  return (table, where, key, body) => {
    found(table);
    const columns = where.map(([column]) => `${column} = ?`).join(' AND ');
    try {
      transact(db, () => {
        db.prepare('INSERT INTO set_aside (place, key, body) VALUES (?, ?, ?)').run(table, key, body);
        db.prepare(`DELETE FROM ${table} WHERE ${columns}`).run(...where.map(([, value]) => value));
      });
    } catch {
      // On a full disk it stays where it is, and is left out all the same.
    }
  };
}

function bytesOf(value: SQLOutputValue | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}
