/** `warmspare migrate` between a file and a database, both ways: what it moves, that it can be repeated, and what it refuses. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSqliteStore } from '../../processor/src/store/sqlite/sqlite.ts';
import { anyChanges } from '../store/changes.ts';
import { everything } from '../store/contract.ts';
import { unordered } from '../store/unordered.ts';
import { otlpBody, sendBody } from './otlp-body.ts';
import { type Postgres, startPostgres } from './postgres-server.ts';
import { placeService, startService } from './service.ts';

const PROGRAM = fileURLToPath(new URL('../../processor/bin/warmspare.js', import.meta.url));

let postgres: Postgres;
let directory = '';

beforeAll(async () => {
  postgres = await startPostgres(['fsync = off']);
  directory = await mkdtemp(join(tmpdir(), 'warmspare-migrate-'));
});

afterAll(async () => {
  await postgres?.remove();
  await rm(directory, { recursive: true, force: true });
});

function migrate(from: string, to: string, schema: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const parameters = [PROGRAM, 'migrate', '--from', from, '--to', to, '--schema', schema];
    execFile(process.execPath, parameters, { cwd: directory }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

async function contentsOf(path: string) {
  const store = await openSqliteStore({ path });
  const { instanceId: _own, window, ...records } = await everything(store);
  await store.close();
  return { ...unordered(records), hashes: window.flatMap(({ hashes }) => [...hashes]).sort() };
}

test('moves all that a service kept to a database and back, however often', async () => {
  const place = await placeService(directory, '');
  const service = await startService(place);
  for (let id = 1; id <= 40; id++) {
    const rank = id % 2 === 0 ? 1 : 0;
    const attempt = {
      id,
      chain: `chain-${id % 7}`,
      rank,
      outcome: id % 3 === 0 ? 'error' : 'success',
      endTime: Date.now(),
    } as const;
    expect(await sendBody(service.otlp, otlpBody('support-api', [attempt]))).toBe(true);
  }
  await service.stop();
  const before = await contentsOf(join(directory, 'warmspare.db'));
  for (let run = 0; run < 3; run++) {
    expect(await migrate('sqlite:warmspare.db', postgres.url, 'moved')).toMatchObject({ code: 0 });
  }
  expect(await migrate(postgres.url, 'sqlite:back.db', 'moved')).toMatchObject({ code: 0 });
  expect(await contentsOf(join(directory, 'back.db'))).toEqual(before);
});

test('moves any contents', async () => {
  const store = await openSqliteStore({ path: join(directory, 'any.db') });
  for (const changes of fc.sample(anyChanges, 12)) await store.commit(changes);
  await store.close();
  const result = await migrate('sqlite:any.db', postgres.url, 'any_contents');
  expect(result).toMatchObject({ code: 0 });
});

test('refuses a database that knows more, and changes nothing', async () => {
  expect(await migrate('sqlite:empty.db', postgres.url, 'moved')).toMatchObject({ code: 2 });
  const { code, output } = await migrate('sqlite:empty.db', 'postgres://somebody:hunter2@127.0.0.1:1/x', 'moved');
  expect(code).toBe(2);
  expect(output).toContain('nothing answers');
  expect(output).not.toMatch(/hunter2|somebody/);
});
