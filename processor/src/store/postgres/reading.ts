/** Reads what replicas changed: knows up to where it has read, and notices when another server answers, or one that was restored. */

import { isHeld } from '../../ledger/merge-records.ts';
import type { ChangedPart } from '../../types/store.ts';
import { checksum, decodeRecords, removalsOf } from '../records.ts';
import type { Database, Query } from './connection.ts';
import { allRecords, changedRecords, readingPlace, setAside } from './sql/read-records.ts';

export interface Reading {
  /** Every transaction below it was read; undefined before the first reading. */
  readonly place: string | undefined;
  /** What changed since the last reading; everything the first time, or where it is asked for. Resolves to the instance id. */
  read(take: (part: ChangedPart) => void, isWhole?: boolean): Promise<string>;
  /** Records whose checksum was wrong. */
  readonly damaged: number;
}

/** Records of one page. */
const PAGE = 1000;
const WHOLE_TIMEOUT = 60_000;

interface Place {
  readonly next: string;
  readonly epoch: string;
  readonly instance: string;
}

/** `timeout`: of reading changes, in ms. */
export function createReading(database: Database, schema: string, timeout: number): Reading {
  let last: Place | undefined;
  const damaged: [key: string, body: string | null][] = [];
  let reported = 0;

  /** Where that fails, the records stay where they are, and are found again. */
  const report = async (): Promise<void> => {
    const fresh = damaged.slice(reported);
    reported = damaged.length;
    if (fresh.length === 0) return;
    await database
      .transaction(timeout, async (query) => {
        for (const record of fresh) await query(setAside(schema), record);
      })
      .catch(() => undefined);
  };

  const placeOf = async (query: Query): Promise<Place> => {
    const { rows } = await query<Place & Record<string, string>>(readingPlace(schema));
    const [place] = rows;
    if (!place) throw new Error('the database says nothing of itself');
    return place;
  };

  const readPages = async (
    page: (after: string) => Promise<readonly ReadRecord[]>,
    take: (part: ChangedPart) => void,
    isWhole: boolean,
  ): Promise<void> => {
    let after = '';
    for (let isFirst = isWhole; ; isFirst = false) {
      const rows = await page(after);
      const broken = rows.filter(isDamaged);
      for (const { key, body } of broken) damaged.push([key, body]);
      const sound = rows.filter((row) => !isDamaged(row));
      if (sound.length > 0 || isFirst) take(partOf(sound, isFirst));
      if (rows.length < PAGE) return;
      after = rows.at(-1)?.key ?? after;
    }
  };

  return {
    get place() {
      return last?.next;
    },
    get damaged() {
      return damaged.length;
    },
    async read(take, isWhole = false) {
      const before = isWhole ? undefined : last;
      const place = await database.transaction(timeout, async (query) => {
        const now = await placeOf(query);
        if (isBehind(now, before)) return now;
        const since = before?.next;
        await readPages(
          async (after) => (await query<ReadRecord>(changedRecords(schema), [since, after, PAGE])).rows,
          take,
          false,
        );
        return now;
      });
      if (isBehind(place, before)) {
        // Collected first: a reading that breaks off must not leave half of it.
        const parts: ChangedPart[] = [];
        await database.transaction(WHOLE_TIMEOUT, (query) =>
          readPages(
            async (after) => (await query<ReadRecord>(allRecords(schema), [after, PAGE])).rows,
            (part) => parts.push(part),
            true,
          ),
        );
        parts.forEach(take);
      }
      last = place;
      await report();
      return place.instance;
    },
  };
}

interface ReadRecord {
  readonly key: string;
  readonly body: string | null;
  readonly crc: string;
}

const isDamaged = ({ key, body, crc }: ReadRecord): boolean => body !== null && Number(crc) !== checksum(key, body);

/** Changes since `before` would not tell what the server has. */
function isBehind(now: Place, before: Place | undefined): boolean {
  return !before || now.epoch !== before.epoch || BigInt(now.next) < BigInt(before.next);
}

function partOf(rows: readonly ReadRecord[], isWhole: boolean): ChangedPart {
  const put = decodeRecords(rows.flatMap(({ key, body }) => (body === null ? [] : [key, body])));
  const remove = removalsOf(rows.filter(({ body }) => body === null).map(({ key }) => key));
  return {
    isWhole,
    put: { ...put, rows: put.rows.map((row) => ({ ...row, series: row.series.filter((each) => !isHeld(each)) })) },
    remove,
  };
}
