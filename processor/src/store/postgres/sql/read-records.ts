/** Where a reading stands, and the records that changed since an earlier one. */

/**
 * `next`: every transaction below it has ended, and what it wrote can be read from now on. `epoch` changes where another server answers, or one
 * that was restored or restarted: what was read before may not be what it has.
 */
export const readingPlace = (schema: string): string => `
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS next, (SELECT id::text FROM ${schema}.instance) AS instance,
    pg_postmaster_start_time()::text || ' ' || pg_relation_filenode('${schema}.records'::regclass) AS epoch`;

/**
 * A page of the records that changed. Transactions become visible in another order than they began in: `$1` is a `next` from before, so that
 * what was under way then is read again. `$2`: the last key of the page before; `$3`: how many.
 */
export const changedRecords = (schema: string): string => `
  SELECT key, body, crc FROM ${schema}.records WHERE changed >= $1::text::xid8 AND key > $2 ORDER BY key LIMIT $3`;

/** A page of all records that are not removed. `$1`: the last key of the page before; `$2`: how many. */
export const allRecords = (schema: string): string => `
  SELECT key, body, crc FROM ${schema}.records WHERE key > $1 AND body IS NOT NULL ORDER BY key LIMIT $2`;

/** Keeps a damaged record for whoever wants to look. `$1`: key; `$2`: body. */
export const setAside = (schema: string): string => `
  INSERT INTO ${schema}.set_aside (place, key, body) SELECT 'records', $1, $2
  WHERE NOT EXISTS (SELECT 1 FROM ${schema}.set_aside WHERE key = $1 AND body IS NOT DISTINCT FROM $2)`;
