/** The tables of the SQLite store, and how a file of an earlier version is brought up to date. */
import type { DatabaseSync } from 'node:sqlite';
import { transact } from './transaction.ts';
import { migrateVersion3, TABLES_3 } from './version-3.ts';

/** "WSPR": tells our files from other programs'. */
export const APPLICATION_ID = 0x57535052;

export const SCHEMA_VERSION = 4;

/** Each record has a checksum of its own (`records.ts`). A record whose checksum is wrong moves to `set_aside`. */
const TABLES: readonly string[] = [
  'CREATE TABLE records (key TEXT PRIMARY KEY, body TEXT NOT NULL, crc INTEGER NOT NULL)',
  'CREATE TABLE window (seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, hashes BLOB NOT NULL, crc INTEGER NOT NULL)',
  'CREATE TABLE destinations (name TEXT PRIMARY KEY, address TEXT NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID',
  `CREATE TABLE sent (
    destination TEXT NOT NULL, series TEXT NOT NULL, body TEXT NOT NULL, crc INTEGER NOT NULL,
    PRIMARY KEY (destination, series)
  ) WITHOUT ROWID`,
  'CREATE TABLE set_aside (found_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, place TEXT NOT NULL, key, body)',
];

export interface Table {
  readonly name: string;
  /** As SQLite keeps it; undefined where any will do. */
  readonly sql: string | undefined;
}

/** The tables of each version that a release wrote; a new file has none. */
export const TABLES_OF: ReadonlyMap<number, readonly Table[]> = new Map<number, readonly Table[]>([
  [0, []],
  [3, TABLES_3.map((name) => ({ name, sql: undefined }))],
  [SCHEMA_VERSION, TABLES.map((sql) => ({ name: sql.split(' ', 3)[2] ?? '', sql }))],
]);

/** Whether the first page of a file describes our tables. */
export function isOurSchema(page: string): boolean {
  return TABLES.some((sql) => page.includes(sql));
}

/** In one transaction: a crash leaves the old version whole. Returns how many records were set aside. */
export function migrate(db: DatabaseSync, from: number): number {
  if (from === SCHEMA_VERSION) return 0;
  return transact(db, () => {
    const setAside = from === 3 ? migrateVersion3(db, TABLES.join(';')) : 0;
    if (from === 0) db.exec(TABLES.join(';'));
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    return setAside;
  });
}
