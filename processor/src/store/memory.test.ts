import { describeStore, type StoreUnderTest } from './contract.ts';
import { createMemoryStore, type MemoryStore } from './memory.ts';

const underTest = (store: MemoryStore): StoreUnderTest => ({
  store,
  reopen: async () => underTest(await createMemoryStore(store.contents())),
});

describeStore('the memory store', async () => underTest(await createMemoryStore()));
