/** Every store, by one contract. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createMemoryStore, type MemoryStore } from '../../processor/src/store/memory.ts';
import { openSqliteStore } from '../../processor/src/store/sqlite/sqlite.ts';
import { anyChanges } from './changes.ts';
import { describeStore, everything, type StoreUnderTest } from './contract.ts';
import { unordered } from './unordered.ts';

const directory = mkdtempSync(join(tmpdir(), 'warmspare-stores-'));
afterAll(() => rmSync(directory, { recursive: true }));

const memory = (store: MemoryStore): StoreUnderTest => ({
  store,
  reopen: async () => memory(await createMemoryStore(store.contents())),
});

const sqlite = async (path: string): Promise<StoreUnderTest> => {
  const store = await openSqliteStore({ path });
  return {
    store,
    reopen: async () => {
      await store.close();
      return sqlite(path);
    },
  };
};

let files = 0;
const STORES = {
  memory: async () => memory(await createMemoryStore()),
  SQLite: () => sqlite(join(directory, `${files++}.db`)),
};

for (const [name, open] of Object.entries(STORES)) describeStore(`the ${name} store`, open);

describe('any two stores', () => {
  it('keep the same of the same commits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyChanges, { maxLength: 6 }), async (commits) => {
        const kept = await Promise.all(
          Object.values(STORES).map(async (open) => {
            const first = await open();
            for (const each of commits) await first.store.commit(each);
            const { store } = await first.reopen();
            const { instanceId: _own, ...contents } = await everything(store);
            await store.close();
            return unordered(contents);
          }),
        );
        for (const each of kept) expect(each).toEqual(kept[0]);
      }),
      // Each run opens two files.
      { numRuns: 8 },
    );
  });
});
