/** The tables of the SQLite store, and how a file of an earlier version is brought up to date. */
import type { DatabaseSync } from 'node:sqlite';
import { transact } from './transaction.ts';
import { migrateVersion3, TABLES_3 } from './version-3.ts';

/** "WSPR": tells our files from other programs'. */
export const APPLICATION_ID = 0x57535052;

export const SCHEMA_VERSION = 4;

/** The tables of each version that a release wrote; a new file has none. */
export const TABLES_OF: ReadonlyMap<number, readonly string[]> = new Map([
  [0, []],
  [3, TABLES_3],
  [SCHEMA_VERSION, ['records', 'window', 'destinations', 'sent', 'set_aside']],
]);

/** Each record has a checksum of its own (`records.ts`). A record whose checksum is wrong moves to `set_aside`. */
const TABLES = `
  CREATE TABLE records (key TEXT PRIMARY KEY, body TEXT NOT NULL, crc INTEGER NOT NULL);
  CREATE TABLE window (seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, hashes BLOB NOT NULL, crc INTEGER NOT NULL);
  CREATE TABLE destinations (name TEXT PRIMARY KEY, address TEXT NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE sent (
    destination TEXT NOT NULL, series TEXT NOT NULL, body TEXT NOT NULL, crc INTEGER NOT NULL,
    PRIMARY KEY (destination, series)
  ) WITHOUT ROWID;
  CREATE TABLE set_aside (found_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, place TEXT NOT NULL, key, body);
`;

/** In one transaction: a crash leaves the old version whole. Returns how many records were set aside. */
export function migrate(db: DatabaseSync, from: number): number {
  if (from === SCHEMA_VERSION) return 0;
  return transact(db, () => {
    const setAside = from === 3 ? migrateVersion3(db, TABLES) : 0;
    if (from === 0) db.exec(TABLES);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    return setAside;
  });
}
