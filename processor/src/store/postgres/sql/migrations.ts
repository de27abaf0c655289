/**
 * The migrations, by number: each brings the schema from the number before to its own. One that a release has is never changed. They add, and
 * leave what is there, so that replicas of the version before go on while a rollout runs.
 */

/** `schema`: quoted. */
export const MIGRATIONS: readonly ((schema: string) => string)[] = [
  (schema) => `
    CREATE TABLE ${schema}.instance (
      one boolean PRIMARY KEY DEFAULT true CHECK (one),
      id uuid NOT NULL DEFAULT gen_random_uuid(),
      tried_at timestamptz
    );
    INSERT INTO ${schema}.instance DEFAULT VALUES;
    CREATE TABLE ${schema}.records (
      key text COLLATE "C" PRIMARY KEY,
      body text,
      crc bigint NOT NULL DEFAULT 0,
      changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
      removed_at timestamptz
    ) WITH (fillfactor = 70);
    CREATE INDEX records_changed ON ${schema}.records (changed);
    CREATE TABLE ${schema}.counted (hash bigint PRIMARY KEY, at double precision NOT NULL);
    CREATE INDEX counted_at ON ${schema}.counted (at);
    CREATE TABLE ${schema}.destinations (name text PRIMARY KEY, address text NOT NULL);
    CREATE TABLE ${schema}.sent (
      destination text NOT NULL,
      series text COLLATE "C" NOT NULL,
      body text NOT NULL,
      PRIMARY KEY (destination, series)
    );
    CREATE TABLE ${schema}.leases (name text PRIMARY KEY, holder text NOT NULL, until timestamptz NOT NULL);
    CREATE TABLE ${schema}.set_aside (
      found_at timestamptz NOT NULL DEFAULT now(), place text NOT NULL, key text NOT NULL, body text
    );`,
];
