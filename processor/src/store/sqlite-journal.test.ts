import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Changes, Contents } from '../types/store.ts';
import { coalesce, type RecordChanges } from './coalesce.ts';
import { byOwner, noChanges } from './contract.ts';
import { encodeEntry } from './journal-entry.ts';
import { createMemoryStore } from './memory.ts';
import { openFile } from './sqlite-file.ts';
import { createTables, type Tables } from './sqlite-tables.ts';
import { anyChanges } from './testdata/changes.ts';
import { type KeyedRow, ownersOf } from './testdata/owners.ts';
import { unordered } from './testdata/unordered.ts';

const directory = mkdtempSync(join(tmpdir(), 'warmspare-journal-'));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
const freshPath = (): string => join(directory, `${files++}.db`);

interface Opened {
  readonly db: DatabaseSync;
  readonly tables: Tables;
}

function open(path: string): Opened {
  const { db } = openFile(path, `${path}.aside`);
  // The tests end no machine: what is written need not reach the disk.
  db.exec('PRAGMA synchronous = OFF');
  return { db, tables: createTables(db) };
}

/** Where a killed process would leave its file, as it is at this moment. */
function whatIsLeftOf(path: string): string {
  const copy = freshPath();
  for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
  return copy;
}

function commit({ tables }: Opened, changes: Changes): void {
  tables.commit(encodeEntry(changes), changes);
}

function contentsOf({ tables }: Opened): Record<string, readonly string[]> {
  const found: { [Name in keyof Contents]: Contents[Name][number][] } = {
    chains: [],
    owners: [],
    watermarks: [],
    tombstones: [],
    unassigned: [],
    window: [],
  };
  tables.load((part) => {
    for (const name of Object.keys(part) as (keyof Contents)[])
      (found[name] as unknown[]).push(...(part[name] as readonly unknown[]));
  });
  return unordered({ ...found, ...byOwner(found) });
}

function rowsIn({ tables }: Opened): number {
  let rows = 0;
  tables.load(({ owners = [] }) => {
    rows += owners.length;
  });
  return rows;
}

async function contentsAfter(commits: readonly Changes[]): Promise<Record<string, readonly string[]>> {
  const model = await createMemoryStore();
  for (const changes of commits) await model.commit(changes);
  const { instanceId: _instanceId, ...contents } = model.contents();
  return unordered({ ...contents, ...byOwner(contents) });
}

/** What commits left, as whoever made them knows it. */
function waiting(commits: readonly Changes[]): RecordChanges {
  const all = coalesce();
  for (const each of commits) all.add(each);
  return all.changes;
}

const entries = ({ db }: Opened): unknown => db.prepare('SELECT count(*) AS entries FROM journal').get()?.entries;

const row = (target: string): KeyedRow => ({
  namespace: '',
  service: 'shop',
  environment: '',
  chain: 'summarize',
  target,
  routeType: 'fallback',
  placeholder: false,
  state: { rank: 1, declaredAt: 1, announcedAt: 1, seenAt: 1, evidence: {} },
});

/** A commit of one row that takes some pages. */
const large = (target: string): Changes => ({
  ...noChanges(),
  owners: ownersOf({ rows: [row(target)] }).map((owner) => ({
    ...owner,
    facts: [{ kind: 'contract', value: ['x'.repeat(20_000)] }],
  })),
});

describe('the journal', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: anyChanges },
    fc.constantFrom('fold', 'begin a fold', 'settle', 'crash' as const),
  );

  it('leaves the same behind as commits one by one, folded or killed at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        let path = freshPath();
        let file = open(path);
        const commits: Changes[] = [];
        let folded = 0;
        for (const each of steps) {
          if (each === 'settle') {
            file.tables.settle();
            folded = commits.length;
          } else if (each === 'fold') {
            file.tables.fold(encodeEntry(waiting(commits.slice(folded))), true);
            folded = commits.length;
          } else if (each === 'begin a fold') {
            const { owners, ...rest } = waiting(commits.slice(folded));
            file.tables.fold(encodeEntry({ ...rest, owners: owners.slice(0, 2) }), false);
          } else if (each === 'crash') {
            const left = whatIsLeftOf(path);
            file.db.close();
            path = left;
            file = open(path);
          } else {
            commit(file, each);
            commits.push(each);
          }
        }
        file.tables.settle();
        expect(entries(file)).toBe(0);
        expect(contentsOf(file)).toEqual(await contentsAfter(commits));
        file.db.close();
      }),
      { numRuns: 60 },
    );
  });

  it('is full once enough commits wait, and not before', () => {
    const file = open(freshPath());
    for (let count = 1; count <= 128; count++) {
      expect(file.tables.isFull).toBe(false);
      commit(file, { ...noChanges(), owners: ownersOf({ rows: [row('claude')] }) });
    }
    expect(file.tables.isFull).toBe(true);
    file.tables.fold(encodeEntry(noChanges()), true);
    expect({ isFull: file.tables.isFull, entries: entries(file) }).toEqual({ isFull: false, entries: 0 });
    file.db.close();
  });

  it('is full before it is larger than one fold should take, and knows its size when it is opened again', () => {
    const path = freshPath();
    const first = open(path);
    for (let count = 0; count < 120; count++) commit(first, large(`t${count}`));
    first.db.close();
    const second = open(path);
    expect(second.tables.isFull).toBe(true);
    second.tables.settle();
    expect(entries(second)).toBe(0);
    expect(rowsIn(second)).toBe(120);
    second.db.close();
  });

  it('keeps what cannot be folded on a full disk, and folds it when there is room', async () => {
    const file = open(freshPath());
    const commits = Array.from({ length: 30 }, (_, count) => large(`t${count}`));
    for (const each of commits) commit(file, each);
    const pages = Number(file.db.prepare('PRAGMA page_count').get()?.page_count);
    file.db.exec(`PRAGMA max_page_count = ${pages}`);
    expect(() => file.tables.settle()).toThrow(/full/);
    expect(entries(file)).toBe(30);
    expect(rowsIn(file)).toBe(0);
    file.db.exec('PRAGMA max_page_count = 100000');
    commit(file, large('later'));
    file.tables.settle();
    expect(entries(file)).toBe(0);
    expect(contentsOf(file)).toEqual(await contentsAfter([...commits, large('later')]));
    file.db.close();
  });

  it('forgets what a commit wrote that did not become durable', async () => {
    const file = open(freshPath());
    commit(file, large('before'));
    const pages = Number(file.db.prepare('PRAGMA page_count').get()?.page_count);
    file.db.exec(`PRAGMA max_page_count = ${pages}`);
    expect(() => commit(file, { ...large('lost'), window: new Uint32Array(100_000).fill(1), windowAt: 1 })).toThrow();
    file.db.exec('PRAGMA max_page_count = 100000');
    commit(file, large('after'));
    file.tables.settle();
    expect(contentsOf(file)).toEqual(await contentsAfter([large('before'), large('after')]));
    file.db.close();
  });
});
