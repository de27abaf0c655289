/**
 * Files that release 0.1.0 left, closed or killed with its journal full: they open, and rows, counters and retirements are what that release
 * said of them. Each file has beside it what 0.1.0 said.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../processor/src/store/sqlite/sqlite.ts';
import { start, whole } from '../../processor/src/testdata/world.ts';
import type { SentRecord } from '../../processor/src/types/sent.ts';
import { everything } from './contract.ts';

const directory = mkdtempSync(join(tmpdir(), 'warmspare-version-3-'));
afterAll(() => rmSync(directory, { recursive: true }));

const unpacked = (name: string): Buffer => gunzipSync(readFileSync(new URL(`./version-3/${name}.gz`, import.meta.url)));

function place(name: string): string {
  const path = join(directory, `${name}-${Math.random()}.db`);
  writeFileSync(path, unpacked(`${name}.db`));
  const log = new URL(`./version-3/${name}.log.gz`, import.meta.url);
  if (existsSync(log)) writeFileSync(`${path}-wal`, unpacked(`${name}.log`));
  return path;
}

interface Said {
  readonly now: number;
  readonly instanceId: string;
  readonly targets: readonly { readonly chain: string; readonly target: string }[];
  readonly unassigned: readonly unknown[];
  readonly watermarks: readonly { readonly service: unknown; readonly at: number }[];
  readonly points: readonly { readonly name: string; readonly attributes: object }[];
}

const sorted = <T>(all: readonly T[]): T[] => all.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

describe.each(['clean', 'killed'])('a file that release 0.1.0 left %s', (name) => {
  const said = JSON.parse(unpacked(`${name}.json`).toString()) as Said;

  it('opens with all that it kept, and stays so', async () => {
    const path = place(name);
    for (const opening of ['first', 'second']) {
      const store = await openSqliteStore({ path });
      expect(store.damage, opening).toBeUndefined();
      const world = await start({ store, now: said.now });
      expect(world.pipeline.instanceId).toBe(said.instanceId);
      const { targets, unassigned, watermarks } = world.snapshot();
      expect(sorted(JSON.parse(JSON.stringify(targets)) as object[])).toMatchObject(sorted(said.targets));
      expect(sorted(unassigned)).toEqual(sorted(said.unassigned));
      expect(watermarks).toMatchObject(said.watermarks);
      const names = new Set(said.points.map((point) => point.name));
      const points = whole(world.pipeline.metrics(world.snapshot())).filter((point) => names.has(point.name));
      const byPlace = (all: readonly object[]): Map<string, object> =>
        new Map(
          all.map((point) => [
            JSON.stringify(Object.entries(point).filter(([key]) => key === 'name' || key === 'attributes')),
            point,
          ]),
        );
      const now = byPlace(JSON.parse(JSON.stringify(points)) as object[]);
      for (const point of said.points) {
        const key = JSON.stringify([
          ['name', point.name],
          ['attributes', point.attributes],
        ]);
        expect(now.get(key)).toMatchObject(point);
      }
      expect(now.size).toBe(said.points.length);
      await world.pipeline.close();
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('still knows the spans that it counted, the retired targets and what destinations were sent', async () => {
    const store = await openSqliteStore({ path: place(name) });
    const { window, tombstones } = await everything(store);
    expect(window.reduce((sum, { hashes }) => sum + hashes.length / 2, 0)).toBeGreaterThan(2 * 512);
    expect([...new Set(tombstones.map(({ chain, target }) => `${chain} ${target}`))]).toEqual([
      name === 'clean' ? 'summarize-ticket-1 rules' : 'summarize-ticket-3 rules',
    ]);
    const sent: SentRecord[] = [];
    expect(await store.sent.load('otlp', 'http://a', (part) => sent.push(...part))).toBe(true);
    expect(sent).toMatchObject([{ series: 's1', counts: [1, 0, 2], sum: 0.25 }]);
    await store.close();
  });
});

describe('a file of version 3 with records that cannot be read', () => {
  it('opens with the rest, and says so', async () => {
    const path = place('killed');
    const db = new DatabaseSync(path);
    db.exec("UPDATE series SET counts = '[1,' WHERE metric = 'llm_fallback.call.duration'");
    db.exec('UPDATE journal SET changes = substr(changes, 1, 100) WHERE seq = (SELECT max(seq) FROM journal)');
    db.close();
    const store = await openSqliteStore({ path });
    expect(store.damage?.reason).toMatch(/^\d+ records that version 0.1.0 wrote cannot be read$/);
    expect((await everything(store)).rows.length).toBeGreaterThan(50);
    await store.close();
  });
});
