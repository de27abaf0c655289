/**
 * Says what a path holds before SQLite opens it, because SQLite would change it: it replays or removes the log beside a file, and makes a
 * database of an empty file. Reads only.
 */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { StoreUnusable } from '../../base/errors.ts';
import { carve } from './carve.ts';
import { type LogFile, readLog } from './log-file.ts';
import { APPLICATION_ID, isOurSchema } from './schema.ts';
import { mismatch } from './session.ts';

export type Finding =
  | { readonly kind: 'absent' | 'ours' }
  /** Ours, and not to be opened as it is. */
  | { readonly kind: 'damaged'; readonly reason: string };

const PAGE_SIZE = 4096;
const MAGIC = 'SQLite format 3\0';
/** Bytes in which records are looked for before a file without a head counts as another program's. */
const SEARCHED = 64 * 1024 * 1024;

/** Throws StoreUnusable where the path holds what is not warmspare's. */
export function inspect(path: string, log: LogFile | undefined): Finding {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile()) throw new StoreUnusable(`${path} is no file: choose another path`);
  const hasLog = log !== undefined && log.size > 0;
  if (stat === undefined && !hasLog) return { kind: 'absent' };
  if (stat === undefined || stat.size === 0) {
    if (hasLog && !isOurs(log.pages.get(1)) && !hasRecords(path, log)) {
      throw new StoreUnusable(`${path}-wal is not one of warmspare's files: choose another path`);
    }
    const state = stat === undefined ? 'is missing' : 'is empty';
    return { kind: 'damaged', reason: hasLog ? `the file ${state} beside its log` : `the file ${state}` };
  }
  const head = readHead(path);
  const isSqlite = head.toString('latin1', 0, MAGIC.length) === MAGIC;
  if (isSqlite && isBlank(head) && !hasLog) return { kind: 'ours' };
  if (MAGIC.startsWith(head.toString('latin1', 0, MAGIC.length)) && head.length < 100) {
    return { kind: 'damaged', reason: 'the file was cut' };
  }
  if (!isOurs(head) && !isOurs(log?.pages.get(1))) {
    if (stat.size > SEARCHED || !hasRecords(path, log)) {
      const what = isSqlite ? 'is a SQLite file, but not one of' : 'holds something that is not';
      throw new StoreUnusable(`${path} ${what} warmspare's, and was left as it is: choose another path`);
    }
  }
  const hasOurId = [0, APPLICATION_ID].includes(head.readUInt32BE(68));
  const isWhole = isSqlite && isWholeHead(head) && hasOurId;
  if (!isWhole) return { kind: 'damaged', reason: 'the head of the file is damaged' };
  if (log?.damage !== undefined) return { kind: 'damaged', reason: log.damage };
  switch (mismatch(head, log)) {
    case undefined:
      return { kind: 'ours' };
    case 'older-log':
      return { kind: 'damaged', reason: 'the log beside it is an older one' };
    case 'older-file':
      return { kind: 'damaged', reason: 'the file is older than the log beside it' };
  }
}

/** The log, unless it is older than the file. */
export function usableLog(path: string): LogFile | undefined {
  const log = readLog(`${path}-wal`);
  if (!existsSync(path)) return log;
  return mismatch(readHead(path), log) === 'older-log' ? undefined : log;
}

function readHead(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(PAGE_SIZE);
    return head.subarray(0, readSync(file, head, 0, PAGE_SIZE, 0));
  } finally {
    closeSync(file);
  }
}

/** The first page of a file of ours, whose head may be damaged. A file that was killed before its first checkpoint has it in its log. */
function isOurs(page: Buffer | undefined): boolean {
  if (page === undefined || page.length < 100) return false;
  return page.readUInt32BE(68) === APPLICATION_ID || isOurSchema(page.toString('latin1'));
}

/** A database without a table, of nobody. */
function isBlank(head: Buffer): boolean {
  return (
    head.length >= 108 && head.readUInt32BE(60) === 0 && head.readUInt32BE(68) === 0 && head.readUInt16BE(103) === 0
  );
}

function hasRecords(path: string, log: LogFile | undefined): boolean {
  let isFound = false;
  const found = (): void => {
    isFound = true;
  };
  carve(path, log, { record: found, hashes: found });
  return isFound;
}

/** What never changes in the head of our files, nor in most others, https://www.sqlite.org/fileformat2.html#the_database_header. */
function isWholeHead(head: Buffer): boolean {
  return (
    head.readUInt16BE(16) === PAGE_SIZE &&
    head.readUInt8(18) === head.readUInt8(19) &&
    [1, 2].includes(head.readUInt8(18)) &&
    head.readUIntBE(20, 4) === 0x00_40_20_20 &&
    head.readUInt32BE(44) <= 4 &&
    head.readUInt32BE(56) <= 1
  );
}
