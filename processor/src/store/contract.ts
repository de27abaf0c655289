/** What every store must do, as tests: each store's own test file runs this with a way to open it and to open it again. */
import { describe, expect, it } from 'vitest';
import type { SentRecord } from '../types/sent.ts';
import type { Changes, Contents, RowKey, Store, UnassignedRecord } from '../types/store.ts';
import { WINDOW_CAPACITY } from '../window.ts';
import { type KeyedFact, type KeyedRow, type KeyedSeries, ownersOf } from './testdata/owners.ts';
import { unordered } from './testdata/unordered.ts';

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

const ROW: KeyedRow = {
  ...KEY,
  placeholder: false,
  state: {
    rank: 1,
    declaredAt: 1_700_000_000_000.25,
    announcedAt: 1_700_000_000_001,
    seenAt: 0,
    evidence: {
      drill: {
        success: { at: 1_700_000_000_000.5, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
        failure: { at: 3, traceId: '', spanId: '', outcome: 'error', errorType: 'rate_limit "\0é' },
      },
    },
  },
};

const SERIES: KeyedSeries = {
  ...KEY,
  kind: { metric: 'calls', attributes: '{"a":"b"}' },
  value: 3,
  sum: 0.25,
  counts: [1, 0, 2],
  startTime: 1_700_000_000_000,
};

const FACT: KeyedFact = { ...KEY, kind: 'contract', value: { model: {} } };

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

/** What {@link Store.load} gives, parts put together. */
export async function everything(store: Store): Promise<Contents & { readonly instanceId: string }> {
  const chains: Contents['chains'][number][] = [];
  const owners: Contents['owners'][number][] = [];
  const unassigned: Contents['unassigned'][number][] = [];
  const watermarks: Contents['watermarks'][number][] = [];
  const tombstones: Contents['tombstones'][number][] = [];
  const window: Contents['window'][number][] = [];
  const instanceId = await store.load((part) => {
    chains.push(...(part.chains ?? []));
    owners.push(...(part.owners ?? []));
    unassigned.push(...(part.unassigned ?? []));
    watermarks.push(...(part.watermarks ?? []));
    tombstones.push(...(part.tombstones ?? []));
    window.push(...(part.window ?? []));
  });
  return { instanceId, chains, owners, watermarks, tombstones, unassigned, window };
}

/** Each owner's series and facts in an order of their own: stores keep none. */
export function byOwner({ owners }: Pick<Contents, 'owners'>): { readonly owners: readonly unknown[] } {
  return {
    owners: owners.flatMap(({ key, row, series, facts }) => [
      ...(row ? [{ key, row }] : []),
      ...series.map((each) => ({ key, series: each })),
      ...facts.map((fact) => ({ key, fact })),
    ]),
  };
}

export function noChanges(): Changes {
  return {
    removeRows: [],
    removeTombstones: [],
    removeUnassigned: [],
    owners: [],
    chains: [],
    watermarks: [],
    tombstones: [],
    unassigned: [],
    window: new Uint32Array(),
    windowAt: 0,
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
      const { target: _target, routeType: _routeType, ...chainKey } = KEY;
      const { chain: _chain, ...serviceKey } = chainKey;
      const rows: KeyedRow[] = [
        ROW,
        { ...ROW, target: 'bare', state: { ...ROW.state, rank: undefined, evidence: {} } },
      ];
      const counter: KeyedSeries = { ...SERIES, kind: { metric: 'runs', attributes: '{}' }, counts: undefined };
      const ofChain = { target: '', routeType: '' } as const;
      const series = [SERIES, counter, { ...SERIES, ...ofChain }];
      const facts: KeyedFact[] = [FACT, { ...FACT, kind: 'activity' }, { ...FACT, ...ofChain }];
      const changes: Changes = {
        ...noChanges(),
        owners: ownersOf({ rows, series, facts }),
        chains: [{ ...chainKey, announcedAt: 5 }],
        unassigned: [UNASSIGNED, { ...UNASSIGNED, provider: '', lastSeen: 2 }],
        watermarks: [{ ...serviceKey, at: 7.5 }],
        tombstones: [{ ...KEY, target: 'gone', at: 9 }],
        window: new Uint32Array([1, 2, 0xffffffff, 4]),
        windowAt: 11,
      };
      await first.store.commit(changes);
      await first.store.commit({
        ...noChanges(),
        owners: ownersOf({ series: [{ ...SERIES, value: 4 }], facts: [{ ...FACT, value: 2 }] }),
      });
      await first.store.commit({ ...noChanges(), removeUnassigned: [{ ...UNASSIGNED, provider: '' }] });
      const second = await first.reopen();
      const contents = await everything(second.store);
      const newest = {
        rows,
        series: series.with(0, { ...SERIES, value: 4 }),
        facts: facts.with(0, { ...FACT, value: 2 }),
      };
      expect(unordered(byOwner(contents))).toEqual(unordered(byOwner({ owners: ownersOf(newest) })));
      expect(contents.chains).toEqual(changes.chains);
      expect(contents.unassigned).toEqual([UNASSIGNED]);
      expect(contents.watermarks).toEqual(changes.watermarks);
      expect(contents.tombstones).toEqual(changes.tombstones);
      expect(contents.window).toEqual([{ at: 11, hashes: changes.window }]);
      await second.store.close();
    });

    it('gives back more than fits one part', async () => {
      const first = await open();
      const rows = Array.from({ length: 2500 }, (_, index) => ({ ...ROW, target: `t${index}` }));
      const series = rows.map(({ target }) => ({ ...SERIES, target }));
      await first.store.commit({ ...noChanges(), owners: ownersOf({ rows, series }) });
      const contents = await everything(first.store);
      expect(new Set(contents.owners.map(({ key }) => key.target)).size).toBe(2500);
      expect(contents.owners.every(({ row, series: own }) => row !== undefined && own.length === 1)).toBe(true);
      await first.store.close();
    });

    it('removes a row with its series and facts, and puts in the same change what comes anew', async () => {
      const first = await open();
      await first.store.commit({
        ...noChanges(),
        owners: ownersOf({ rows: [ROW], series: [SERIES], facts: [FACT] }),
        tombstones: [{ ...KEY, at: 1 }],
      });
      await first.store.commit({
        ...noChanges(),
        removeRows: [KEY],
        removeTombstones: [KEY],
        owners: ownersOf({ rows: [{ ...ROW, placeholder: true }] }),
      });
      const contents = await everything(first.store);
      expect(contents).toMatchObject({
        owners: [{ row: { placeholder: true }, series: [], facts: [] }],
        tombstones: [],
      });
      await first.store.close();
    });

    it('removes a chain by a key without a target', async () => {
      const first = await open();
      const chain: RowKey = { ...KEY, target: '', routeType: '' };
      const { target: _target, routeType: _routeType, ...chainKey } = chain;
      await first.store.commit({
        ...noChanges(),
        chains: [{ ...chainKey, announcedAt: 5 }],
        owners: ownersOf({
          rows: [ROW],
          series: [{ ...SERIES, ...chain }, SERIES],
          facts: [{ ...FACT, ...chain }, FACT],
        }),
      });
      await first.store.commit({ ...noChanges(), removeRows: [chain] });
      const row = ownersOf({ rows: [ROW], series: [SERIES], facts: [FACT] });
      expect(await everything(first.store)).toMatchObject({ chains: [], owners: row });
      // What it had does not come back with it.
      await first.store.commit({ ...noChanges(), chains: [{ ...chainKey, announcedAt: 6 }] });
      expect((await everything(first.store)).owners.filter(({ series }) => series.length > 0)).toEqual(row);
      await first.store.close();
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
      for (const windowAt of [1, 2, 3]) await first.store.commit({ ...noChanges(), window: half, windowAt });
      expect((await everything(first.store)).window.map(({ at }) => at)).toEqual([2, 3]);
      await first.store.close();
    });
  });
}
