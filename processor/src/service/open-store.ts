/** Opens the store that the configuration names: a file of SQLite, or a schema of PostgreSQL, which is waited for. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StoreInUse, StoreUnavailable, StoreUnusable } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Config, PostgresConfig } from '../config/config.ts';
import { openSqliteStore } from '../store/sqlite/sqlite.ts';
import type { Store } from '../types/store.ts';
import { StartError } from './start-error.ts';

export interface OpenStoreOptions {
  readonly config: Config;
  readonly log: Log;
  /** Resolves when a start that still waits for its database is to be given up. */
  readonly stopped?: Promise<unknown> | undefined;
}

/** `onGone`: told once, where the store can never be used again. */
export async function openStore(options: OpenStoreOptions, onGone: (reason: string) => void): Promise<Store> {
  const { config, log } = options;
  if (config.store.postgres !== undefined) return openPostgres(config.store.postgres, options);
  const { path } = config.store;
  const directory = dirname(resolve(path));
  if (!existsSync(directory)) {
    throw new StartError(`The directory ${directory} does not exist. Create it, or set another store.sqlite.path.`);
  }
  return openSqliteStore({
    path,
    onRestart: (reason) => log.error({ reason }, "the store's thread died; it was started again and nothing is lost"),
    onGone,
  });
}

/** Between two tries to reach the database, in ms. */
const TRY_EVERY = 1000;

/** A database that cannot be reached is waited for: whoever started the service need not mind which of the two is up first. */
async function openPostgres(postgres: PostgresConfig, { log, stopped }: OpenStoreOptions): Promise<Store> {
  const { openPostgresStore } = await import('../store/postgres/postgres.ts');
  let isStopped = false;
  const stop = stopped?.then(() => {
    isStopped = true;
  });
  let told = '';
  for (;;) {
    try {
      const store = await openPostgresStore(postgres);
      if (told !== '') log.info('the database can be used');
      return store;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      if (error.message !== told) log.error({ reason: error.message }, 'the database cannot be used yet: trying again');
      told = error.message;
      await Promise.race([delay(TRY_EVERY), stop]);
      if (isStopped) throw new StartError(`Stopped while the database could not be used: ${told}.`);
    }
  }
}

/** Says which store it is that cannot be used. */
export function refuseStore({ store }: Config, error: unknown): never {
  if (error instanceof StoreInUse || error instanceof StoreUnusable) {
    const which = store.postgres ? 'store.postgres' : `store.sqlite.path is ${store.path}`;
    throw new StartError(`${error.message} (${which})`, { cause: error });
  }
  throw error;
}
