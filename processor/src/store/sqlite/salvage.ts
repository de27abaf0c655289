/** Copies what is whole of a damaged file into a new one: records whose checksum is right, before the first damaged page and after the last. */
import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { checksum } from './records.ts';
import { transact } from './transaction.ts';

type Columns = Readonly<Record<string, SQLOutputValue>>;

/** Returns how many records were copied; 0 where nothing can be read. Of a file of an earlier version nothing is. */
export function salvage(path: string, into: DatabaseSync): number {
  const besides = [`${path}-wal`, `${path}-shm`].filter((file) => !existsSync(file));
  let from: DatabaseSync | undefined;
  try {
    from = new DatabaseSync(path, { readOnly: true });
    return copyRecords(from, into) + copyWindow(from, into);
  } catch {
    return 0;
  } finally {
    from?.close();
    // SQLite leaves them behind where it may only read.
    for (const file of besides) rmSync(file, { force: true });
  }
}

function copyRecords(from: DatabaseSync, into: DatabaseSync): number {
  const put = into.prepare('INSERT OR IGNORE INTO records (key, body, crc) VALUES (?, ?, ?)');
  return transact(into, () => {
    let copied = 0;
    for (const row of readable(from, 'records', 'rowid')) {
      const [key, body, crc] = [String(row.key), String(row.body), Number(row.crc)];
      if (crc === checksum(key, body)) copied += Number(put.run(key, body, crc).changes);
    }
    return copied;
  });
}

function copyWindow(from: DatabaseSync, into: DatabaseSync): number {
  const put = into.prepare('INSERT OR IGNORE INTO window (seq, at, hashes, crc) VALUES (?, ?, ?, ?)');
  return transact(into, () => {
    let copied = 0;
    for (const { place, at, hashes, crc } of readable(from, 'window', 'seq')) {
      if (!(hashes instanceof Uint8Array) || crc !== checksum(String(at), hashes)) continue;
      copied += Number(put.run(Number(place), Number(at), hashes, Number(crc)).changes);
    }
    return copied;
  });
}

/** The rows of a table from its first one on and from its last one back, each until one cannot be read; some come twice. */
function* readable(db: DatabaseSync, table: string, id: string): Generator<Columns> {
  for (const [order, start] of [
    [`${id} > ? ORDER BY ${id}`, 0],
    [`${id} < ? ORDER BY ${id} DESC`, Number.MAX_SAFE_INTEGER],
  ] as const) {
    try {
      const next = db.prepare(`SELECT ${id} AS place, * FROM ${table} WHERE ${order} LIMIT 1`);
      for (let row = next.get(start); row !== undefined; row = next.get(Number(row.place))) yield row;
    } catch {
      // The rest is read from the other end.
    }
  }
}
