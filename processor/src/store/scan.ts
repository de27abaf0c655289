/** The rows of a query, one by one. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';

export type Columns = Record<string, SQLOutputValue>;

/**
 * Node.js 22.15 finalizes a statement that nobody holds any more, though its rows are still being taken: they end early, with an error or
 * without one (nodejs/node issue 57493).
 */
const held = new Set<StatementSync>();

/** Throws what SQLite throws. */
export function* scan(db: DatabaseSync, query: string): Generator<Columns, void, undefined> {
  const statement = db.prepare(query);
  held.add(statement);
  try {
    yield* statement.iterate();
  } finally {
    held.delete(statement);
  }
}
