import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { change, everything } from '../../../../test/store/contract.ts';
import { StoreUnavailable } from '../../base/errors.ts';
import type { Changes, Store } from '../../types/store.ts';
import { openSqliteStore } from './sqlite.ts';

const directory = mkdtempSync(join(tmpdir(), 'warmspare-thread-'));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
let threads: Worker[] = [];
const note = (worker: Worker): void => void threads.push(worker);
beforeEach(() => {
  threads = [];
  process.on('worker', note);
});
afterEach(() => {
  process.off('worker', note);
});

const commitOf = (value: number): Changes =>
  change(
    { watermarks: [{ namespace: '', service: 'shop', environment: '', at: value }] },
    {},
    { window: new Uint32Array([value, value]), windowAt: value },
  );

interface World {
  readonly store: Store;
  readonly path: string;
  readonly restarts: string[];
  readonly gone: string[];
}

async function open(path = join(directory, `${files++}.db`)): Promise<World> {
  const restarts: string[] = [];
  const gone: string[] = [];
  const store = await openSqliteStore({
    path,
    onRestart: (reason) => restarts.push(reason),
    onGone: (reason) => gone.push(reason),
  });
  await store.load(() => undefined);
  return { store, path, restarts, gone };
}

const kill = async (): Promise<void> => void (await threads.at(-1)?.terminate());

describe("a store's thread that dies", () => {
  it('is started again: what was committed is there, and what comes is committed', async () => {
    const { store, restarts, gone } = await open();
    await store.commit(commitOf(1));
    await kill();
    await store.commit(commitOf(2));
    expect(restarts).toEqual(["the store's thread has ended"]);
    expect(gone).toEqual([]);
    const { window, watermarks } = await everything(store);
    expect(window.map(({ at }) => at)).toEqual([1, 2]);
    expect(watermarks).toMatchObject([{ at: 2 }]);
    await store.close();
  });

  it('answers what waited, and commits it once wherever it was when the thread died', async () => {
    const { store, restarts } = await open();
    const expected: number[] = [];
    for (let value = 1; value <= 12; value++) {
      expected.push(value);
      const waiting = store.commit(commitOf(value));
      const turns = value % 5;
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (value % 2 === 0) await kill();
      await waiting;
      // Many enough for the thread to have lived long.
      if (value % 2 === 0) await Promise.all(Array.from({ length: 100 }, () => store.commit(change())));
    }
    expect(restarts).toHaveLength(6);
    expect((await everything(store)).window.map(({ at }) => at)).toEqual(expected);
    await store.close();
  });

  it('goes on from the file after an error that the thread did not catch', async () => {
    const { store, restarts } = await open();
    await store.commit(commitOf(1));
    // Not a request: reading it throws outside of what answers requests.
    threads.at(-1)?.postMessage(null);
    await store.commit(commitOf(2));
    expect(restarts).toEqual([expect.stringContaining('TypeError')]);
    expect((await everything(store)).window).toHaveLength(2);
    await store.close();
  });

  it('is given up when it dies again and again: everything is refused from then on, and the owner is told once', async () => {
    const { store, restarts, gone } = await open();
    await store.commit(commitOf(1));
    const killAtOnce = (worker: Worker): void => void worker.terminate();
    process.on('worker', killAtOnce);
    const waiting = store.commit(commitOf(2));
    await kill();
    await expect(waiting).rejects.toBeInstanceOf(StoreUnavailable);
    process.off('worker', killAtOnce);
    await expect(store.commit(commitOf(3))).rejects.toBeInstanceOf(StoreUnavailable);
    expect({ restarts, gone }).toMatchObject({ restarts: [], gone: [expect.stringContaining('ended')] });
    expect(threads).toHaveLength(4);
    await store.close();
  });

  it('goes on where it was when it died while it loaded', async () => {
    const { store, restarts } = await open();
    await store.commit(commitOf(1));
    // Asked to end before it is asked to load, or it may have answered by then.
    const ending = kill();
    expect((await everything(store)).watermarks).toMatchObject([{ at: 1 }]);
    await ending;
    expect(restarts).toHaveLength(1);
    await store.close();
  });

  it('does not set a damaged file aside, which would forget what the ledger has', async () => {
    const { store, path, gone } = await open();
    await store.commit(commitOf(1));
    const damage = (): void => truncateSync(path, 5000);
    threads.at(-1)?.once('exit', damage);
    await kill();
    await expect(store.commit(commitOf(2))).rejects.toBeInstanceOf(StoreUnavailable);
    expect(gone).toEqual([expect.stringContaining('damaged')]);
    expect(readdirSync(directory).filter((name) => name.includes('.damaged-'))).toEqual([]);
    await store.close();
  });

  it('is given up where the file is another one by now', async () => {
    const { store, path, gone } = await open();
    await store.commit(commitOf(1));
    for (const suffix of ['', '-wal']) renameSync(path + suffix, `${path}.moved${suffix}`);
    const other = await open(path);
    await other.store.close();
    await threads[0]?.terminate();
    await expect(store.commit(commitOf(2))).rejects.toBeInstanceOf(StoreUnavailable);
    expect(gone).toEqual([expect.stringContaining('another file')]);
  });
});

describe("a store's thread in an application", () => {
  const program = `
    import { openSqliteStore } from '${new URL('./sqlite.ts', import.meta.url).href}';
    const store = await openSqliteStore({ path: process.argv[1] });
    await store.close();
    console.log('closed');`;
  const preload = `--import=data:text/javascript,${encodeURIComponent("console.log('preloaded')")}`;

  it.each([
    ['by an argument', [preload], {}],
    ['by the environment', [], { NODE_OPTIONS: preload }],
  ])(
    'does not preload anew what the application was told to %s, and starts where it has no file',
    async (_, flags, env) => {
      const args = [...flags, '--input-type=module', '--eval', program, join(directory, `${files++}.db`)];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
      expect(stdout).toBe('preloaded\nclosed\n');
    },
  );
});
