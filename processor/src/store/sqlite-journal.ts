/**
 * Changes that are durable and not yet in their tables. A commit appends one text, unread, whatever it changes; now and then the
 * texts are folded into the tables, the newest value of each record once, and leave with the same transaction.
 */
import type { DatabaseSync } from 'node:sqlite';
import { coalesce, type RecordChanges } from './coalesce.ts';
import { decodeEntry } from './journal-entry.ts';

export interface Journal {
  /** Within the caller's transaction: a text of `journal-entry.ts`. */
  append(entry: string): void;
  /** Within the caller's transaction: writes what the journal holds, and empties it. */
  fold(write: (changes: RecordChanges) => void): void;
  /** Whether it holds as much as one fold should take. */
  readonly isFull: boolean;
  readonly isEmpty: boolean;
  /** What was appended is durable. */
  committed(): void;
  /** It is not. */
  rolledBack(): void;
}

/** Commits, and characters, that one fold takes: it holds up the commits that wait, holds all of them in memory, and the file grows until then. */
const MAX_ENTRIES = 128;
const MAX_CHARACTERS = 2 * 1024 * 1024;

export function createJournal(db: DatabaseSync): Journal {
  const insert = db.prepare('INSERT INTO journal (changes) VALUES (?)');
  const select = db.prepare('SELECT changes FROM journal ORDER BY seq');
  const clear = db.prepare('DELETE FROM journal');
  const found = db.prepare('SELECT count(*) AS entries, total(length(changes)) AS characters FROM journal').get();
  let durable = { entries: Number(found?.entries), characters: Number(found?.characters) };
  let open = durable;
  return {
    append(entry) {
      insert.run(entry);
      open = { entries: open.entries + 1, characters: open.characters + entry.length };
    },
    fold(write) {
      const all = coalesce();
      for (const { changes } of select.iterate()) all.add(decodeEntry(String(changes)));
      write(all.changes);
      clear.run();
      open = { entries: 0, characters: 0 };
    },
    get isFull() {
      return durable.entries >= MAX_ENTRIES || durable.characters >= MAX_CHARACTERS;
    },
    get isEmpty() {
      return durable.entries === 0;
    },
    committed() {
      durable = open;
    },
    rolledBack() {
      open = durable;
    },
  };
}
