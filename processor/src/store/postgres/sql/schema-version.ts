/** Which migrations a schema has. */

/**
 * One row: whether the schema and its list of migrations are there. It reads the catalog itself: the functions that look names up may answer
 * from before another session's commit. `$1`: the schema's name.
 */
export const SCHEMA_EXISTS = `
  SELECT count(*) > 0 AS schema, count(c.oid) > 0 AS migrations
  FROM pg_catalog.pg_namespace n
  LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = 'migrations'
  WHERE n.nspname = $1`;

/** One row: the newest migration, 0 for none. */
export const schemaVersion = (schema: string): string =>
  `SELECT coalesce(max(number), 0)::int AS version FROM ${schema}.migrations`;

/** The list of migrations. */
export const createMigrations = (schema: string): string =>
  `CREATE TABLE ${schema}.migrations (number int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())`;

/** Notes a migration. `$1`: its number. */
export const noteMigration = (schema: string): string => `INSERT INTO ${schema}.migrations (number) VALUES ($1)`;

/** One replica migrates at a time; the lock ends with the transaction. `$1`: the schema's name. */
export const MIGRATION_LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('warmspare migrations of ' || $1, 0))`;
