/**
 * Opens a store's file: exclusively, checked and migrated. A damaged file is set aside under another name, and the records in it that are
 * whole go on in a new one. A file that is another program's, or a newer version's, is left as it is and refused.
 */
import { chmodSync, existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreInUse, StoreUnusable } from '../../base/errors.ts';
import type { StoreDamage } from '../../types/pipeline.ts';
import { inspect, usableLog } from './inspect.ts';
import { readLog } from './log-file.ts';
import { BESIDES, carveInto, createFile, finishRebuild, hasNoLocks, isLocked, OWNER_ONLY, rebuild } from './repair.ts';
import { APPLICATION_ID, migrate, SCHEMA_VERSION, TABLES_OF } from './schema.ts';
import { beginSession } from './session.ts';

export interface OpenedFile {
  readonly db: DatabaseSync;
  readonly damage: StoreDamage | undefined;
}

export interface FileOptions {
  readonly path: string;
  /** The name that a damaged file gets. */
  readonly setAsideName: string;
  /** A damaged file is refused. */
  readonly keepsDamage?: boolean;
}

class Damaged extends Error {}

/** The disk takes nothing now. Nothing was changed. */
export class DiskFull extends Error {
  readonly damage: string | undefined;
  constructor(message: string, damage?: string) {
    super(message);
    this.damage = damage;
  }
}

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const ERROR = 1;
const BUSY = 5;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;

/** Throws StoreInUse, StoreUnusable or DiskFull. */
export function openFile({ path, setAsideName, keepsDamage }: FileOptions): OpenedFile {
  try {
    finishRebuild(path, setAsideName);
    const finding = inspect(path, readLog(`${path}-wal`));
    if (finding.kind === 'damaged') throw new Damaged(finding.reason);
    if (finding.kind === 'absent') createFile(path, setAsideName);
    return open(path);
  } catch (thrown) {
    const error = explain(thrown, path);
    if (!(error instanceof Damaged)) throw error;
    if (keepsDamage) throw new StoreUnusable(`${path} is damaged: ${error.message}`);
    return repair(path, setAsideName, error.message);
  }
}

/** What a full disk keeps from being opened, in memory: what is known can be read meanwhile. Of an earlier version's file nothing is. */
export function openInMemory(path: string): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  migrate(db, 0);
  carveInto(path, usableLog(path), db);
  return db;
}

function repair(path: string, setAsideName: string, reason: string): OpenedFile {
  if (isLocked(path, `${setAsideName}.probe`)) throw inUse(path);
  let kept: number;
  try {
    kept = rebuild(path, usableLog(path), setAsideName);
  } catch (thrown) {
    const error = explain(thrown, path);
    throw error instanceof DiskFull ? new DiskFull(error.message, reason) : error;
  }
  const { db } = open(path);
  return { db, damage: { reason: `${reason}; ${kept} records of it are whole and were kept`, movedTo: setAsideName } };
}

function open(path: string): OpenedFile {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 0 });
    // Exclusive before the first access: the lock is held for the life of the connection and ends with the process.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    db.exec('BEGIN EXCLUSIVE; COMMIT');
    check(db, path);
    const unread = migrate(db, versionOf(db));
    beginSession(db);
    for (const file of ['', ...BESIDES]) if (existsSync(path + file)) chmodSync(path + file, OWNER_ONLY);
    if (unread === 0) return { db, damage: undefined };
    const reason = `${unread} records that version 0.1.0 wrote cannot be read`;
    return { db, damage: { reason, movedTo: `the table set_aside of ${path}` } };
  } catch (error) {
    db?.close();
    throw error;
  }
}

function check(db: DatabaseSync, path: string): void {
  const version = versionOf(db);
  const tables = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").all();
  const expected = TABLES_OF.get(version);
  const isPlausible = version > 0 && version < 65_536;
  if (expected === undefined || (version === 0 && tables.length > 0)) {
    if (!isPlausible) throw new Damaged('the head of the file is damaged');
    throw new StoreUnusable(`${path} has schema version ${version}; this version of warmspare knows ${SCHEMA_VERSION}`);
  }
  if (version > 0 && db.prepare('PRAGMA application_id').get()?.application_id !== APPLICATION_ID) {
    throw new Damaged('the head of the file is damaged');
  }
  const missing = expected.filter(({ name, sql }) => !tables.some((table) => isTable(table, name, sql)));
  if (missing.length > 0) throw new Damaged(`tables are missing: ${missing.map(({ name }) => name).join(', ')}`);
  // The quick one does not compare indexes with their tables, and a commit would fail on one that differs.
  const result = db.prepare('PRAGMA integrity_check(1)').get()?.integrity_check;
  if (result !== 'ok') throw new Damaged(String(result));
}

function isTable(found: Record<string, unknown>, name: string, sql: string | undefined): boolean {
  return found.name === name && (sql === undefined || found.sql === sql);
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version);
}

function explain(error: unknown, path: string): Error {
  if (error instanceof Damaged || error instanceof StoreUnusable || error instanceof DiskFull) return error;
  if (error instanceof StoreInUse) return error;
  if (!(error instanceof Error)) return new StoreUnusable(`${path}: ${String(error)}`);
  if ('code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) return new DiskFull(error.message);
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
  switch (code) {
    // A statement of ours that does not fit the tables.
    case ERROR:
    case CORRUPT:
    case NOT_A_DATABASE:
      return new Damaged(error.message);
    case FULL:
    case IO_ERROR:
      return new DiskFull(error.message);
    case BUSY:
      return hasNoLocks(path) ? noLocks(path) : inUse(path);
    default:
      return new StoreUnusable(`${path} cannot be opened for writing: ${error.message}`, { cause: error });
  }
}

const inUse = (path: string): StoreInUse => new StoreInUse(`${path} is in use by another process: one service a file`);

const noLocks = (path: string): StoreUnusable =>
  new StoreUnusable(
    `${path} is on a file system without locks, as some network mounts are: choose a path on a local disk`,
  );
