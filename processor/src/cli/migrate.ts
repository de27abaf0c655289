/** `warmspare migrate`: copies the evidence from one store to another, in steps that may be repeated, and compares what both have afterwards. */
import { ChangedElsewhere, StoreInUse, StoreUnavailable, StoreUnusable } from '../base/errors.ts';
import { isHeld } from '../ledger/merge-records.ts';
import { checkDatabaseUrl } from '../store/postgres/address.ts';
import type { Changes, Contents, Records, RowRecord, SeriesRecord, Store } from '../types/store.ts';
import type { Options } from './command-line.ts';
import type { ExitCode, Io } from './io.ts';
import { showProgress } from './progress.ts';

/** Entities of one commit. */
const STEP = 500;
/** Hashes of one commit. */
const HASHES = 50_000;

/** 0 both stores have the same, 2 not: nothing was lost, and the message says what to do. */
export async function migrate(options: Options, io: Io): Promise<ExitCode> {
  const { from, to, schema = 'warmspare' } = options;
  if (typeof from !== 'string' || typeof to !== 'string' || typeof schema !== 'string') {
    io.stderr.write('warmspare: migrate wants --from and --to, each sqlite:FILE or postgres://...\n');
    return 2;
  }
  const stores: Store[] = [];
  try {
    const source = await open(from, schema);
    stores.push(source);
    const target = await open(to, schema);
    stores.push(target);
    return await copy(source, target, io);
  } catch (error) {
    if (!isOfStore(error)) throw error;
    io.stderr.write(`warmspare: not migrated: ${error.message}. Nothing is lost: run it again once that is solved.\n`);
    return 2;
  } finally {
    for (const store of stores) await store.close();
  }
}

async function open(url: string, schema: string): Promise<Store> {
  const [, path] = /^sqlite:(?:\/\/)?(.+)$/.exec(url) ?? [];
  if (path !== undefined) return (await import('../store/sqlite/sqlite.ts')).openSqliteStore({ path });
  try {
    checkDatabaseUrl(url);
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    throw new StoreUnusable(`a store is sqlite:FILE or postgres://user:password@host/database; one of them ${reason}`);
  }
  const { openPostgresStore } = await import('../store/postgres/postgres.ts');
  return openPostgresStore({ url, schema, pool: 2 });
}

const isOfStore = (error: unknown): error is Error =>
  error instanceof StoreUnusable || error instanceof StoreInUse || error instanceof StoreUnavailable;

async function copy(source: Store, target: Store, io: Io): Promise<ExitCode> {
  const kept = await contentsOf(source);
  const there = await contentsOf(target);
  const conflict = firstConflict(kept, there);
  if (conflict !== undefined) {
    io.stderr.write(
      `warmspare: not migrated: the store to write has evidence that the other one lacks (${conflict}). Migrate to an empty store.\n`,
    );
    return 2;
  }
  await copyRecords(kept, there, target, io);
  await copyWindow(kept, there, target, io);
  const now = await contentsOf(target);
  const missing = NAMES.filter((name) => textOf(kept[name]) !== textOf(now[name]));
  if (missing.length > 0) {
    io.stderr.write(`warmspare: the stores differ in ${missing.join(', ')}: was one of them in use? Run it again.\n`);
    return 2;
  }
  io.stdout.write(
    `migrated ${kept.rows.length} rows, ${kept.chains.length} chains and ${hashesIn(kept)} counted spans; both stores have the same\n`,
  );
  return 0;
}

const NAMES = ['rows', 'chains', 'watermarks', 'tombstones', 'unassigned'] as const;
type Kept = Records & Pick<Contents, 'window'>;

async function contentsOf(store: Store): Promise<Kept> {
  const found: { [Name in keyof Contents]: Contents[Name][number][] } = {
    rows: [],
    chains: [],
    watermarks: [],
    tombstones: [],
    unassigned: [],
    window: [],
  };
  await store.migrate?.();
  await store.load((part) => {
    found.rows.push(...(part.rows ?? []));
    found.chains.push(...(part.chains ?? []));
    found.watermarks.push(...(part.watermarks ?? []));
    found.tombstones.push(...(part.tombstones ?? []));
    found.unassigned.push(...(part.unassigned ?? []));
    found.window.push(...(part.window ?? []));
  });
  return found;
}

/** What the target has that would be lost: an entity that the source lacks, or one that has counted more. */
function firstConflict(source: Kept, target: Kept): string | undefined {
  for (const name of ['rows', 'chains'] as const) {
    const known = new Map(source[name].map((record) => [JSON.stringify(keyOf(record)), record]));
    for (const record of target[name]) {
      const other = known.get(JSON.stringify(keyOf(record)));
      const chain = JSON.stringify(record.key.chain);
      if (!other) return `chain ${chain}`;
      if (record.series.some((series) => series.value > valueIn(other.series, series)))
        return `calls of chain ${chain}`;
    }
  }
  return undefined;
}

const keyOf = ({ key }: { readonly key: object }): unknown => Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1));

function valueIn(all: readonly SeriesRecord[], { kind }: SeriesRecord): number {
  const same = ({ kind: { metric, attributes } }: SeriesRecord): boolean =>
    metric === kind.metric && attributes === kind.attributes;
  return all.find(same)?.value ?? 0;
}

/** Written over what an earlier run has written: it is the same, or less. */
async function copyRecords(source: Kept, there: Kept, target: Store, io: Io): Promise<void> {
  for (const name of NAMES) {
    const known = new Set((there[name] as readonly unknown[]).map((record) => textOf([record])));
    const list = (source[name] as readonly unknown[]).filter((record) => !known.has(textOf([record])));
    for (let at = 0; at < list.length; at += STEP) {
      const progress = showProgress(io, `${name}: ${at} of ${list.length}`);
      await target.commit(changesOf({ ...NONE, [name]: list.slice(at, at + STEP) }));
      progress.end();
    }
  }
}

async function copyWindow(source: Kept, there: Kept, target: Store, io: Io): Promise<void> {
  const known = new Set(there.window.map(({ at }) => at));
  for (const { at, hashes } of source.window.filter((commit) => !known.has(commit.at))) {
    const progress = showProgress(io, `counted spans of ${new Date(at).toISOString()}`);
    for (let from = 0; from < hashes.length; from += 2 * HASHES) {
      await countIn(target, hashes.slice(from, from + 2 * HASHES), at);
    }
    progress.end();
  }
}

/** Of an earlier run that was broken off, some may be there. */
async function countIn(target: Store, hashes: Uint32Array, at: number): Promise<void> {
  try {
    await target.commit(changesOf(NONE, hashes, at));
  } catch (error) {
    if (!(error instanceof ChangedElsewhere)) throw error;
    const there = new Set<string>();
    for (let from = 0; from < error.counted.length; from += 2)
      there.add(`${error.counted[from]} ${error.counted[from + 1]}`);
    const left: number[] = [];
    for (let from = 0; from < hashes.length; from += 2) {
      const [high = 0, low = 0] = hashes.subarray(from, from + 2);
      if (!there.has(`${high} ${low}`)) left.push(high, low);
    }
    if (left.length > 0) await target.commit(changesOf(NONE, Uint32Array.from(left), at));
  }
}

const NONE: Records = { rows: [], chains: [], watermarks: [], tombstones: [], unassigned: [] };

function changesOf(put: Records, window: Uint32Array = new Uint32Array(), windowAt = 0): Changes {
  return {
    remove: {
      rows: put.rows.map(({ key }) => key),
      chains: put.chains.map(({ key }) => key),
      unassigned: put.unassigned,
    },
    put,
    added: () => put,
    window,
    windowAt,
  };
}

const hashesIn = ({ window }: Kept): number => window.reduce((sum, { hashes }) => sum + hashes.length / 2, 0);

/** In an order that the entities alone decide; calls that wait in a process are left out. */
function textOf(records: readonly unknown[]): string {
  const texts = records.map((record) =>
    JSON.stringify(
      isRow(record) ? { ...record, series: record.series.filter((each) => !isHeld(each)) } : record,
      sorted,
    ),
  );
  return texts.sort().join('\n');
}

const isRow = (record: unknown): record is RowRecord =>
  typeof record === 'object' && record !== null && 'series' in record && Array.isArray(record.series);

/** Members in the order of their names, series in the order of their kinds. */
function sorted(name: string, value: unknown): unknown {
  if (Array.isArray(value)) {
    return name === 'series'
      ? [...(value as unknown[])].sort((a, b) => (JSON.stringify(a, sorted) < JSON.stringify(b, sorted) ? -1 : 1))
      : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
