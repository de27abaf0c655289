/** The tables of the SQLite store and the steps that bring an older file up to date. A step that was released never changes. */
import type { DatabaseSync } from 'node:sqlite';
import { transact } from './transaction.ts';

/** "WSPR": tells our files from other programs'. */
export const APPLICATION_ID = 0x57535052;

const IDENTITY = 'namespace TEXT NOT NULL, service TEXT NOT NULL, environment TEXT NOT NULL';
const ROW = `${IDENTITY}, chain TEXT NOT NULL, target TEXT NOT NULL, route_type TEXT NOT NULL`;
const ROW_KEY = 'namespace, service, environment, chain, target, route_type';

/** Step n makes version n + 1 of version n. Times are epoch ms. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE rows (
    ${ROW}, placeholder INTEGER NOT NULL, rank INTEGER, declared_at REAL NOT NULL, announced_at REAL NOT NULL,
    seen_at REAL NOT NULL, evidence TEXT NOT NULL, PRIMARY KEY (${ROW_KEY})
  ) WITHOUT ROWID;
  CREATE TABLE chains (
    ${IDENTITY}, chain TEXT NOT NULL, announced_at REAL NOT NULL,
    PRIMARY KEY (namespace, service, environment, chain)
  ) WITHOUT ROWID;
  CREATE TABLE series (
    ${ROW}, metric TEXT NOT NULL, attributes TEXT NOT NULL, value REAL NOT NULL, sum REAL NOT NULL, counts TEXT NOT NULL,
    start_time REAL NOT NULL, PRIMARY KEY (${ROW_KEY}, metric, attributes)
  ) WITHOUT ROWID;
  CREATE TABLE watermarks (${IDENTITY}, at REAL NOT NULL, PRIMARY KEY (namespace, service, environment)) WITHOUT ROWID;
  CREATE TABLE tombstones (${ROW}, at REAL NOT NULL, PRIMARY KEY (${ROW_KEY})) WITHOUT ROWID;
  CREATE TABLE window (seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, hashes BLOB NOT NULL);
  `,
  `
  CREATE TABLE facts (${ROW}, kind TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (${ROW_KEY}, kind)) WITHOUT ROWID;
  CREATE TABLE unassigned (
    ${IDENTITY}, provider TEXT NOT NULL, request_model TEXT NOT NULL, calls REAL NOT NULL, last_seen REAL NOT NULL,
    PRIMARY KEY (namespace, service, environment, provider, request_model)
  ) WITHOUT ROWID;
  CREATE TABLE journal (seq INTEGER PRIMARY KEY, changes TEXT NOT NULL);
  `,
  `
  CREATE TABLE destinations (name TEXT PRIMARY KEY, address TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE sent (
    destination TEXT NOT NULL, series TEXT NOT NULL, value REAL NOT NULL, sum REAL NOT NULL, counts TEXT NOT NULL,
    start_time REAL NOT NULL, at REAL NOT NULL, PRIMARY KEY (destination, series)
  ) WITHOUT ROWID;
  `,
];

export const SCHEMA_VERSION: number = MIGRATIONS.length;

/** All steps that the file lacks, in one transaction: a crash leaves the old version whole. */
export function migrate(db: DatabaseSync, from: number): void {
  if (from === SCHEMA_VERSION) return;
  transact(db, () => {
    for (const step of MIGRATIONS.slice(from)) db.exec(step);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}
