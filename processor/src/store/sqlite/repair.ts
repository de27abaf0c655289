/**
 * Puts a new file in the place of a damaged one, with the records that are whole, and sets the damaged one aside under another name. A
 * crash at any moment leaves either the old file or the new one, or what the next start needs to finish.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, closeSync, existsSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { carve } from './carve.ts';
import type { LogFile } from './log-file.ts';
import { migrate } from './schema.ts';
import { transact } from './transaction.ts';

/** While it is filled, and once it is complete. */
const partial = (path: string): string => `${path}.rebuilding`;
const complete = (path: string): string => `${path}.rebuilt`;

/** The evidence names services, models and errors: other users of the machine do not read it. */
export const OWNER_ONLY = 0o600;

/** The files of SQLite beside its own. */
export const BESIDES: readonly string[] = ['-wal', '-shm', '-journal'];

/** Returns how many records were kept. Throws what SQLite throws, and then everything is as it was. */
export function rebuild(path: string, log: LogFile | undefined, setAsideName: string): number {
  let kept = 0;
  create(path, (into) => {
    kept = carveInto(path, log, into);
  });
  swap(path, setAsideName);
  return kept;
}

/** Writes all that an open database has to a new file: its own was removed. Closes it. */
export function writeAnew(path: string, db: DatabaseSync, setAsideName: string): void {
  remove(partial(path));
  closeSync(openSync(partial(path), 'wx', OWNER_ONLY));
  db.prepare('VACUUM INTO ?').run(partial(path));
  renameSync(partial(path), complete(path));
  db.close();
  for (const suffix of BESIDES) rmSync(path + suffix, { force: true });
  swap(path, setAsideName);
}

/** Makes the first file, whole at once. */
export function createFile(path: string, setAsideName: string): void {
  create(path, () => undefined);
  swap(path, setAsideName);
}

function create(path: string, fill: (into: DatabaseSync) => void): void {
  remove(partial(path));
  // Before SQLite would create it with the mode of any other file.
  closeSync(openSync(partial(path), 'wx', OWNER_ONLY));
  const into = new DatabaseSync(partial(path));
  try {
    into.exec('PRAGMA synchronous = FULL');
    migrate(into, 0);
    fill(into);
  } catch (error) {
    into.close();
    remove(partial(path));
    throw error;
  }
  into.close();
  renameSync(partial(path), complete(path));
}

/** Finishes what a crash cut off in {@link rebuild}. */
export function finishRebuild(path: string, setAsideName: string): boolean {
  if (!existsSync(complete(path))) return false;
  swap(path, setAsideName);
  return true;
}

/** The log goes first: beside the new file it would be taken for its own. */
function swap(path: string, setAsideName: string): void {
  for (const suffix of [...BESIDES, '']) {
    if (!existsSync(path + suffix)) continue;
    chmodSync(path + suffix, OWNER_ONLY);
    renameSync(path + suffix, setAsideName + suffix);
  }
  renameSync(complete(path), path);
}

/** Copies all records that are whole into an open database; returns how many those are. */
export function carveInto(path: string, log: LogFile | undefined, into: DatabaseSync): number {
  const put = into.prepare('INSERT OR REPLACE INTO records (key, body, crc) VALUES (?, ?, ?)');
  const putHashes = into.prepare('INSERT OR REPLACE INTO window (seq, at, hashes, crc) VALUES (?, ?, ?, ?)');
  const keys = new Set<string>();
  return transact(into, () => {
    carve(path, log, {
      record({ key, body, crc }) {
        put.run(key, body, crc);
        keys.add(key);
      },
      hashes: ({ seq, at, hashes, crc }) => void putHashes.run(seq, at, hashes, crc),
    });
    return keys.size;
  });
}

/**
 * Whether another connection holds the file's lock, asked under another name of it: under its own, SQLite would replay its log or remove it.
 * Where the file system knows no other names, no.
 */
export function isLocked(path: string, otherName: string): boolean {
  if (!existsSync(path)) return false;
  try {
    linkSync(path, otherName);
  } catch {
    return false;
  }
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(otherName, { timeout: 0 });
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK');
    return false;
  } catch (error) {
    return isBusy(error);
  } finally {
    db?.close();
    remove(otherName);
  }
}

/** Whether the directory's file system refuses locks that nobody else can have. */
export function hasNoLocks(path: string): boolean {
  const probe = `${path}.lock-probe-${randomUUID()}`;
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(probe, { timeout: 0 });
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK');
    return false;
  } catch (error) {
    return isBusy(error);
  } finally {
    db?.close();
    remove(probe);
  }
}

/** https://www.sqlite.org/rescode.html. SQLite also says so where the system has no locks. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5;
}

function remove(path: string): void {
  for (const suffix of ['', ...BESIDES]) rmSync(path + suffix, { force: true });
}
