/** Brings the schema up to date, one replica at a time, in one transaction. A schema of a later version is refused. */
import { StoreUnusable } from '../../base/errors.ts';
import type { Database, Query } from './connection.ts';
import { MIGRATIONS } from './sql/migrations.ts';
import { createMigrations, MIGRATION_LOCK, noteMigration, SCHEMA_EXISTS, schemaVersion } from './sql/schema-version.ts';

const TIMEOUT = 60_000;

/** `schema`: quoted; `name`: as it is. Rejects with StoreUnusable where a later version wrote it. */
export async function migrate(database: Database, schema: string, name: string): Promise<void> {
  const isDone = await database.transaction(TIMEOUT, async (query) => (await versionOf(query, schema, name)).isDone);
  if (isDone) return;
  await database.transaction(TIMEOUT, async (query) => {
    await query(MIGRATION_LOCK, [name]);
    const { version, hasSchema, hasMigrations } = await versionOf(query, schema, name);
    if (!hasSchema) await query(`CREATE SCHEMA ${schema}`);
    if (!hasMigrations) await query(createMigrations(schema));
    for (const [index, migration] of MIGRATIONS.entries()) {
      if (index < version) continue;
      await query(migration(schema));
      await query(noteMigration(schema), [index + 1]);
    }
  });
}

interface Version {
  readonly version: number;
  readonly isDone: boolean;
  readonly hasSchema: boolean;
  readonly hasMigrations: boolean;
}

async function versionOf(query: Query, schema: string, name: string): Promise<Version> {
  const { rows } = await query<{ schema: boolean; migrations: boolean }>(SCHEMA_EXISTS, [name]);
  const hasSchema = rows[0]?.schema === true;
  const hasMigrations = rows[0]?.migrations === true;
  const found = hasMigrations ? await query<{ version: number }>(schemaVersion(schema)) : undefined;
  const version = found?.rows[0]?.version ?? 0;
  if (version > MIGRATIONS.length) {
    throw new StoreUnusable(
      `the schema ${name} of the database was written by a later version of Warmspare (${version}, this one knows ${MIGRATIONS.length}); run that version`,
    );
  }
  return { version, isDone: version === MIGRATIONS.length, hasSchema, hasMigrations };
}
