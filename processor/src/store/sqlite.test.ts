import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { StoreInUse, StoreUnavailable, StoreUnusable } from '../errors.ts';
import { describeStore, everything, noChanges, type StoreUnderTest } from './contract.ts';
import { openSqliteStore } from './sqlite.ts';

const directory = mkdtempSync(join(tmpdir(), 'warmspare-store-'));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
const freshPath = (): string => join(directory, `${files++}.db`);

const openAt = async (path: string): Promise<StoreUnderTest> => {
  const store = await openSqliteStore({ path });
  return {
    store,
    reopen: async () => {
      await store.close();
      return openAt(path);
    },
  };
};

describeStore('the SQLite store', () => openAt(freshPath()));

const BIG = { ...noChanges(), window: new Uint32Array(2 ** 18).fill(1), windowAt: 1 };

describe('the SQLite store', () => {
  it('refuses a file that is open already, and leaves it usable', async () => {
    const path = freshPath();
    const store = await openSqliteStore({ path });
    await expect(openSqliteStore({ path })).rejects.toBeInstanceOf(StoreInUse);
    await store.commit(noChanges());
    await store.close();
    const next = await openSqliteStore({ path });
    await next.close();
  });

  it('sets a damaged file aside, says so, and starts anew', async () => {
    const path = freshPath();
    writeFileSync(path, 'not a database at all, but long enough to be looked at as one'.repeat(100));
    const store = await openSqliteStore({ path, now: () => Date.UTC(2026, 0, 2, 3, 4, 5) });
    expect(store.damage?.movedTo).toBe(`${path}.damaged-2026-01-02T03-04-05.000Z`);
    expect(readFileSync(store.damage?.movedTo ?? '', 'utf8')).toContain('not a database');
    expect((await everything(store)).owners).toEqual([]);
    await store.close();
  });

  it('finds damage inside a file whose head is whole', async () => {
    const path = freshPath();
    const first = await openSqliteStore({ path });
    await first.commit(BIG);
    await first.close();
    const bytes = readFileSync(path);
    bytes.fill(0xee, 4096, bytes.length - 4096);
    writeFileSync(path, bytes);
    const second = await openSqliteStore({ path });
    expect(second.damage).toBeDefined();
    expect(readdirSync(directory).filter((name) => name.startsWith(`${path.split('/').at(-1)}.damaged`))).toHaveLength(
      1,
    );
    await second.close();
  });

  it("refuses another program's file and a newer version's, and leaves both as they are", async () => {
    const foreign = freshPath();
    const other = new DatabaseSync(foreign);
    other.exec('CREATE TABLE theirs (x)');
    other.close();
    await expect(openSqliteStore({ path: foreign })).rejects.toThrow(/not one of warmspare's/);
    const newer = freshPath();
    await (await openSqliteStore({ path: newer })).close();
    const db = new DatabaseSync(newer);
    db.exec('PRAGMA user_version = 999');
    db.close();
    await expect(openSqliteStore({ path: newer })).rejects.toThrow(/schema version 999/);
    expect(existsSync(foreign) && existsSync(newer)).toBe(true);
  });

  it('refuses a place that cannot be opened, and names it', async () => {
    const path = join(directory, 'missing', 'x.db');
    await expect(openSqliteStore({ path })).rejects.toBeInstanceOf(StoreUnusable);
    await expect(openSqliteStore({ path })).rejects.toThrow(path);
  });

  it('refuses what does not fit, keeps nothing of it, and takes what fits afterwards', async () => {
    const path = freshPath();
    const store = await openSqliteStore({ path, maxPages: 64 });
    await expect(store.commit(BIG)).rejects.toBeInstanceOf(StoreUnavailable);
    await store.commit({ ...noChanges(), window: new Uint32Array([1, 2]), windowAt: 2 });
    expect((await everything(store)).window).toEqual([{ at: 2, hashes: new Uint32Array([1, 2]) }]);
    await store.close();
  });

  it('keeps what destinations were sent across restarts', async () => {
    const path = freshPath();
    const first = await openSqliteStore({ path });
    const many = Array.from({ length: 2500 }, (_, index) => ({
      series: `s${index}`,
      value: index,
      sum: 0.5,
      counts: [index, 1],
      startTime: 1,
      at: 2,
    }));
    await first.sent.put('otlp', many, []);
    await first.sent.begin('otlp', '');
    await first.close();
    const second = await openSqliteStore({ path });
    const records = new Map<string, unknown>();
    const take = (part: readonly { series: string }[]) => part.forEach((each) => void records.set(each.series, each));
    expect(await second.sent.load('otlp', '', take)).toBe(true);
    expect(many.filter(({ series }) => records.has(series))).toHaveLength(2500);
    expect(records.get('s2345')).toEqual(many[2345]);
    await second.close();
  });

  it('rejects what comes after it was closed', async () => {
    const store = await openSqliteStore({ path: freshPath() });
    await store.close();
    await expect(store.commit(noChanges())).rejects.toBeInstanceOf(StoreUnavailable);
  });
});
