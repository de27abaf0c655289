/**
 * Changes that are durable and not yet in their tables. A commit appends one text, unread, whatever it changes; now and then what all
 * of them left is written into the tables, and they leave with the same transaction. They are read after a crash only.
 */
import type { DatabaseSync } from 'node:sqlite';
import { coalesce, type RecordChanges } from './coalesce.ts';
import { decodeEntry } from './journal-entry.ts';

export interface Journal {
  /** Within the caller's transaction: a text of `journal-entry.ts`. */
  append(entry: string): void;
  /** What the journal holds, the newest value of each record once. */
  read(): RecordChanges;
  /** Within the caller's transaction. */
  clear(): void;
  /** Whether it holds as much as one fold should take. */
  readonly isFull: boolean;
  readonly isEmpty: boolean;
  /** What was appended is durable. */
  committed(): void;
  /** It is not. */
  rolledBack(): void;
}

/** Commits, and characters, that one fold takes: it holds up the commits that wait, the file grows until then, and a start after a crash reads it all. */
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
    read() {
      const all = coalesce();
      for (const { changes } of select.iterate()) all.add(decodeEntry(String(changes)));
      return all.changes;
    },
    clear() {
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
