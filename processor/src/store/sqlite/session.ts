/**
 * Ties a file to its log, because SQLite replays any log that lies beside a file: a view in the first page of both holds a number that grows
 * with each start.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { LogFile } from './log-file.ts';
import { transact } from './transaction.ts';

/** What the first page of a file or of a log says; undefined for files of earlier builds. */
function readSession(page: Buffer | undefined): number | undefined {
  const [, number] = /CREATE VIEW session AS SELECT (\d+) AS number/.exec(page?.toString('latin1') ?? '') ?? [];
  return number === undefined ? undefined : Number(number);
}

/** Which of the two is older than it should be. */
export function mismatch(head: Buffer, log: LogFile | undefined): 'older-log' | 'older-file' | undefined {
  const inFile = readSession(head);
  const inLog = readSession(log?.pages.get(1));
  if (inFile === undefined || inLog === undefined) return undefined;
  if (inLog < inFile) return 'older-log';
  // A crash may lie between a commit and the checkpoint that takes it to the file.
  return inLog > inFile + 1 ? 'older-file' : undefined;
}

/** On a full disk the last session goes on. */
export function beginSession(db: DatabaseSync): void {
  try {
    const row = db.prepare("SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = 'session'").get();
    const next = (readSession(Buffer.from(String(row?.sql))) ?? 0) + 1;
    transact(db, () => db.exec(`DROP VIEW IF EXISTS session; CREATE VIEW session AS SELECT ${next} AS number`));
    db.exec('PRAGMA wal_checkpoint(PASSIVE)');
  } catch {
    // An older log would not be noticed.
  }
}
