/** The embedded store: one SQLite file, owned by a worker thread. Changes in, durable when the promise resolves; it never blocks this thread. */
import { Worker } from 'node:worker_threads';
import { StoreInUse, StoreUnavailable, StoreUnusable } from '../errors.ts';
import type { StoreDamage } from '../types/pipeline.ts';
import type { Contents, Store } from '../types/store.ts';
import { encodeEntry } from './journal-entry.ts';
import { decodeSeries } from './series-text.ts';
import type { Reply, Request, WorkerOptions } from './sqlite-messages.ts';

export interface SqliteStoreOptions {
  readonly path: string;
  /** How large the file may get, in pages of 4 KiB; past it commits are refused. No limit by default. */
  readonly maxPages?: number;
  /** Epoch ms, for the name of a damaged file that is set aside. */
  readonly now?: () => number;
}

/**
 * Opens or makes the file. A damaged one is set aside and reported in `damage`. Rejects with StoreInUse where another process
 * has it, with StoreUnusable where it cannot be written, is another program's or a newer version's.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { path, maxPages, now = Date.now } = options;
  const stamp = new Date(now()).toISOString().replaceAll(':', '-');
  const workerOptions: WorkerOptions = { path, maxPages, setAsideName: `${path}.damaged-${stamp}` };
  const worker = new Worker(workerFile(), {
    workerData: workerOptions,
    // What it makes is short-lived: a small nursery keeps the process small and costs nothing measurable.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  const damage = await opened(worker);
  const calls = createCalls(worker);
  return {
    damage,
    async load(take) {
      const instanceId = await calls.send({ kind: 'load' }, take);
      if (instanceId === undefined) throw new StoreUnusable(`${path} gave nothing back`);
      return instanceId;
    },
    async commit({ window, windowAt, ...changes }) {
      await calls.send({ kind: 'commit', entry: encodeEntry(changes), window, windowAt });
    },
    async close() {
      await calls.send({ kind: 'close' }).catch(() => undefined);
      await worker.terminate();
    },
  };
}

/** The thread's file beside this one, built or not: Node.js strips the types of the source. */
function workerFile(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './sqlite-worker.js', import.meta.url);
}

function opened(worker: Worker): Promise<StoreDamage | undefined> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (reply: Reply) => {
      worker.off('error', reject);
      if (reply.kind === 'opened') resolve(reply.damage);
      else reject(refusalOf(reply));
    });
  });
}

function refusalOf(reply: Reply): Error {
  if (reply.kind !== 'refused') return new StoreUnusable('the store did not open');
  return reply.name === 'StoreInUse' ? new StoreInUse(reply.message) : new StoreUnusable(reply.message);
}

type Unnumbered<R> = R extends Request ? Omit<R, 'id'> : never;

interface Calls {
  /** Resolves to the instance id where the reply has one. */
  send(request: Unnumbered<Request>, take?: (part: Partial<Contents>) => void): Promise<string | undefined>;
}

/** Numbers the requests and settles each by its reply; a thread that died settles all. */
function createCalls(worker: Worker): Calls {
  interface Waiting {
    readonly take: ((part: Partial<Contents>) => void) | undefined;
    readonly resolve: (instanceId: string | undefined) => void;
    readonly reject: (error: Error) => void;
  }
  const waiting = new Map<number, Waiting>();
  let next = 0;
  let dead: Error | undefined;
  worker.unref();

  worker.on('message', (reply: Reply) => {
    if (reply.kind === 'records') {
      waiting.get(reply.id)?.take?.(JSON.parse(reply.json) as Partial<Contents>);
    } else if (reply.kind === 'series') {
      waiting.get(reply.id)?.take?.({ series: decodeSeries(reply.text) });
    } else if (reply.kind === 'window') {
      waiting.get(reply.id)?.take?.({ window: reply.window });
    }
    if (reply.kind !== 'done' && reply.kind !== 'failed') return;
    const call = waiting.get(reply.id);
    waiting.delete(reply.id);
    // An idle store keeps no process alive; a commit under way does.
    if (waiting.size === 0) worker.unref();
    if (reply.kind === 'done') call?.resolve(reply.instanceId);
    else call?.reject(new StoreUnavailable(reply.message));
  });
  const die = (reason: string): void => {
    dead = new StoreUnavailable(reason);
    for (const call of waiting.values()) call.reject(dead);
    waiting.clear();
  };
  worker.on('error', (error) => die(`the store's thread failed: ${String(error)}`));
  worker.on('exit', () => die("the store's thread has ended"));

  return {
    send: (request, take) =>
      new Promise((resolve, reject) => {
        if (dead) {
          reject(dead);
          return;
        }
        worker.ref();
        const id = next++;
        waiting.set(id, { take, resolve, reject });
        worker.postMessage({ ...request, id });
      }),
  };
}
