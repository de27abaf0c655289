/** The contract of every store, as tests. `stores.test.ts` runs it on each store; run it on a store of your own by {@link describeStore}. */
import { describe, expect, it } from 'vitest';
import { ChangedElsewhere } from '../../processor/src/base/errors.ts';
import { WINDOW_CAPACITY } from '../../processor/src/ledger/duplicate-window.ts';
import type { SentRecord } from '../../processor/src/types/sent.ts';
import type {
  ChainRecord,
  ChangedPart,
  Changes,
  Contents,
  Records,
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

/** The hashes of a window, sorted. */
function pairsOf(window: readonly { readonly hashes: Uint32Array }[]): string[] {
  return window
    .flatMap(({ hashes }) =>
      Array.from({ length: hashes.length / 2 }, (_, at) => `${hashes[2 * at]} ${hashes[2 * at + 1]}`),
    )
    .sort();
}

/** A change of so much, and of nothing else. `added`: its share in what is put, where that was there before. */
export function change(
  put: Partial<Changes['put']> = {},
  remove: Partial<Changes['remove']> = {},
  { added = put, ...more }: Partial<Pick<Changes, 'window' | 'windowAt'>> & { readonly added?: typeof put } = {},
): Changes {
  const none = { rows: [], chains: [], watermarks: [], tombstones: [], unassigned: [] };
  const all = { ...none, ...put };
  return {
    put: all,
    added: () => ({ ...none, ...added }),
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
      const moved: RowRecord = {
        ...ROW,
        series: [{ ...SERIES, value: 4, counts: [1, 0, 3] }, COUNTER],
        facts: { ...ROW.facts, unsampled: 2 },
      };
      const share = { ...ROW, series: [{ ...SERIES, value: 1, sum: 0, counts: [0, 0, 1] }], facts: { unsampled: 2 } };
      await first.store.commit(change({ rows: [moved] }, {}, { added: { rows: [share] } }));
      await first.store.commit(change({}, { unassigned: [{ ...UNASSIGNED, provider: '' }] }));
      const second = await first.reopen();
      const { instanceId: _id, window, ...records } = await everything(second.store);
      expect(unordered(records)).toEqual(unordered({ ...put, rows: [moved, bare], unassigned: [UNASSIGNED] }));
      expect(window.map(({ at }) => at)).toEqual([11]);
      expect(pairsOf(window)).toEqual(pairsOf([{ hashes }]));
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
      const commits = Array.from({ length: 10 }, (_, index) => index + 1);
      for (const windowAt of commits) {
        const words = { length: WINDOW_CAPACITY / 4 };
        const window = Uint32Array.from(words, (_, word) => (word % 2 === 0 ? windowAt : word));
        await first.store.commit(change({}, {}, { window, windowAt }));
      }
      expect((await everything(first.store)).window.map(({ at }) => at)).toEqual(commits.slice(2));
      await first.store.close();
    });
  });
}

/** `open`: the same store, opened twice, as two processes do. */
export function describeShared(name: string, open: () => Promise<readonly [StoreUnderTest, StoreUnderTest]>): void {
  describe(`${name}, as one that several processes write`, () => {
    it('adds what each of them counted, and keeps the newest of what they saw', async () => {
      const [{ store: a }, { store: b }] = await opened(open);
      const sighting = (at: number, id: string) => ({ at, traceId: id.repeat(32), spanId: id.repeat(16) });
      const seen = (at: number, id: string, declaredAt: number): RowRecord => ({
        ...ROW,
        state: { ...ROW.state, declaredAt, evidence: { organic: { success: sighting(at, id), failure: undefined } } },
      });
      await a.commit(
        change({ rows: [seen(20, 'a', 9)], unassigned: [UNASSIGNED], watermarks: [{ ...SERVICE_KEY, at: 5 }] }),
      );
      const merged = await b.shared?.commit(
        change({ rows: [seen(10, 'b', 8)], unassigned: [UNASSIGNED], watermarks: [{ ...SERVICE_KEY, at: 4 }] }),
      );
      const [row] = merged?.rows ?? [];
      expect(row?.state).toMatchObject({ declaredAt: 8, evidence: { organic: { success: sighting(20, 'a') } } });
      expect(row?.series).toEqual([
        { ...SERIES, value: 6, sum: 0.5, counts: [2, 0, 4] },
        { ...COUNTER, value: 6, sum: 0.5 },
      ]);
      expect(row?.facts.activity).toEqual({ from: 7, counts: [2, 0, 4] });
      expect(merged).toMatchObject({ unassigned: [{ calls: 6 }], watermarks: [{ at: 5 }] });
      const told = await changesOf(a);
      expect(told.put).toMatchObject({ rows: [row], unassigned: [{ calls: 6 }], watermarks: [{ at: 5 }] });
      await a.close();
      await b.close();
    });

    it('counts a span once, whoever counts it first and however close they are', async () => {
      const [{ store: a }, { store: b }] = await opened(open);
      const window = new Uint32Array([1, 2, 0xffffffff, 4]);
      const both = await Promise.allSettled(
        [a, b].map((store) => store.commit(change({ rows: [ROW] }, {}, { window, windowAt: 1 }))),
      );
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const reasons = both.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      const counted = reasons.flatMap((reason) => (reason instanceof ChangedElsewhere ? [reason.counted] : []));
      expect(counted.map((hashes) => pairsOf([{ hashes }]))).toEqual([pairsOf([{ hashes: window }])]);
      expect((await everything(a)).rows).toMatchObject([{ series: [{ value: 3 }, { value: 3 }] }]);
      await a.close();
      await b.close();
    });

    it('takes commits that touch the same rows in opposite order', async () => {
      const [{ store: a }, { store: b }] = await opened(open);
      const rows = Array.from({ length: 30 }, (_, index) => ({ ...ROW, key: { ...KEY, target: `t${index}` } }));
      for (let round = 0; round < 5; round++) {
        await Promise.all([a.commit(change({ rows })), b.commit(change({ rows: rows.toReversed() }))]);
      }
      const kept = await everything(a);
      expect(new Set(kept.rows.map(({ series }) => series[0]?.value))).toEqual(new Set([30]));
      await a.close();
      await b.close();
    });

    it('tells of what another process removed, and refuses evidence of it until that is told', async () => {
      const [{ store: a }, { store: b }] = await opened(open);
      await a.commit(change({ rows: [ROW], chains: [CHAIN] }));
      expect((await changesOf(b)).put.rows).toHaveLength(1);
      await a.commit(change({ tombstones: [{ ...KEY, at: 3 }] }, { rows: [KEY] }));
      await expect(b.commit(change({ rows: [ROW] }))).rejects.toThrow(ChangedElsewhere);
      expect(await changesOf(b)).toMatchObject({ put: { tombstones: [{ at: 3 }] }, remove: { rows: [KEY] } });
      // It knows now, and brings the row back on purpose.
      await b.commit(change({ rows: [ROW] }));
      expect((await changesOf(a)).put.rows).toMatchObject([{ series: [{ value: 3 }, { value: 3 }] }]);
      await a.close();
      await b.close();
    });

    it('gives a lease to one process at a time, and to another one when it expires', async () => {
      const [{ store: a }, { store: b }] = await opened(open);
      expect(await a.shared?.lease('export', 300)).toBe(true);
      expect(await b.shared?.lease('export', 300)).toBe(false);
      expect(await a.shared?.lease('export', 300)).toBe(true);
      await expect.poll(() => b.shared?.lease('export', 300), { timeout: 5000 }).toBe(true);
      expect(await a.shared?.lease('export', 300)).toBe(false);
      await b.close();
      expect(await a.shared?.lease('export', 300)).toBe(true);
      await a.close();
    });
  });
}

async function opened(open: () => Promise<readonly [StoreUnderTest, StoreUnderTest]>) {
  const both = await open();
  for (const { store } of both) await store.load(() => undefined);
  return both;
}

/** All that changed since the store was asked last. */
async function changesOf(store: Store) {
  const found: ChangedPart[] = [];
  await store.shared?.changes((part) => found.push(part));
  const put = <K extends keyof Records>(name: K) => found.flatMap((part) => part.put[name] as Records[K][number][]);
  return {
    put: {
      rows: put('rows'),
      unassigned: put('unassigned'),
      watermarks: put('watermarks'),
      tombstones: put('tombstones'),
    },
    remove: { rows: found.flatMap(({ remove }) => remove.rows) },
  };
}
