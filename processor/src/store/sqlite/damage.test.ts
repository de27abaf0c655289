/** What can befall the files of a store: each time it opens again with what is whole, says what is missing, and says it once. */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { change, everything } from '../../../../test/store/contract.ts';
import type { Store } from '../../types/store.ts';
import { openSqliteStore } from './sqlite.ts';

const directory = mkdtempSync(join(tmpdir(), 'warmspare-damage-'));
afterAll(() => rmSync(directory, { recursive: true }));

const FILES = ['', '-wal', '-newest'];
const COMMITS = 40;
const PER_COMMIT = 40;
const ALL = COMMITS * PER_COMMIT;

const watermark = (index: number) => ({
  namespace: '',
  // Some records are larger than a page.
  service: `service-${index}-${'x'.repeat((index % 7) * 800)}`,
  environment: '',
  at: 1000 + index,
});

async function commitSome(store: Store, first: number): Promise<void> {
  const watermarks = Array.from({ length: PER_COMMIT }, (_, index) => watermark(first + index));
  await store.commit(change({ watermarks }, {}, { window: new Uint32Array(64).fill(first), windowAt: first + 1 }));
}

const copyOf = (from: string, to: string): void => {
  for (const suffix of FILES) if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix);
};

const killed = join(directory, 'killed');
const closed = join(directory, 'closed');
/** The log of an earlier process. */
const older = join(directory, 'older');

beforeAll(async () => {
  const path = join(directory, 'live.db');
  let store = await openSqliteStore({ path });
  for (let at = 0; at < COMMITS / 2; at++) await commitSome(store, at * PER_COMMIT);
  copyOf(path, older);
  await store.close();
  store = await openSqliteStore({ path });
  for (let at = COMMITS / 2; at < COMMITS; at++) await commitSome(store, at * PER_COMMIT);
  copyOf(path, killed);
  await store.close();
  copyOf(path, closed);
});

let files = 0;

interface Outcome {
  readonly found: number;
  readonly reason: string | undefined;
  readonly path: string;
}

/** Opens what was damaged, twice, and closes it in between. */
async function open(from: string, damage: (path: string) => void): Promise<Outcome> {
  const path = join(directory, `${files++}.db`);
  copyOf(from, path);
  damage(path);
  const first = await openSqliteStore({ path });
  const found = (await everything(first)).watermarks.length;
  const reason = first.damage?.reason;
  await first.commit(change({ watermarks: [watermark(1)] }));
  for (const name of readdirSync(directory).filter((each) => each.startsWith(basename(path)))) {
    expect(statSync(join(directory, name)).mode & 0o777, name).toBe(0o600);
  }
  await first.close();
  const second = await openSqliteStore({ path });
  expect((await everything(second)).watermarks.length).toBeGreaterThanOrEqual(found);
  expect(second.damage).toBeUndefined();
  await second.close();
  return { found, reason, path };
}

const write = (path: string, edit: (bytes: Buffer) => void): void => {
  const bytes = readFileSync(path);
  edit(bytes);
  writeFileSync(path, bytes);
};

describe('a damaged store', () => {
  it.each<[what: string, from: string, damage: (path: string) => void, reason: RegExp, least: number]>([
    ['an empty file', closed, (path) => truncateSync(path), /the file is empty/, 0],
    ['an empty file beside its log', killed, (path) => truncateSync(path), /the file is empty beside its log/, 200],
    ['no file beside its log', killed, (path) => rmSync(path), /the file is missing beside its log/, 200],
    ['no file where one was', closed, (path) => rmSync(path), /newest commits are missing, 40 of them/, 0],
    ['a removed log', killed, (path) => rmSync(`${path}-wal`), /newest commits are missing, \d+ of them/, ALL / 2],
    ['an empty log', killed, (path) => truncateSync(`${path}-wal`), /newest commits are missing/, ALL / 2],
    ['a log cut in half', killed, (path) => truncateSync(`${path}-wal`, 50_000), /newest commits are missing/, ALL / 2],
    [
      'a log of nothing',
      killed,
      (path) => writeFileSync(`${path}-wal`, 'x'.repeat(9000)),
      /the head of its log is damaged/,
      ALL / 2,
    ],
    [
      'a flipped bit in the log',
      killed,
      (path) => write(`${path}-wal`, (bytes) => bytes.writeUInt8(bytes.readUInt8(70_000) ^ 1, 70_000)),
      /a page of its log is damaged/,
      ALL,
    ],
    [
      'the log of an earlier process',
      killed,
      (path) => copyFileSync(`${older}-wal`, `${path}-wal`),
      /the log beside it is an older one/,
      ALL / 2,
    ],
    ['a file cut in half', closed, (path) => truncateSync(path, 400_000), /malformed|page/, 50],
    ['a file cut within its head', closed, (path) => truncateSync(path, 40), /the file was cut/, 0],
    [
      'another magic',
      closed,
      (path) => write(path, (bytes) => bytes.writeUInt8(0, 3)),
      /the head of the file is damaged/,
      ALL,
    ],
    [
      'another application id',
      closed,
      (path) => write(path, (bytes) => bytes.writeUInt32BE(7, 68)),
      /the head of the file is damaged/,
      ALL,
    ],
    [
      'a first page of nothing',
      closed,
      (path) => write(path, (bytes) => bytes.fill(0xee, 0, 4096)),
      /the head of the file is damaged/,
      ALL - 40,
    ],
    [
      'a first page of nothing but its magic',
      closed,
      (path) => write(path, (bytes) => bytes.fill(0xee, 16, 4096)),
      /the head of the file is damaged/,
      ALL - 40,
    ],
    ['pages of nothing', closed, (path) => write(path, (bytes) => bytes.fill(0xee, 40_960, 81_920)), /page/, ALL / 2],
  ])('opens with what is whole, and says so: %s', async (_, from, damage, reason, least) => {
    const outcome = await open(from, damage);
    expect(outcome.reason).toMatch(reason);
    expect(outcome.found).toBeGreaterThanOrEqual(least);
  });

  it('is not what a killed process leaves, nor junk in the file that is not in use', async () => {
    expect(await open(killed, () => undefined)).toMatchObject({ found: ALL, reason: undefined });
    expect(await open(closed, (path) => writeFileSync(`${path}-shm`, 'junk', { mode: 0o600 }))).toMatchObject({
      found: ALL,
      reason: undefined,
    });
  });

  it('of a store that was killed before its first checkpoint opens, with no id in its file yet', async () => {
    const path = join(directory, 'early.db');
    const db = new DatabaseSync(path);
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL');
    db.exec(
      `PRAGMA wal_autocheckpoint = 0; ${tablesOf(closed)}; PRAGMA application_id = ${0x57535052}; PRAGMA user_version = 4`,
    );
    copyOf(path, `${path}-copy`);
    db.close();
    expect(readFileSync(`${path}-copy`).readUInt32BE(68)).toBe(0);
    expect(await open(`${path}-copy`, () => undefined)).toMatchObject({ found: 0, reason: undefined });
  });

  it.each(Array.from({ length: 12 }, (_, seed) => seed))(
    'never is lost in silence, whatever befell it (seed %i)',
    async (seed) => {
      const random = generator(seed);
      const from = random() < 0.5 ? killed : closed;
      const suffix = from === killed && random() < 0.6 ? '-wal' : '';
      const { found, reason } = await open(from, (path) => damageAny(path + suffix, random));
      if (reason === undefined) expect(found).toBe(ALL);
      else expect(reason).not.toBe('');
    },
  );
});

describe('a store whose files are removed while it is in use', () => {
  it.each([
    ['the file', [''], /its file was removed while it was in use/],
    ['its log', ['-wal'], /its log was removed while it was in use/],
    ['both', ['', '-wal'], /its file was removed while it was in use/],
  ])('loses nothing, and says so: %s', async (_, suffixes, reason) => {
    const path = join(directory, `${files++}.db`);
    const store = await openSqliteStore({ path });
    await commitSome(store, 0);
    for (const suffix of suffixes) rmSync(path + suffix);
    await commitSome(store, PER_COMMIT);
    expect(store.damage?.reason).toMatch(reason);
    // As after a crash.
    copyOf(path, `${path}-copy`);
    await store.close();
    expect(await open(`${path}-copy`, () => undefined)).toMatchObject({ found: 2 * PER_COMMIT, reason: undefined });
  });

  it('is given up where another file has taken its place, which stays as it is', async () => {
    const path = join(directory, `${files++}.db`);
    const { promise: gone, resolve: onGone } = Promise.withResolvers<string>();
    const store = await openSqliteStore({ path, onGone });
    await commitSome(store, 0);
    renameSync(path, `${path}-moved`);
    writeFileSync(path, 'a note');
    await expect(commitSome(store, 1)).rejects.toThrow(/is another file than it was/);
    expect(await gone).toMatch(/is another file than it was/);
    expect(readFileSync(path, 'utf8')).toBe('a note');
    await store.close();
  });
});

function tablesOf(path: string): string {
  const db = new DatabaseSync(path, { readOnly: true });
  const tables = db.prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").all();
  db.close();
  return tables.map(({ sql }) => String(sql)).join(';');
}

function damageAny(path: string, random: () => number): void {
  const size = statSync(path).size;
  const at = Math.floor(random() * (random() < 0.3 ? 120 : size));
  const length = Math.floor(random() * 9000);
  const kinds: readonly (() => void)[] = [
    () =>
      write(path, (bytes) => bytes.writeUInt8(bytes.readUInt8(at % size) ^ (1 << Math.floor(random() * 8)), at % size)),
    () => write(path, (bytes) => void bytes.fill(Math.floor(random() * 256), at, at + length)),
    () => write(path, (bytes) => void bytes.copy(bytes, at, Math.floor(random() * size), Math.floor(random() * size))),
    () => truncateSync(path, at),
    () => truncateSync(path),
    () => rmSync(path),
  ];
  kinds[Math.floor(random() * kinds.length)]?.();
}

/** Numbers from 0 to 1 that the seed alone decides. */
function generator(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}
