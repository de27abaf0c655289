/** What a store is given in place of the commits it kept: a start from it is a start from the commits. */
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  CALL_OUTCOMES,
} from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coalesce } from '../store/coalesce.ts';
import { createMemoryStore, type MemoryStore } from '../store/memory.ts';
import { attempt, freshId, HOUR, start, T0, type World } from '../testdata/world.ts';
import type { Changes, OwnerRecord, Store } from '../types/store.ts';

const TYPES = { gpt: 'primary', claude: 'fallback', rules: 'heuristic' } as const;

const call = fc.record({
  target: fc.constantFrom('gpt', 'claude', 'rules' as const),
  outcome: fc.constantFrom(...CALL_OUTCOMES),
  minutesAgo: fc.nat(40),
  exercise: fc.constantFrom('organic', 'drill'),
  errorType: fc.constantFrom('404', '503'),
  model: fc.constantFrom('m1', 'm2', 'm3'),
});
const step = fc.record({
  calls: fc.array(call, { maxLength: 6 }),
  after: fc.constantFrom('nothing', 'fold', 'failed fold', 'crash', 'retire' as const),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Keeps commits as they came until it is given what they left. */
interface FoldingStore extends Store {
  due: 'no' | 'yes' | 'refused';
  /** How many owners it was given. */
  readonly given: readonly number[];
  /** What a crash would leave. */
  left(): Promise<MemoryStore>;
}

async function foldingStore(from?: MemoryStore): Promise<FoldingStore> {
  const folded = await createMemoryStore(from?.contents());
  const given: number[] = [];
  let kept: Changes[] = [];
  const store: FoldingStore = {
    damage: undefined,
    sent: folded.sent,
    due: 'no',
    given,
    load: (take) => folded.load(take),
    commit(changes) {
      kept.push(changes);
      return Promise.resolve();
    },
    folds: {
      get isDue() {
        return store.due !== 'no';
      },
      async fold(left: Iterable<OwnerRecord>) {
        if (store.due === 'refused') throw new Error('disk full');
        const owners = [...left];
        const rest = coalesce();
        for (const each of kept) rest.add({ ...each, owners: [] });
        await folded.commit({ ...rest.changes, owners, window: new Uint32Array(), windowAt: 0 });
        given.push(owners.length);
        kept = [];
      },
    },
    async left() {
      const all = await createMemoryStore(folded.contents());
      for (const each of kept) await all.commit(each);
      return all;
    },
    close: () => Promise.resolve(),
  };
  return store;
}

const spanOf = ({ target, outcome, minutesAgo, exercise, errorType, model }: Step['calls'][number], now: number) => ({
  attributes: attempt(target, TYPES[target], outcome, {
    [ATTR_LLM_FALLBACK_EXERCISE_KIND]: exercise,
    [ATTR_GEN_AI_RESPONSE_MODEL]: model,
    [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 7,
    ...(outcome === 'error' && { [ATTR_ERROR_TYPE]: errorType }),
  }),
  endTime: now - minutesAgo * 60_000,
  spanId: freshId(),
});

function seen({ pipeline, snapshot }: World) {
  const { targets, chains } = snapshot();
  return { targets, chains, metrics: [...pipeline.metrics(snapshot())] };
}

describe('what commits left', () => {
  it('is what the commits say, whenever it is given to the store and whenever the process ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        let store = await foldingStore();
        let world = await start({ store });
        let now = T0;
        for (const { calls, after } of steps) {
          now += HOUR / 4;
          if (after === 'fold') store.due = 'yes';
          if (after === 'failed fold') store.due = 'refused';
          await world.send(now, ...calls.map((each) => spanOf(each, now)));
          if (after === 'retire') await world.pipeline.retire({ chain: 'summarize', target: 'claude' });
          store.due = 'no';
          if (after !== 'crash') continue;
          const before = seen(world);
          store = await foldingStore(await store.left());
          world = await start({ store, now });
          expect(seen(world)).toEqual(before);
        }
        store.due = 'yes';
        await world.pipeline.close();
        const again = await start({ from: await store.left(), now });
        expect(seen(again)).toEqual(seen(world));
      }),
      { numRuns: 100 },
    );
  });

  it('is given to the store by one at a time, though the process ends while it is being written', async () => {
    const store = await foldingStore();
    const { folds } = store;
    let under = 0;
    let most = 0;
    const slow: Store = {
      ...store,
      folds: {
        isDue: true,
        async fold(owners) {
          most = Math.max(most, ++under);
          await new Promise((resolve) => setImmediate(resolve));
          await folds?.fold(owners);
          under--;
        },
      },
    };
    const world = await start({ store: slow });
    await world.send(T0, { attributes: attempt('gpt', 'primary', 'success'), endTime: T0 });
    await world.pipeline.close();
    const owners = store.given.reduce((sum, each) => sum + each, 0);
    expect({ most, owners }).toEqual({ most: 1, owners: 4 });
  });

  it('is nothing of a process that found all as the configuration has it and saw no span', async () => {
    const first = await start();
    await first.send(T0, { attributes: attempt('gpt', 'primary', 'success'), endTime: T0 });
    await first.send(T0, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 });
    await first.pipeline.close();
    const store = await foldingStore(first.store);
    await (await start({ store, now: T0 })).pipeline.close();
    expect(store.given).toEqual([0]);
  });

  it('is of the rows and chains alone that were touched since', async () => {
    const store = await foldingStore();
    const world = await start({ store });
    store.due = 'yes';
    await world.send(T0, { attributes: attempt('gpt', 'primary', 'success'), endTime: T0 });
    await world.send(T0 + 10, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 + 10 });
    await world.send(T0 + 20, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 + 20 });
    // Three rows and their chain at first; then one, of a chain whose failover does not move.
    expect(store.given[0]).toBe(4);
    expect(store.given.slice(1)).toEqual([2, 2]);
  });
});
