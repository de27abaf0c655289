/**
 * Opens a store's file: exclusively, checked and migrated. A damaged file is set aside under another name; a file that is
 * another program's, or a newer version's, is left as it is and refused.
 */
import { renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreInUse, StoreUnusable } from '../errors.ts';
import type { StoreDamage } from '../types/pipeline.ts';
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from './schema.ts';

export interface OpenedFile {
  readonly db: DatabaseSync;
  readonly damage: StoreDamage | undefined;
}

class Damaged extends Error {}

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const BUSY = 5;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** `setAsideName` is where a damaged file goes; without it one is refused. Throws StoreInUse or StoreUnusable. */
export function openFile(path: string, setAsideName: string | undefined): OpenedFile {
  try {
    return { db: open(path), damage: undefined };
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    if (setAsideName === undefined) throw new StoreUnusable(`${path} is damaged: ${error.message}`);
    const damage = { reason: error.message, movedTo: setAsideName };
    setAside(path, setAsideName);
    return { db: open(path), damage };
  }
}

function open(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 0 });
    // Exclusive before the first access: the lock is held for the life of the connection and ends with the process.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    db.exec('BEGIN EXCLUSIVE; COMMIT');
    check(db, path);
    migrate(db, version(db));
    return db;
  } catch (error) {
    db?.close();
    throw explain(error, path);
  }
}

function check(db: DatabaseSync, path: string): void {
  const found = version(db);
  if (found > SCHEMA_VERSION) {
    throw new StoreUnusable(`${path} has schema version ${found}; this version of warmspare knows ${SCHEMA_VERSION}`);
  }
  const tables = db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables;
  const owner = db.prepare('PRAGMA application_id').get()?.application_id;
  if (tables !== 0 && owner !== APPLICATION_ID) {
    throw new StoreUnusable(`${path} is a SQLite file, but not one of warmspare's: choose another path`);
  }
  const result = db.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (result !== 'ok') throw new Damaged(String(result));
}

function version(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version);
}

function explain(error: unknown, path: string): Error {
  if (!(error instanceof Error)) return new StoreUnusable(`${path}: ${String(error)}`);
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
  if (code === CORRUPT || code === NOT_A_DATABASE) return new Damaged(error.message);
  if (code === BUSY) return new StoreInUse(`${path} is in use by another process: one service a file`);
  if (code !== 0) return new StoreUnusable(`${path} cannot be opened for writing: ${error.message}`, { cause: error });
  return error;
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
