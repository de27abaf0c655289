/** The PostgreSQL store by the contract of every store, and by that of stores which several processes write; directly and through pgbouncer. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgresStore } from '../../processor/src/store/postgres/postgres.ts';
import { describeShared, describeStore, type StoreUnderTest } from '../store/contract.ts';
import { type Pooler, type Postgres, startPooler, startPostgres } from './postgres-server.ts';

let postgres: Postgres;
let pooler: Pooler;

beforeAll(async () => {
  postgres = await startPostgres(['fsync = off']);
  pooler = await startPooler(postgres);
});

afterAll(async () => {
  await pooler?.remove();
  await postgres?.remove();
});

const STORES: Readonly<Record<string, () => string>> = {
  PostgreSQL: () => postgres.url,
  'PostgreSQL behind pgbouncer': () => pooler.url,
};

let schemas = 0;
const freshSchema = (): string => `contract_${schemas++}`;

async function open(url: string, schema: string): Promise<StoreUnderTest> {
  const store = await openPostgresStore({ url, schema, pool: 3 });
  return {
    store,
    reopen: async () => {
      await store.close();
      return open(url, schema);
    },
  };
}

for (const [name, url] of Object.entries(STORES)) {
  describeStore(`the ${name} store`, () => open(url(), freshSchema()));
  describeShared(`the ${name} store`, async () => {
    const schema = freshSchema();
    return [await open(url(), schema), await open(url(), schema)];
  });
}

describe('the PostgreSQL store', () => {
  test('makes one schema where two replicas start at once on an empty database', async () => {
    const schema = freshSchema();
    const stores = await Promise.all(
      Array.from({ length: 4 }, () => openPostgresStore({ url: postgres.url, schema, pool: 1 })),
    );
    const ids = await Promise.all(stores.map(({ load }) => load(() => undefined)));
    expect(new Set(ids).size).toBe(1);
    for (const store of stores) await store.close();
  });

  test('refuses a schema that a later version wrote', async () => {
    const schema = freshSchema();
    await (await openPostgresStore({ url: postgres.url, schema, pool: 1 })).close();
    await postgres.sql(`INSERT INTO ${schema}.migrations (number) VALUES (999)`);
    await expect(openPostgresStore({ url: postgres.url, schema, pool: 1 })).rejects.toThrow('a later version');
  });

  test('says what is wrong with a database, and nothing of its URL', async () => {
    const cases = [
      [postgres.url.replace(/\/postgres$/, '/no-such-base'), 'does not exist'],
      ['postgres://somebody:hunter2@127.0.0.1:1/postgres', 'nothing answers'],
      ['postgres://somebody:hunter2@no-such-host.invalid/postgres', 'host'],
      [`${postgres.url}?sslmode=require`, 'does not take TLS'],
    ] as const;
    for (const [url, message] of cases) {
      const error: unknown = await openPostgresStore({ url, schema: 'any', pool: 1 }).catch(
        (reason: unknown) => reason,
      );
      const told = String(error) + JSON.stringify(error, Object.getOwnPropertyNames(error));
      expect(told).toContain(message);
      for (const secret of ['hunter2', 'somebody', 'no-such-host', 'no-such-base']) expect(told).not.toContain(secret);
    }
  });

  test('opens no more connections than its pool has', async () => {
    const schema = freshSchema();
    const sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'warmspare'";
    const before = Number(await postgres.sql(sql));
    const store = await openPostgresStore({ url: postgres.url, schema, pool: 2 });
    await Promise.all(Array.from({ length: 20 }, () => store.shared?.lease('any', 1000)));
    expect(Number(await postgres.sql(sql)) - before).toBeLessThanOrEqual(2);
    await store.close();
  });
});
