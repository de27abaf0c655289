/** The embedded store: one SQLite file, owned by a worker thread. Changes in, durable when the promise resolves; it never blocks this thread. */
import { StoreUnusable } from '../errors.ts';
import type { OwnerRecord, Store } from '../types/store.ts';
import { coalesce } from './coalesce.ts';
import { encodeEntry } from './journal-entry.ts';
import { noneTaken } from './pace.ts';
import type { WorkerOptions } from './sqlite-messages.ts';
import { startThread, type ThreadEvents } from './sqlite-thread.ts';

/** Rows and chains in one text for the thread: few enough to be short-lived. */
const OWNERS_PER_PART = 200;

export interface SqliteStoreOptions extends ThreadEvents {
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
  const { path, maxPages, now = Date.now, ...events } = options;
  const stamp = new Date(now()).toISOString().replaceAll(':', '-');
  const workerOptions: WorkerOptions = { path, maxPages, setAsideName: `${path}.damaged-${stamp}` };
  const thread = await startThread(workerOptions, events);
  /** Of what was committed since it was folded last, all but rows and chains. */
  let rest = coalesce();
  let isDue = false;
  return {
    damage: thread.damage,
    async load(take) {
      const { instanceId } = await thread.send({ kind: 'load', taken: noneTaken() }, take);
      if (instanceId === undefined) throw new StoreUnusable(`${path} gave nothing back`);
      return instanceId;
    },
    async commit({ window, windowAt, ...changes }) {
      const { isFull = false } = await thread.send({ kind: 'commit', entry: encodeEntry(changes), window, windowAt });
      rest.add({ ...changes, owners: [] });
      isDue = isFull;
    },
    folds: {
      get isDue() {
        return isDue;
      },
      async fold(owners) {
        // Until the last part is written the journal stays, and says of the others what they say. Removals go first and once.
        let { changes } = rest;
        let part: OwnerRecord[] = [];
        const write = async (isLast: boolean): Promise<void> => {
          await thread.send({ kind: 'fold', entry: encodeEntry({ ...changes, owners: part }), isLast });
          ({ changes } = coalesce());
          part = [];
        };
        for (const owner of owners) if (part.push(owner) === OWNERS_PER_PART) await write(false);
        await write(true);
        rest = coalesce();
        isDue = false;
      },
    },
    sent: {
      async load(destination, address, take) {
        const { isBegun } = await thread.send({ kind: 'load-sent', destination, address }, ({ sent }) => {
          if (sent) take(sent);
        });
        return isBegun === true;
      },
      async put(destination, records, remove) {
        await thread.send({ kind: 'put-sent', destination, json: JSON.stringify(records), remove });
      },
      async begin(destination, address) {
        await thread.send({ kind: 'begin-sent', destination, address });
      },
      async forget(destination) {
        await thread.send({ kind: 'forget-sent', destination });
      },
    },
    close: () => thread.close(),
  };
}
