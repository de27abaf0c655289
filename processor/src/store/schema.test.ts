import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { METRIC_LLM_FALLBACK_CALL_DURATION, METRIC_LLM_FALLBACK_COST } from '@warmspare/semconv';
import { afterAll, describe, expect, it } from 'vitest';
import { attempt, HOUR, start, T0 } from '../testdata/world.ts';
import { migrate, SCHEMA_VERSION } from './schema.ts';
import { openSqliteStore } from './sqlite.ts';

const directory = mkdtempSync(join(tmpdir(), 'warmspare-schema-'));
afterAll(() => rmSync(directory, { recursive: true }));

const fileOfVersion1 = (name: string): string => fileOfVersion(1, name);

function fileOfVersion(version: number, name: string): string {
  const path = join(directory, name);
  const db = new DatabaseSync(path);
  db.exec(readFileSync(new URL(`./testdata/version-${version}.sql`, import.meta.url), 'utf8'));
  db.close();
  return path;
}

const versionOf = (path: string): unknown => {
  const db = new DatabaseSync(path, { readOnly: true });
  const version = db.prepare('PRAGMA user_version').get()?.user_version;
  db.close();
  return version;
};

describe('a file of schema version 1', () => {
  it('is brought up to date with all that it kept', async () => {
    const path = fileOfVersion1('kept.db');
    const store = await openSqliteStore({ path });
    expect(store.damage).toBeUndefined();
    const world = await start({ store, now: T0 + 3 * HOUR });
    expect(world.pipeline.instanceId).toBe('db534974-1a4a-42f2-a7b1-29690d831625');
    expect(world.snapshot().targets.map(({ target }) => target)).toEqual(['gpt', 'claude']);
    expect(world.target('claude')).toMatchObject({
      state: 'failing',
      rank: 1,
      declaredAt: T0,
      lastSuccess: { at: T0 + HOUR + 2000, spanId: '00000000000000a2' },
      lastFailure: { at: T0 + 2 * HOUR, outcome: 'error' },
    });
    expect(world.points(METRIC_LLM_FALLBACK_COST)).toMatchObject([{ value: 0.25, startTime: T0 }]);
    expect(world.points(METRIC_LLM_FALLBACK_CALL_DURATION)).toHaveLength(3);
    expect(world.snapshot().watermarks).toMatchObject([{ at: T0 + 2 * HOUR }]);
    await world.pipeline.close();
    expect(versionOf(path)).toBe(SCHEMA_VERSION);
  });

  it('still tells the spans that it counted from new ones, and a retired target from one that is announced', async () => {
    const store = await openSqliteStore({ path: fileOfVersion1('window.db') });
    const world = await start({ store, now: T0 + 3 * HOUR });
    const known = { attributes: attempt('gpt', 'primary', 'success'), endTime: T0 + HOUR, spanId: '00000000000000a1' };
    expect(await world.send(T0 + HOUR, known)).toMatchObject({ duplicates: 1 });
    expect(world.snapshot().targets.map(({ target }) => target)).not.toContain('rules');
    await world.send(T0 + 3 * HOUR, { ...known, spanId: '00000000000000b1' });
    expect(world.snapshot().targets.map(({ target }) => target)).not.toContain('rules');
    await world.send(T0 + 3 * HOUR, { ...known, endTime: T0 + 3 * HOUR, spanId: '00000000000000b2' });
    expect(world.snapshot().targets.map(({ target }) => target)).toContain('rules');
    await world.pipeline.close();
  });

  it('stays a whole file of version 1 where a step fails', () => {
    const path = fileOfVersion1('failed.db');
    const db = new DatabaseSync(path);
    // In the way of the second step's last table.
    db.exec('CREATE TABLE journal (mine)');
    expect(() => migrate(db, 1)).toThrow(/already exists/);
    db.exec('DROP TABLE journal');
    expect(db.prepare("SELECT name FROM sqlite_schema WHERE name IN ('facts', 'unassigned')").all()).toEqual([]);
    expect(db.prepare('PRAGMA user_version').get()?.user_version).toBe(1);
    migrate(db, 1);
    expect(db.prepare('PRAGMA user_version').get()?.user_version).toBe(SCHEMA_VERSION);
    db.close();
  });
});

describe('a file of schema version 2', () => {
  it('is brought up to date with all that it kept, and remembers from then on what destinations were sent', async () => {
    const path = fileOfVersion(2, 'second.db');
    const store = await openSqliteStore({ path });
    expect(store.damage).toBeUndefined();
    const world = await start({ store, now: T0 + 3 * HOUR });
    expect(world.pipeline.instanceId).toBe('248563e7-17d7-4f68-9fac-93dcb2b12532');
    expect(world.snapshot().targets.map(({ target }) => target)).toEqual(['gpt', 'claude', 'rules']);
    expect(world.target('claude')).toMatchObject({ state: 'fresh', lastSuccess: { at: T0 + 2 * HOUR } });
    expect(world.target('claude').activity?.counts).toContain(1);
    expect(world.points(METRIC_LLM_FALLBACK_COST)).toMatchObject([{ value: 0.5, startTime: T0 + HOUR }]);
    expect(world.snapshot().unassigned).toMatchObject([{ requestModel: 'mistral', calls: 1 }]);
    expect(await store.sent.load('otlp', '', () => undefined)).toBe(false);
    await store.sent.begin('otlp', '');
    expect(await store.sent.load('otlp', '', () => undefined)).toBe(true);
    await world.pipeline.close();
    expect(versionOf(path)).toBe(SCHEMA_VERSION);
  });
});
