/**
 * An open store file, whatever befalls it: one that is removed while it is in use is written anew, and where the disk is full at start what
 * is known is read from memory until a commit finds room.
 */
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { StoreDamage } from '../../types/pipeline.ts';
import { DiskFull, openFile, openInMemory } from './file.ts';
import type { Answer, Request, WorkerOptions } from './messages.ts';
import { openNewest } from './newest.ts';
import { writeAnew } from './repair.ts';
import { createSentStatements } from './sent.ts';
import { createSetAside, createStatements } from './statements.ts';

/** Another file has taken the path: what is committed here is gone with the process. */
export class FileReplaced extends Error {}

export interface Database {
  readonly instanceId: string;
  readonly damage: StoreDamage | undefined;
  /** Throws what SQLite throws. */
  answer(request: Request): Answer;
  /** Looks whether the files are still there. Throws where they cannot be put back. */
  look(): void;
}

interface Opened {
  readonly db: DatabaseSync;
  readonly answer: (request: Exclude<Request, { readonly kind: 'close' }>) => Answer;
  /** Undefined in memory. */
  readonly file: Watched | undefined;
}

/** Throws StoreInUse or StoreUnusable. `onDamage`: told of what is found later. */
export function openDatabase(options: WorkerOptions, onDamage: (damage: StoreDamage) => void): Database {
  const { path, maxPages, setAsideName } = options;
  let found: StoreDamage | undefined;
  let damagedRecords = 0;
  let id = '';

  const damage = (): StoreDamage | undefined => {
    if (damagedRecords === 0) return found;
    const records = `${damagedRecords} records have a wrong checksum`;
    const aside = `the table set_aside of ${path}`;
    if (found === undefined) return { reason: records, movedTo: aside };
    const movedTo = found.movedTo === undefined ? aside : `${found.movedTo} and ${aside}`;
    return { reason: `${found.reason}; ${records}`, movedTo };
  };

  const use = (db: DatabaseSync, isFile: boolean): Opened => {
    if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${maxPages}`);
    const setAside = createSetAside(db, () => damagedRecords++);
    const statements = createStatements(db, setAside);
    const sent = createSentStatements(db, setAside);
    id = statements.instanceId(id);
    const newest = isFile ? openNewest(path) : undefined;
    if (newest !== undefined && newest.noted > statements.newest() && found === undefined) {
      const missing = newest.noted - statements.newest();
      found = { reason: `the newest commits are missing, ${missing} of them`, movedTo: undefined };
    }
    newest?.note(statements.newest());
    return {
      db,
      file: newest && { ...watch(path), close: newest.close },
      answer(request) {
        switch (request.kind) {
          case 'load-records': {
            const { list, next } = statements.records(request.after);
            return { records: list, next, damage: damage() };
          }
          case 'load-window': {
            const { list, next } = statements.window(request.after);
            return { window: list, next, damage: damage() };
          }
          case 'commit':
            statements.commit(request);
            newest?.note(statements.newest());
            return {};
          case 'load-sent': {
            const page = sent.load(request.destination, request.address, request.after);
            return { isBegun: page !== undefined, sent: page?.records ?? [], next: page?.next, damage: damage() };
          }
          case 'put-sent':
            sent.put(request.destination, request.records, request.remove);
            return {};
          case 'begin-sent':
            sent.begin(request.destination, request.address);
            return {};
          case 'forget-sent':
            sent.forget(request.destination);
            return {};
        }
      },
    };
  };

  const openOnDisk = (): Opened => {
    const opened = openFile(options);
    found = opened.damage ?? found;
    return use(opened.db, true);
  };

  const openFirst = (): Opened => {
    try {
      return openOnDisk();
    } catch (error) {
      if (!(error instanceof DiskFull)) throw error;
      if (error.damage !== undefined) found = { reason: error.damage, movedTo: undefined };
      return use(openInMemory(path), false);
    }
  };

  let current = openFirst();

  const report = (reason: string): void => {
    found = { reason, movedTo: undefined };
    onDamage(found);
  };

  const look = (): void => {
    const { file, db } = current;
    if (file === undefined) return;
    const state = file.state();
    if (state === 'replaced') throw new FileReplaced(`${path} is another file than it was`);
    if (state === 'removed') {
      writeAnew(path, db, setAsideName);
      file.close();
      current = openOnDisk();
      report('its file was removed while it was in use, and has been written anew with all that was in it');
    } else if (state === 'log-removed') {
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      db.close();
      file.close();
      current = openOnDisk();
      report('its log was removed while it was in use; nothing is lost');
    }
  };

  return {
    get instanceId() {
      return id;
    },
    get damage() {
      return damage();
    },
    look,
    answer(request) {
      if (request.kind === 'close') {
        current.db.close();
        current.file?.close();
        return {};
      }
      const isRead = request.kind.startsWith('load-');
      if (current.file === undefined && !isRead) {
        const next = openOnDisk();
        current.db.close();
        current = next;
      }
      const answer = current.answer(request);
      // Before it is acknowledged: what is in a removed file is gone with the process.
      if (request.kind === 'commit') look();
      return answer;
    },
  };
}

interface Watched {
  state(): 'there' | 'removed' | 'replaced' | 'log-removed';
  close(): void;
}

function watch(path: string): Pick<Watched, 'state'> {
  const { dev, ino } = statSync(path);
  let log: number | undefined;
  return {
    state() {
      const now = statSync(path, { throwIfNoEntry: false });
      if (now === undefined) return 'removed';
      if (now.ino !== ino || now.dev !== dev) return 'replaced';
      const logNow = statSync(`${path}-wal`, { throwIfNoEntry: false })?.ino;
      if (log !== undefined && logNow !== log) return 'log-removed';
      log = logNow;
      return 'there';
    },
  };
}
