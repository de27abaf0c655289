/**
 * Opens a store's file: exclusively, checked and migrated. A damaged file is set aside under another name, and the records in it that are
 * whole go on in a new one. A file that is another program's, or a newer version's, is left as it is and refused.
 */
import { chmodSync, closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreInUse, StoreUnusable } from '../../base/errors.ts';
import type { StoreDamage } from '../../types/pipeline.ts';
import { salvage } from './salvage.ts';
import { APPLICATION_ID, migrate, SCHEMA_VERSION, TABLES_OF } from './schema.ts';

export interface OpenedFile {
  readonly db: DatabaseSync;
  readonly damage: StoreDamage | undefined;
}

class Damaged extends Error {}

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const BUSY = 5;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** The evidence names services, models and errors: other users of the machine do not read it. SQLite gives its log the same mode. */
const OWNER_ONLY = 0o600;

/** `setAsideName` is where a damaged file goes; without it one is refused. Throws StoreInUse or StoreUnusable. */
export function openFile(path: string, setAsideName: string | undefined): OpenedFile {
  try {
    return open(path);
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    if (setAsideName === undefined) throw new StoreUnusable(`${path} is damaged: ${error.message}`);
    setAside(path, setAsideName);
    const { db } = open(path);
    const reason = `${error.message}; ${salvage(setAsideName, db)} records of it are whole and were kept`;
    return { db, damage: { reason, movedTo: setAsideName } };
  }
}

function open(path: string): OpenedFile {
  let db: DatabaseSync | undefined;
  try {
    create(path);
    db = new DatabaseSync(path, { timeout: 0 });
    // Exclusive before the first access: the lock is held for the life of the connection and ends with the process.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    db.exec('BEGIN EXCLUSIVE; COMMIT');
    check(db, path);
    const unread = migrate(db, versionOf(db));
    for (const file of [path, `${path}-wal`]) if (existsSync(file)) chmodSync(file, OWNER_ONLY);
    if (unread === 0) return { db, damage: undefined };
    const reason = `${unread} records that version 0.1.0 wrote cannot be read`;
    return { db, damage: { reason, movedTo: `the table set_aside of ${path}` } };
  } catch (error) {
    db?.close();
    throw explain(error, path);
  }
}

/**
 * Before SQLite would create it with the mode of any other file. A file that exists is not opened: to close it again would end the lock
 * that another connection of this process may have on it.
 */
function create(path: string): void {
  try {
    closeSync(openSync(path, 'wx', OWNER_ONLY));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function check(db: DatabaseSync, path: string): void {
  const version = versionOf(db);
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map(({ name }) => String(name));
  const owner = db.prepare('PRAGMA application_id').get()?.application_id;
  if (tables.length > 0 && owner !== APPLICATION_ID) {
    throw new StoreUnusable(`${path} is a SQLite file, but not one of warmspare's: choose another path`);
  }
  const expected = TABLES_OF.get(version);
  if (expected === undefined) {
    throw new StoreUnusable(`${path} has schema version ${version}; this version of warmspare knows ${SCHEMA_VERSION}`);
  }
  const missing = expected.filter((table) => !tables.includes(table));
  if (missing.length > 0) throw new Damaged(`tables are missing: ${missing.join(', ')}`);
  const result = db.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (result !== 'ok') throw new Damaged(String(result));
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version);
}

function explain(error: unknown, path: string): Error {
  if (error instanceof Damaged || error instanceof StoreUnusable) return error;
  if (!(error instanceof Error)) return new StoreUnusable(`${path}: ${String(error)}`);
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
  if (code === CORRUPT || code === NOT_A_DATABASE) return new Damaged(error.message);
  if (code === BUSY) return new StoreInUse(`${path} is in use by another process: one service a file`);
  return new StoreUnusable(`${path} cannot be opened for writing: ${error.message}`, { cause: error });
}

/** Its write-ahead log goes with it: whoever mends the file needs both. */
function setAside(path: string, to: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    try {
      renameSync(path + suffix, to + suffix);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
}
