/** The contract of every store, as tests. `stores.test.ts` runs it on each store; run it on a store of your own by {@link describeStore}. */
import { describe, expect, it } from 'vitest';
import { WINDOW_CAPACITY } from '../../processor/src/ledger/duplicate-window.ts';
import type { SentRecord } from '../../processor/src/types/sent.ts';
import type {
  ChainRecord,
  Changes,
  Contents,
  RowKey,
  RowRecord,
  SeriesRecord,
  Store,
  Tombstone,
  UnassignedRecord,
} from '../../processor/src/types/store.ts';
import { unordered } from './unordered.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Closes it and opens what it left. */
  reopen(): Promise<StoreUnderTest>;
}

const KEY: RowKey = {
  namespace: 'retail',
  service: 'shop',
  environment: '',
  chain: 'summarize',
  target: 'claude',
  routeType: 'fallback',
};

const SERIES: SeriesRecord = {
  kind: { metric: 'calls', attributes: '{"a":"b"}' },
  value: 3,
  sum: 0.25,
  counts: [1, 0, 2],
  startTime: 1_700_000_000_000,
};

const COUNTER: SeriesRecord = { ...SERIES, kind: { metric: 'runs', attributes: '{}' }, counts: undefined };

const ROW: RowRecord = {
  key: KEY,
  placeholder: false,
  state: {
    rank: 1,
    declaredAt: 1_700_000_000_000.25,
    announcedAt: 1_700_000_000_001,
    seenAt: 0,
    evidence: {
      drill: {
        success: { at: 1_700_000_000_000.5, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
        failure: { at: 3, traceId: '', spanId: '', outcome: 'error', errorType: 'rate_limit "\0\u00e9' },
      },
    },
  },
  series: [SERIES, COUNTER],
  facts: { activity: { from: 7, counts: [1, 0, 2] } },
};

const { target: _target, routeType: _routeType, ...CHAIN_KEY } = KEY;
const { chain: _chain, ...SERVICE_KEY } = CHAIN_KEY;

const CHAIN: ChainRecord = { key: CHAIN_KEY, announcedAt: 5, series: [COUNTER], facts: { unsampled: 4 } };
const TOMBSTONE: Tombstone = { ...KEY, target: 'gone', at: 9 };

const SENT: SentRecord = {
  series: 's1',
  value: 3,
  sum: 0.25,
  counts: [1, 0, 2],
  startTime: 1_700_000_000_000.5,
  at: 7,
};

async function sentTo(store: Store, destination: string, address: string) {
  const records: SentRecord[] = [];
  const isBegun = await store.sent.load(destination, address, (part) => records.push(...part));
  return { isBegun, records };
}

const UNASSIGNED: UnassignedRecord = {
  namespace: 'retail',
  service: 'shop',
  environment: '',
  provider: 'openai',
  requestModel: 'gpt-5',
  calls: 3,
  lastSeen: 1_700_000_000_000.5,
};

/** All parts that {@link Store.load} gives, put together. */
export async function everything(store: Store): Promise<Contents & { readonly instanceId: string }> {
  const found: { [Name in keyof Contents]: Contents[Name][number][] } = {
    rows: [],
    chains: [],
    watermarks: [],
    tombstones: [],
    unassigned: [],
    window: [],
  };
  const instanceId = await store.load((part) => {
    for (const name of Object.keys(part) as (keyof Contents)[]) {
      (found[name] as unknown[]).push(...(part[name] as readonly unknown[]));
    }
  });
  return { instanceId, ...found };
}

/** A change of so much, and of nothing else. */
export function change(
  put: Partial<Changes['put']> = {},
  remove: Partial<Changes['remove']> = {},
  more: Partial<Pick<Changes, 'window' | 'windowAt'>> = {},
): Changes {
  const all = { rows: [], chains: [], watermarks: [], tombstones: [], unassigned: [], ...put };
  return {
    put: all,
    added: () => all,
    remove: { rows: [], chains: [], unassigned: [], ...remove },
    window: new Uint32Array(),
    windowAt: 0,
    ...more,
  };
}

export function describeStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name}, as any store`, () => {
    it('is empty at first, with an instance id that stays', async () => {
      const first = await open();
      const { instanceId, ...contents } = await everything(first.store);
      expect(instanceId).toMatch(/^[0-9a-f-]{36}$/);
      expect(Object.values(contents).every((records) => records.length === 0)).toBe(true);
      const second = await first.reopen();
      expect((await everything(second.store)).instanceId).toBe(instanceId);
      await second.store.close();
    });

    it('gives back everything as it was committed last', async () => {
      const first = await open();
      const bare: RowRecord = { ...ROW, key: { ...KEY, target: 'bare' }, state: { ...ROW.state, evidence: {} } };
      const put = {
        rows: [ROW, bare],
        chains: [CHAIN],
        unassigned: [UNASSIGNED, { ...UNASSIGNED, provider: '', lastSeen: 2 }],
        watermarks: [{ ...SERVICE_KEY, at: 7.5 }],
        tombstones: [TOMBSTONE],
      };
      const hashes = new Uint32Array([1, 2, 0xffffffff, 4]);
      await first.store.commit(change(put, {}, { window: hashes, windowAt: 11 }));
      const moved: RowRecord = { ...ROW, series: [{ ...SERIES, value: 4 }, COUNTER], facts: { unsampled: 2 } };
      await first.store.commit(change({ rows: [moved] }));
      await first.store.commit(change({}, { unassigned: [{ ...UNASSIGNED, provider: '' }] }));
      const second = await first.reopen();
      const { instanceId: _id, window, ...records } = await everything(second.store);
      expect(unordered(records)).toEqual(unordered({ ...put, rows: [moved, bare], unassigned: [UNASSIGNED] }));
      expect(window).toEqual([{ at: 11, hashes }]);
      await second.store.close();
    });

    it('keeps what it was given, whatever becomes of the objects', async () => {
      const { store } = await open();
      const series = { ...SERIES, counts: [1, 0, 2] };
      await store.commit(change({ rows: [{ ...ROW, series: [series] }] }));
      series.value = 100;
      series.counts[0] = 100;
      expect((await everything(store)).rows).toMatchObject([{ series: [SERIES] }]);
      await store.close();
    });

    it('gives back more than fits one part', async () => {
      const first = await open();
      const rows = Array.from({ length: 2500 }, (_, index) => ({ ...ROW, key: { ...KEY, target: `t${index}` } }));
      await first.store.commit(change({ rows }));
      const contents = await everything(first.store);
      expect(new Set(contents.rows.map(({ key }) => key.target)).size).toBe(2500);
      expect(contents.rows).toHaveLength(2500);
      await first.store.close();
    });

    it('removes a row, and puts in the same change what comes anew', async () => {
      const { store } = await open();
      await store.commit(change({ rows: [ROW], tombstones: [TOMBSTONE] }));
      const anew: RowRecord = { ...ROW, placeholder: true, series: [], facts: {} };
      await store.commit(change({ rows: [anew] }, { rows: [KEY] }));
      expect(await everything(store)).toMatchObject({ rows: [anew], tombstones: [TOMBSTONE] });
      await store.commit(change({}, { rows: [KEY] }));
      expect((await everything(store)).rows).toEqual([]);
      await store.close();
    });

    it('removes a chain without its rows', async () => {
      const { store } = await open();
      await store.commit(change({ rows: [ROW], chains: [CHAIN] }));
      await store.commit(change({}, { chains: [CHAIN_KEY] }));
      expect(await everything(store)).toMatchObject({ chains: [], rows: [ROW] });
      await store.close();
    });

    it('keeps what a destination was sent, the newest of each series, from when it begins on', async () => {
      const { store } = await open();
      const otlp = await sentTo(store, 'otlp', 'http://a');
      expect(otlp).toEqual({ isBegun: false, records: [] });
      await store.sent.put('otlp', [SENT, { ...SENT, series: 's2' }, { ...SENT, series: 's3' }], []);
      await store.sent.begin('otlp', 'http://a');
      await store.sent.put('otlp', [{ ...SENT, value: 9 }], ['s3', 'none']);
      await store.sent.put('other', [SENT], []);
      expect(await sentTo(store, 'otlp', 'http://a')).toEqual({
        isBegun: true,
        records: [
          { ...SENT, value: 9 },
          { ...SENT, series: 's2' },
        ],
      });
      await store.close();
    });

    it('forgets what a destination was sent that never began, that has moved, or that is told to go', async () => {
      const { store } = await open();
      await store.sent.put('otlp', [SENT], []);
      expect(await sentTo(store, 'otlp', 'http://a')).toEqual({ isBegun: false, records: [] });
      for (const end of [() => sentTo(store, 'otlp', 'http://b'), () => store.sent.forget('otlp')]) {
        await store.sent.put('otlp', [SENT], []);
        await store.sent.begin('otlp', 'http://a');
        expect(await sentTo(store, 'otlp', 'http://a')).toMatchObject({ isBegun: true, records: [SENT] });
        await end();
        await store.sent.begin('otlp', 'http://a');
        expect(await sentTo(store, 'otlp', 'http://a')).toEqual({ isBegun: true, records: [] });
      }
      await store.close();
    });

    it('keeps the newest hashes of the window and lets whole old commits go', async () => {
      const first = await open();
      const half = new Uint32Array(WINDOW_CAPACITY).fill(7);
      for (const windowAt of [1, 2, 3]) await first.store.commit(change({}, {}, { window: half, windowAt }));
      expect((await everything(first.store)).window.map(({ at }) => at)).toEqual([2, 3]);
      await first.store.close();
    });
  });
}
