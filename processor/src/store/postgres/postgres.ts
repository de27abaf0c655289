/** The store that replicas share: a schema of a PostgreSQL database. A commit is one transaction, and merges into what others have written. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ChangedElsewhere, OutcomeUnknown, StoreUnavailable, StoreUnusable } from '../../base/errors.ts';
import { WINDOW_CAPACITY } from '../../ledger/duplicate-window.ts';
import type { Changes, Records, Store } from '../../types/store.ts';
import { readDatabaseUrl } from './address.ts';
import { CountedElsewhere, type Written, writeChanges, writtenOf } from './commit.ts';
import { type Database, openDatabase } from './connection.ts';
import { failureText, isConflict, isForGood, isLostConnection } from './failure.ts';
import { migrate } from './migrate.ts';
import { createReading } from './reading.ts';
import { createSent } from './sent.ts';
import { BEGIN_COMMIT } from './sql/begin-commit.ts';
import { countedSpans } from './sql/count-spans.ts';
import { TRANSACTION_STATUS } from './sql/transaction-status.ts';
import { tryToWrite } from './sql/write-records.ts';
import { createUpkeep } from './upkeep.ts';
import { hashesOf, loadWindow, prune } from './window.ts';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host/database?sslmode=verify-full`. */
  readonly url: string;
  /** Made where it is not there. */
  readonly schema: string;
  /** Connections at most. */
  readonly pool: number;
  /** Epoch ms. */
  readonly now?: () => number;
}

/** A sender waits 5 seconds for its answer: tries end before. In ms. */
const COMMIT_TIMEOUT = 3800;
const TRY_TIMEOUT = 2500;
const READ_TIMEOUT = 2500;
const LOAD_TIMEOUT = 120_000;
/** How far this machine's clock may be off: its times are the evidence of all replicas. */
const CLOCK_TOLERANCE = 5 * 60_000;

/**
 * Connects, and brings the schema up to date. Rejects with StoreUnusable where somebody has to change something, with StoreUnavailable where a
 * later try may work. Neither says anything of the URL.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { url, schema: name, pool, now = Date.now } = options;
  const schema = `"${name.replaceAll('"', '""')}"`;
  const holder = randomUUID();
  const database = await opened(url, pool, schema, name);
  const reading = createReading(database, schema, READ_TIMEOUT);
  const upkeep = createUpkeep({ database, schema, name, holder });
  const run = guarded(database);
  let countedSincePrune = 0;
  let pruning: Promise<void> = Promise.resolve();

  const pruneAtTimes = (hashes: number): void => {
    countedSincePrune += hashes;
    if (countedSincePrune < WINDOW_CAPACITY / 4) return;
    countedSincePrune = 0;
    pruning = pruning.then(() => prune(database, schema, name)).catch(() => undefined);
  };

  const statusOf = async (xid: string): Promise<string | null> => {
    const answer = await database.transaction(1000, (query) =>
      query<{ status: string | null }>(TRANSACTION_STATUS, [xid]),
    );
    return answer.rows[0]?.status ?? null;
  };

  /** Rejects while the transaction may still end one way or the other. */
  const wasKept = async (xid: string): Promise<boolean> => {
    const status = await statusOf(xid);
    if (status === 'in progress') throw new StoreUnavailable('a commit before is still under way');
    return status === 'committed';
  };

  const tryCommit = async (written: Written, milliseconds: number): Promise<Records> => {
    let xid = '';
    let result: Records | undefined;
    let isUncertain = false;
    try {
      return await database.transaction(
        milliseconds,
        async (query) => {
          const { rows } = await query<{ xid: string; now: number }>(BEGIN_COMMIT);
          const off = Math.abs((rows[0]?.now ?? 0) - now());
          if (off > CLOCK_TOLERANCE) {
            const minutes = Math.round(off / 60_000);
            throw new StoreUnavailable(`this machine's clock and the database's differ by ${minutes} minutes`);
          }
          xid = rows[0]?.xid ?? '';
          if (written.added.length + written.removed.length + written.hashes.length === 0)
            await query(tryToWrite(schema));
          result = await writeChanges(query, schema, written, reading.place);
          return result;
        },
        () => {
          isUncertain = true;
        },
      );
    } catch (error) {
      if (!isUncertain || !result) throw error;
      const kept = await wasKept(xid).catch(() => undefined);
      if (kept === undefined) throw new OutcomeUnknown(failureText(error), () => wasKept(xid));
      if (kept) return result;
      throw error;
    }
  };

  const commit = async (changes: Changes): Promise<Records> => {
    const written = writtenOf(changes, holder);
    const deadline = performance.now() + COMMIT_TIMEOUT;
    for (;;) {
      try {
        const merged = await tryCommit(written, Math.min(TRY_TIMEOUT, deadline - performance.now()));
        pruneAtTimes(written.hashes.length);
        return merged;
      } catch (error) {
        if (error instanceof CountedElsewhere) {
          const found = await run((query) => query<{ hash: string }>(countedSpans(schema), [written.hashes]));
          const counted = hashesOf(found.rows.map(({ hash }) => hash));
          throw new ChangedElsewhere('another replica has counted some of these spans', counted);
        }
        if (error instanceof StoreUnavailable) throw error;
        const isWorthATry = isConflict(error) || isLostConnection(error);
        const pause = isConflict(error) ? 10 + Math.random() * 40 : 150;
        if (!isWorthATry || performance.now() + pause + 200 > deadline) {
          throw new StoreUnavailable(failureText(error));
        }
        await delay(pause);
      }
    }
  };

  return {
    get damage() {
      if (reading.damaged === 0) return undefined;
      return { reason: `${reading.damaged} records had a wrong checksum`, movedTo: `the table ${name}.set_aside` };
    },
    async load(take) {
      await pruning;
      const instance = await refusing(() => reading.read(({ put }) => take(put), true));
      await refusing(() => database.transaction(LOAD_TIMEOUT, (query) => loadWindow(query, schema, take)));
      upkeep.tend(now());
      return instance;
    },
    async commit(changes) {
      await commit(changes);
    },
    sent: createSent(schema, run),
    shared: {
      commit,
      async changes(take) {
        await refusing(() => reading.read(take));
        upkeep.tend(now());
      },
      lease: (lease, milliseconds) => refusing(() => upkeep.lease(lease, milliseconds)),
    },
    async close() {
      await Promise.race([Promise.all([pruning, upkeep.close()]), delay(3000, undefined, { ref: false })]);
      await Promise.race([database.close(), delay(1000, undefined, { ref: false })]);
    },
  };
}

async function opened(url: string, pool: number, schema: string, name: string): Promise<Database> {
  let database: Database | undefined;
  try {
    database = openDatabase(readDatabaseUrl(url), pool);
    await migrate(database, schema, name);
    return database;
  } catch (error) {
    await database?.close();
    if (error instanceof StoreUnusable) throw error;
    if (isForGood(error)) throw new StoreUnusable(failureText(error));
    throw new StoreUnavailable(failureText(error));
  }
}

/** Errors of the client may repeat what the URL says: only our own sentences leave. */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof StoreUnavailable ? error : new StoreUnavailable(failureText(error));
  }
}

function guarded(database: Database): Parameters<typeof createSent>[1] {
  return (work) => refusing(() => database.transaction(READ_TIMEOUT, work));
}
