/** All or nothing. */
import type { DatabaseSync } from 'node:sqlite';

/** Throws what `work` or SQLite throws, and then nothing changed. */
export function transact<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(db);
    throw error;
  }
}

/** After some errors, a full disk's among them, SQLite has done so by itself. Node.js 22.15 cannot tell whether it has. */
function rollBack(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // There was nothing to roll back.
  }
}
