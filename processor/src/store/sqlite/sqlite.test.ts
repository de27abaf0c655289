import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { change, everything } from '../../../../test/store/contract.ts';
import { StoreInUse, StoreUnavailable, StoreUnusable } from '../../base/errors.ts';
import { openSqliteStore } from './sqlite.ts';

const directory = mkdtempSync(join(tmpdir(), 'warmspare-store-'));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
const freshPath = (): string => join(directory, `${files++}.db`);

const BIG = change({}, {}, { window: new Uint32Array(2 ** 18).fill(1), windowAt: 1 });

const watermark = (service: string, at: number) => ({ namespace: '', service, environment: '', at });

describe('the SQLite store', () => {
  it('refuses a file that is open already, and leaves it usable', async () => {
    const path = freshPath();
    const store = await openSqliteStore({ path });
    await expect(openSqliteStore({ path })).rejects.toBeInstanceOf(StoreInUse);
    await store.commit(change());
    await store.close();
    const next = await openSqliteStore({ path });
    await next.close();
  });

  it('refuses a file that is no database, and leaves it and what is beside it as they are', async () => {
    const path = freshPath();
    const texts = ['a note', 'store: { sqlite: { path: warmspare.yaml } }\n'.repeat(1000)];
    for (const text of texts) {
      writeFileSync(path, text);
      await expect(openSqliteStore({ path })).rejects.toThrow(/holds something that is not warmspare's/);
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
    expect(readdirSync(directory).filter((name) => name.startsWith(basename(path)))).toEqual([basename(path)]);
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
    for (const mode of ['DELETE', 'WAL']) {
      const other = new DatabaseSync(foreign);
      other.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE IF NOT EXISTS theirs (x); INSERT INTO theirs VALUES (1)`);
      const files = (): string[] => readdirSync(directory).filter((name) => name.startsWith(basename(foreign)));
      const contents = (): string[] => files().map((name) => readFileSync(join(directory, name), 'base64'));
      const [names, before] = [files(), contents()];
      await expect(openSqliteStore({ path: foreign }), mode).rejects.toThrow(/not one of warmspare's/);
      expect(files(), mode).toEqual(names);
      expect(contents(), mode).toEqual(before);
      other.close();
      await expect(openSqliteStore({ path: foreign }), mode).rejects.toThrow(/not one of warmspare's/);
    }
    const newer = freshPath();
    await (await openSqliteStore({ path: newer })).close();
    // Versions 1 and 2 were never released.
    for (const version of [999, 2, 1]) {
      const db = new DatabaseSync(newer);
      db.exec(`PRAGMA user_version = ${version}`);
      db.close();
      await expect(openSqliteStore({ path: newer })).rejects.toThrow(`${newer} has schema version ${version}`);
    }
    expect(existsSync(foreign) && existsSync(newer)).toBe(true);
  });

  it.each(['', ':memory:', 'file:evidence.db', 'file::memory:'])('refuses %j, which names no file', async (path) => {
    await expect(openSqliteStore({ path })).rejects.toBeInstanceOf(StoreUnusable);
  });

  it('keeps what it writes from other users of the machine, in a file that was open to them as well', async () => {
    const path = freshPath();
    for (const existing of [false, true]) {
      const store = await openSqliteStore({ path });
      await store.commit(change({ watermarks: [watermark('shop', 1)] }));
      for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o777, `${existing}`).toBe(0o600);
      await store.close();
      chmodSync(path, 0o644);
    }
  });

  it('sets a record aside whose checksum is wrong, says so, and keeps the others', async () => {
    const path = freshPath();
    const first = await openSqliteStore({ path });
    await first.commit(
      change(
        { watermarks: [watermark('a', 1), watermark('b', 2)] },
        {},
        { window: new Uint32Array([1, 2]), windowAt: 1 },
      ),
    );
    await first.commit(change({}, {}, { window: new Uint32Array([3, 4]), windowAt: 2 }));
    const sent = { value: 1, sum: 0, counts: [], startTime: 1, at: 1 };
    await first.sent.put(
      'otlp',
      [
        { ...sent, series: 's1' },
        { ...sent, series: 's2' },
      ],
      [],
    );
    await first.sent.begin('otlp', 'http://a');
    const { instanceId } = await everything(first);
    await first.close();
    const db = new DatabaseSync(path);
    db.exec(`UPDATE records SET body = '7' WHERE key LIKE '%"a"%'; UPDATE window SET at = 3 WHERE seq = 1;
      UPDATE sent SET body = replace(body, '1', '2') WHERE series = 's2'`);
    db.close();
    const second = await openSqliteStore({ path });
    expect(await everything(second)).toMatchObject({
      instanceId,
      watermarks: [watermark('b', 2)],
      window: [{ at: 2, hashes: new Uint32Array([3, 4]) }],
    });
    expect(second.damage).toMatchObject({ reason: '2 records have a wrong checksum' });
    const found: unknown[] = [];
    expect(await second.sent.load('otlp', 'http://a', (part) => found.push(...part))).toBe(true);
    expect(found).toMatchObject([{ series: 's1' }]);
    expect(second.damage).toMatchObject({ reason: '3 records have a wrong checksum' });
    await second.close();
    const third = await openSqliteStore({ path });
    await everything(third);
    expect(third.damage).toBeUndefined();
    await third.close();
    const after = new DatabaseSync(path);
    expect(after.prepare('SELECT place, body FROM set_aside').all()).toMatchObject([
      { place: 'records', body: '7' },
      { place: 'window' },
      { place: 'sent' },
    ]);
    after.close();
  });

  it('begins another instance where the id is damaged', async () => {
    const path = freshPath();
    const first = await openSqliteStore({ path });
    const { instanceId } = await everything(first);
    await first.close();
    const db = new DatabaseSync(path);
    db.exec(`UPDATE records SET body = 'x' || body`);
    db.close();
    const second = await openSqliteStore({ path });
    expect(second.damage).toBeDefined();
    expect((await everything(second)).instanceId).toMatch(/^[0-9a-f-]{36}$/);
    expect((await everything(second)).instanceId).not.toBe(instanceId);
    await second.close();
  });

  it('keeps the records of a damaged file that are whole', async () => {
    const path = freshPath();
    const first = await openSqliteStore({ path });
    const services = Array.from({ length: 5000 }, (_, index) => `service-${index}`);
    await first.commit(change({ watermarks: services.map((service, index) => watermark(service, 1_000_000 + index)) }));
    const { instanceId } = await everything(first);
    await first.close();
    const bytes = readFileSync(path);
    // Only the body of a record has it.
    const middle = bytes.indexOf('1002500');
    bytes.fill(0xee, middle - (middle % 4096), middle - (middle % 4096) + 4096);
    writeFileSync(path, bytes);
    const second = await openSqliteStore({ path });
    expect(second.damage?.reason).toMatch(/; \d+ records of it are whole and were kept$/);
    const contents = await everything(second);
    expect(contents.instanceId).toBe(instanceId);
    expect(contents.watermarks.length).toBeGreaterThan(4800);
    expect(contents.watermarks.length).toBeLessThan(5000);
    await second.close();
  });

  it('sets a file aside that lacks a table', async () => {
    const path = freshPath();
    await (await openSqliteStore({ path })).close();
    const db = new DatabaseSync(path);
    db.exec('DROP TABLE sent');
    db.close();
    const store = await openSqliteStore({ path });
    expect(store.damage?.reason).toContain('tables are missing: sent');
    await store.commit(change());
    await store.close();
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
    await store.commit(change({}, {}, { window: new Uint32Array([1, 2]), windowAt: 2 }));
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
    await expect(store.commit(change())).rejects.toBeInstanceOf(StoreUnavailable);
  });
});
