/**
 * The thread of a SQLite store, as one that answers whatever befalls it: requests in, replies out. A thread that dies is started
 * again and asked again what it had not answered, so that neither what was acknowledged nor what waits is lost. One that dies
 * again and again stays dead.
 */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { StoreInUse, StoreUnavailable, StoreUnusable } from '../../base/errors.ts';
import type { StoreDamage } from '../../types/pipeline.ts';
import type { Answer, Reply, Request, WorkerOptions } from './messages.ts';

/** What the owner of a thread is told. */
export interface ThreadEvents {
  /** The thread died and works again. */
  readonly onRestart?: ((reason: string) => void) | undefined;
  /** The thread will not work again: a new process may. */
  readonly onGone?: ((reason: string) => void) | undefined;
}

type Unnumbered<R> = R extends Request ? Omit<R, 'id'> : never;

export interface Thread {
  readonly damage: StoreDamage | undefined;
  readonly instanceId: string;
  /** Rejects with StoreUnavailable. */
  send(request: Unnumbered<Request>): Promise<Answer>;
  /** Answers what waits, settles and ends. */
  close(): Promise<void>;
}

interface Launched {
  readonly worker: Worker;
  readonly damage: StoreDamage | undefined;
  readonly instanceId: string;
}

interface Waiting {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** How often in a row a thread is started again. One that has answered as much as this begins a new row. */
const RESTARTS = 3;
const LONG_LIFE = 100;

/** Rejects with StoreInUse or StoreUnusable where the file cannot be opened, with whatever else keeps a thread from starting. */
export async function startThread(
  options: WorkerOptions,
  events: ThreadEvents,
  onDamage: (damage: StoreDamage) => void,
): Promise<Thread> {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let nextId = 0;
  let answered = 0;
  let restarts = 0;
  let closing = false;
  let gone: StoreUnavailable | undefined;

  const settle = (reply: Reply): void => {
    if (reply.kind === 'opened' || reply.kind === 'refused') return;
    if (reply.kind === 'damage') {
      onDamage(reply.damage);
      return;
    }
    if (reply.kind === 'gone') {
      closing = true;
      void worker?.terminate();
      giveUp(reply.reason);
      return;
    }
    const call = waiting.get(reply.id);
    answered++;
    waiting.delete(reply.id);
    // An idle store keeps no process alive; a commit under way does.
    if (waiting.size === 0) worker?.unref();
    if (reply.kind === 'failed') call?.reject(new StoreUnavailable(reply.message));
    else call?.resolve(reply);
  };

  const end = (reason: string): void => {
    gone = new StoreUnavailable(reason);
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
  };

  const giveUp = (reason: string): void => {
    end(reason);
    events.onGone?.(reason);
  };

  const adopt = (opened: Worker): void => {
    worker = opened;
    opened.on('message', settle);
    let reason = "the store's thread has ended";
    opened.on('error', (error) => {
      reason = `the store's thread failed: ${String(error)}`;
    });
    // An error ends the thread, too.
    opened.on('exit', () => {
      worker = undefined;
      if (closing) end(reason);
      else void restart(reason);
    });
    if (waiting.size === 0) opened.unref();
  };

  const restart = async (reason: string): Promise<void> => {
    if (answered >= LONG_LIFE) restarts = 0;
    answered = 0;
    if (restarts === RESTARTS) return giveUp(reason);
    restarts++;
    try {
      // A file that is damaged by now is not set aside: the ledger goes on from what was in it.
      const next = await launch({ ...options, keepsDamage: true });
      if (next.instanceId !== first.instanceId) {
        void next.worker.terminate();
        return giveUp(`${options.path} is another file than it was`);
      }
      adopt(next.worker);
    } catch (error) {
      return restart(String(error));
    }
    for (const { request } of waiting.values()) {
      worker?.postMessage(request.kind === 'commit' ? { ...request, again: true } : request);
    }
    events.onRestart?.(reason);
  };

  const first = await launch(options);
  adopt(first.worker);

  const send: Thread['send'] = (request) =>
    new Promise((resolve, reject) => {
      if (gone) {
        reject(gone);
        return;
      }
      const numbered = { ...request, id: nextId++ } as Request;
      waiting.set(numbered.id, { request: numbered, resolve, reject });
      // While a thread starts, what waits is sent once it works.
      worker?.ref();
      worker?.postMessage(numbered);
    });

  return {
    damage: first.damage,
    instanceId: first.instanceId,
    send,
    async close() {
      closing = true;
      await send({ kind: 'close' }).catch(() => undefined);
      await worker?.terminate();
    },
  };
}

function launch(options: WorkerOptions): Promise<Launched> {
  const worker = new Worker(workerFile(), {
    workerData: options,
    // Nothing of the application's: what it preloads, an SDK most often, would start once more in this thread.
    execArgv: [],
    env: {},
    // What it makes is short-lived: a small nursery keeps the process small and costs nothing measurable.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new StoreUnavailable("the store's thread ended before it had opened the file"));
    worker.once('error', reject);
    worker.once('exit', ended);
    worker.once('message', (reply: Reply) => {
      worker.off('error', reject);
      worker.off('exit', ended);
      if (reply.kind === 'opened') resolve({ ...reply, worker });
      else reject(refusalOf(reply));
    });
  });
}

/**
 * The thread's file beside this one, built or not: Node.js strips the types of the source. Throws StoreUnusable where a bundler has taken this
 * code elsewhere and left that file behind.
 */
function workerFile(): URL {
  let file: URL | undefined;
  try {
    file = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
  } catch {
    // A bundle of CommonJS has no import.meta.url.
  }
  if (file !== undefined && (file.protocol !== 'file:' || existsSync(file))) return file;
  throw new StoreUnusable(
    'a store in a file has a thread of its own, whose file is not in this bundle: keep @warmspare/processor out of it (esbuild: --external:@warmspare/processor)',
  );
}

function refusalOf(reply: Reply): Error {
  if (reply.kind !== 'refused') return new StoreUnusable('the store did not open');
  return reply.name === 'StoreInUse' ? new StoreInUse(reply.message) : new StoreUnusable(reply.message);
}
