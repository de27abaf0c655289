/** The embedded store: one SQLite file, owned by a worker thread. Changes in, durable when the promise resolves; it never blocks this thread. */
import { statSync } from 'node:fs';
import { StoreInUse, StoreUnusable } from '../../base/errors.ts';
import { namesFile } from '../../base/file-name.ts';
import type { StoreDamage } from '../../types/pipeline.ts';
import type { Store } from '../../types/store.ts';
import { decodeRecords, encodeRecords, encodeRemovals } from '../records.ts';
import { startThread, type ThreadEvents } from './thread.ts';

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
  if (!namesFile(path)) {
    throw new StoreUnusable(`${JSON.stringify(path)} names no file: a store needs one that outlives the process`);
  }
  const stamp = new Date(now()).toISOString().replaceAll(':', '-');
  const id = fileId(path);
  if (id !== undefined && openFiles.has(id))
    throw new StoreInUse(`${path} is in use by this process: one service a file`);
  let damage: StoreDamage | undefined;
  const thread = await startThread({ path, maxPages, setAsideName: `${path}.damaged-${stamp}` }, events, (found) => {
    damage = found;
  });
  damage ??= thread.damage;
  const opened = fileId(path) ?? path;
  openFiles.add(opened);

  return {
    get damage() {
      return damage;
    },
    async load(take) {
      let after: number | undefined = 0;
      while (after !== undefined) {
        const answer = await thread.send({ kind: 'load-records', after });
        take(decodeRecords(answer.records ?? []));
        damage = answer.damage ?? damage;
        after = answer.next as number | undefined;
      }
      after = 0;
      while (after !== undefined) {
        const answer = await thread.send({ kind: 'load-window', after });
        take({ window: answer.window ?? [] });
        damage = answer.damage ?? damage;
        after = answer.next as number | undefined;
      }
      return thread.instanceId;
    },
    async commit({ put, remove, window, windowAt }) {
      await thread.send({ kind: 'commit', put: encodeRecords(put), remove: encodeRemovals(remove), window, windowAt });
    },
    sent: {
      async load(destination, address, take) {
        let after: string | undefined = '';
        let isBegun = false;
        while (after !== undefined) {
          const answer = await thread.send({ kind: 'load-sent', destination, address, after });
          isBegun = answer.isBegun === true;
          if (isBegun) take(answer.sent ?? []);
          damage = answer.damage ?? damage;
          after = answer.next as string | undefined;
        }
        return isBegun;
      },
      async put(destination, records, remove) {
        await thread.send({ kind: 'put-sent', destination, records, remove });
      },
      async begin(destination, address) {
        await thread.send({ kind: 'begin-sent', destination, address });
      },
      async forget(destination) {
        await thread.send({ kind: 'forget-sent', destination });
      },
    },
    async close() {
      await thread.close();
      openFiles.delete(opened);
    },
  };
}

/**
 * The files that stores of this process have open. The system ends a process's locks on a file as soon as any part of the process closes the
 * file, so that a second store must not even look at it.
 */
const openFiles = new Set<string>();

function fileId(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}
