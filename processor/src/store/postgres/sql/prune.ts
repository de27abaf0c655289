/** What keeps the tables small. Each statement is short, so that commits take their turns between two of them. */

/** One session prunes at a time; the lock ends with the transaction. `$1`: the schema's name. */
export const PRUNE_LOCK = `
  SELECT pg_try_advisory_xact_lock(hashtextextended('warmspare prunes ' || $1, 0)) AS mine`;

/** The time of the oldest commit that the window still needs. `$1`: the window's capacity less one. */
export const windowStart = (schema: string): string =>
  `SELECT at FROM ${schema}.counted ORDER BY at DESC OFFSET $1 LIMIT 1`;

/** A slice of what is older. `$1`: the time from {@link windowStart}; `$2`: how many at most. */
export const pruneWindow = (schema: string): string => `
  DELETE FROM ${schema}.counted WHERE hash IN (
    SELECT hash FROM ${schema}.counted WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)`;

/** Removed records that every replica has heard of. */
export const pruneRemoved = (schema: string): string =>
  `DELETE FROM ${schema}.records WHERE body IS NULL AND removed_at < now() - interval '1 hour'`;
