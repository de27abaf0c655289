/**
 * What one replica at a time does for all: prunes, and counts the calls that a replica which is gone had waiting. Each replica says at intervals
 * that it lives.
 */
import { countHeldOf } from '../../ledger/merge-records.ts';
import { checksum, decodeRecords, encodeRecords } from '../records.ts';
import type { Database } from './connection.ts';
import { dropLeases, expiredLeases, forgetLease, takeLease } from './sql/lease.ts';
import { lockMentions } from './sql/lock-records.ts';
import { writeRecords } from './sql/write-records.ts';
import { prune } from './window.ts';

export interface Upkeep {
  lease(name: string, milliseconds: number): Promise<boolean>;
  /** Does what is due in the background, beside commits. `now`: epoch ms. */
  tend(now: number): void;
  /** Waits for what is under way and gives the leases back. */
  close(): Promise<void>;
}

const ALIVE = 'replica ';
const ALIVE_EVERY = 5000;
const ALIVE_FOR = 15_000;
const UPKEEP = 'upkeep';
const UPKEEP_EVERY = 15_000;
const UPKEEP_FOR = 40_000;
const TIMEOUT = 3000;
const RECOVERY_TIMEOUT = 30_000;

export interface UpkeepContext {
  readonly database: Database;
  /** Quoted. */
  readonly schema: string;
  /** As it is. */
  readonly name: string;
  /** Names this process. */
  readonly holder: string;
}

export function createUpkeep({ database, schema, name, holder }: UpkeepContext): Upkeep {
  let aliveAt = Number.NEGATIVE_INFINITY;
  let tendedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  const lease = (lease: string, milliseconds: number): Promise<boolean> =>
    database.transaction(TIMEOUT, async (query) => {
      const { count } = await query(takeLease(schema), [lease, holder, milliseconds]);
      return count > 0;
    });

  const countWaiting = async (gone: string): Promise<void> => {
    await database.transaction(RECOVERY_TIMEOUT, async (query) => {
      const { rows } = await query<{ key: string; body: string; crc: string }>(lockMentions(schema), [gone]);
      const sound = rows.filter(({ key, body, crc }) => Number(crc) === checksum(key, body));
      const counted = decodeRecords(sound.flatMap(({ key, body }) => [key, body])).rows;
      const texts = encodeRecords({ ...EMPTY, rows: counted.map((row) => countHeldOf(row, gone)) });
      const keys = texts.filter((_, place) => place % 2 === 0);
      const bodies = texts.filter((_, place) => place % 2 === 1);
      const sums = keys.map((key, place) => checksum(key, bodies[place] ?? ''));
      if (keys.length > 0) await query(writeRecords(schema), [keys, bodies, sums]);
      await query(forgetLease(schema), [ALIVE + gone]);
    });
  };

  const tendAll = async (now: number): Promise<void> => {
    if (now - aliveAt >= ALIVE_EVERY) {
      await lease(ALIVE + holder, ALIVE_FOR);
      aliveAt = now;
    }
    if (now - tendedAt < UPKEEP_EVERY) return;
    tendedAt = now;
    if (!(await lease(UPKEEP, UPKEEP_FOR))) return;
    const { rows } = await database.transaction(TIMEOUT, (query) =>
      query<{ holder: string }>(expiredLeases(schema), [ALIVE]),
    );
    for (const row of rows) await countWaiting(row.holder);
    await prune(database, schema, name);
  };

  return {
    lease,
    tend(now) {
      // What fails now is tried at the next interval; commits tell of a database that is gone.
      running ??= tendAll(now)
        .catch(() => undefined)
        .finally(() => {
          running = undefined;
        });
    },
    async close() {
      await running;
      await database
        .transaction(TIMEOUT, (query) => query(dropLeases(schema), [holder, ALIVE + holder]))
        .catch(() => undefined);
    },
  };
}

const EMPTY = { rows: [], chains: [], watermarks: [], tombstones: [], unassigned: [] };
