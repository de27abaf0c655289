/** 200 damages of the files of a real service, each from a seed: it starts, answers, takes spans, and says what is missing. */

import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { otlpBody, sendBody } from '../otlp-body.ts';
import { placeService, type Service, type ServicePlace, startService } from '../service.ts';

const SEEDS = 200;
const CHAINS = 300;
const FILES = ['warmspare.db', 'warmspare.db-wal', 'warmspare.db-newest'];

let directory = '';
let place: ServicePlace;
let running: Service | undefined;
let nextId = 1;

const bodyOf = (from: number, count: number) => {
  const endTime = Date.now() - 60_000;
  const attempt = (_: unknown, index: number) =>
    ({ id: nextId++, chain: `chain-${from + index}`, rank: 1, outcome: 'success', endTime }) as const;
  return otlpBody('support-api', Array.from({ length: count }, attempt));
};

const chainsOf = async ({ admin }: Service): Promise<number> => {
  const { targets } = (await (await fetch(`${admin}/status.json`)).json()) as { targets: { chain: string }[] };
  return new Set(targets.map(({ chain }) => chain)).size;
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warmspare-damage-'));
  place = await placeService(directory, '');
  for (const name of ['killed', 'closed']) await mkdir(join(directory, name));
  running = await startService(place);
  for (let at = 0; at < CHAINS; at += 50) expect(await sendBody(place.otlp, bodyOf(at, 50))).toBe(true);
  await running.kill();
  await copyAll(directory, join(directory, 'killed'));
  running = await startService(place);
  await running.stop();
  await copyAll(directory, join(directory, 'closed'));
});

afterAll(async () => {
  await running?.kill();
  await rm(directory, { recursive: true, force: true });
});

async function copyAll(from: string, to: string): Promise<void> {
  for (const file of FILES) {
    await rm(join(to, file), { force: true });
    if (existsSync(join(from, file))) await copyFile(join(from, file), join(to, file));
  }
}

test(`starts on ${SEEDS} damages, and loses nothing in silence`, { timeout: 1_200_000 }, async () => {
  let whole = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const random = generator(seed);
    const state = random() < 0.5 ? 'killed' : 'closed';
    await copyAll(join(directory, state), directory);
    const file = join(directory, state === 'killed' && random() < 0.6 ? 'warmspare.db-wal' : 'warmspare.db');
    await damage(file, random);
    running = await startService(place);
    const found = await chainsOf(running);
    const { troubles } = (await (await fetch(`${place.admin}/readyz`)).json()) as { troubles: string[] };
    const metrics = await (await fetch(`${place.admin}/metrics`)).text();
    const isTold = troubles.some((trouble) => trouble.startsWith('The store was damaged'));
    expect(/^warmspare_store_damage(\{.*\})? 1$/m.test(metrics), `seed ${seed}`).toBe(isTold);
    if (isTold) expect(running.output(), `seed ${seed}`).toContain('the store was damaged');
    else {
      expect(found, `seed ${seed}: lost in silence`).toBe(CHAINS);
      whole++;
    }
    expect(await sendBody(place.otlp, bodyOf(0, 1)), `seed ${seed}`).toBe(true);
    await running.kill();
  }
  expect(whole).toBeLessThan(SEEDS / 2);
});

async function damage(path: string, random: () => number): Promise<void> {
  const bytes = await readFile(path);
  const { length } = bytes;
  const at = Math.floor(random() * (random() < 0.3 ? 120 : length));
  const many = Math.floor(random() * 9000);
  const kinds: readonly (() => Promise<unknown>)[] = [
    () => {
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << Math.floor(random() * 8)), at);
      return writeFile(path, bytes);
    },
    () => writeFile(path, bytes.fill(Math.floor(random() * 256), at, at + many)),
    () => {
      bytes.copy(bytes, at, Math.floor(random() * length), Math.floor(random() * length));
      return writeFile(path, bytes);
    },
    () => truncate(path, at),
    () => truncate(path),
    () => rm(path),
  ];
  await kinds[Math.floor(random() * kinds.length)]?.();
}

/** Numbers from 0 to 1 that the seed alone decides. */
function generator(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}
