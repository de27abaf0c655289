/** What a commit has to know before it writes: its transaction's number and the database's time in epoch ms. */
export const BEGIN_COMMIT = `
  SELECT pg_current_xact_id()::text AS xid, extract(epoch FROM clock_timestamp())::float8 * 1000 AS now`;
