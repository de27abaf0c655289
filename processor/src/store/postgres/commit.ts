/**
 * One commit as one transaction: locks the records that it touches in the order of their keys, merges its share into what they hold, and gives
 * back what they hold then. Spans that another replica has counted make it fail, and so does a record that another one has removed.
 */
import { ChangedElsewhere } from '../../base/errors.ts';
import {
  mergeChain,
  mergeRow,
  mergeTombstone,
  mergeUnassigned,
  mergeWatermark,
  withHolder,
} from '../../ledger/merge-records.ts';
import type { Changes, Records } from '../../types/store.ts';
import { checksum, decodeRecords, encodeRecords, encodeRemovals } from '../records.ts';
import type { Query } from './connection.ts';
import { countSpans } from './sql/count-spans.ts';
import { lockRecords, openRecords } from './sql/lock-records.ts';
import { writeRecords } from './sql/write-records.ts';
import { textsOf } from './window.ts';

/** A change as it is written, whatever becomes of the objects that it was made from. */
export interface Written {
  /** Keys and bodies by turns, of {@link Changes.added}. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Sorted. */
  readonly hashes: readonly string[];
  readonly at: number;
}

/** Another replica has counted some of the spans: which, can be asked once the transaction is rolled back. */
export class CountedElsewhere extends Error {}

/** `holder`: names this process. */
export function writtenOf(changes: Changes, holder: string): Written {
  const added = changes.added();
  const rows = added.rows.map((row) => ({ ...row, series: withHolder(row.series, holder) }));
  return {
    added: encodeRecords({ ...added, rows }),
    removed: encodeRemovals(changes.remove),
    hashes: textsOf(changes.window),
    at: changes.windowAt,
  };
}

/** `reading`: the place up to which this replica has read what others changed. */
export async function writeChanges(
  query: Query,
  schema: string,
  { added, removed, hashes, at }: Written,
  reading: string | undefined,
): Promise<Records> {
  if (hashes.length > 0) {
    const { count } = await query(countSpans(schema), [hashes, at]);
    if (count < hashes.length) throw new CountedElsewhere();
  }
  const gone = new Set(removed);
  const bodies = new Map<string, string | null>(removed.map((key) => [key, null]));
  for (let from = 0; from + 1 < added.length; from += 2) bodies.set(added[from] ?? '', added[from + 1] ?? '');
  const keys = [...bodies.keys()].sort();
  if (keys.length === 0) return NO_RECORDS;
  const kept = await lockAll(query, schema, keys, reading);
  const shared: string[] = [];
  for (const { key, body, crc, recent } of kept) {
    const own = bodies.get(key);
    if (own === undefined || own === null || gone.has(key)) continue;
    // Another replica removed it, and this one has not heard of it: the spans come again, and are judged then.
    if (body === null && recent) throw new ChangedElsewhere('another replica has removed a row of these spans');
    if (body !== null && Number(crc) === checksum(key, body)) shared.push(key, body);
  }
  const merged = mergeTexts(shared, added);
  for (let from = 0; from + 1 < merged.length; from += 2) bodies.set(merged[from] ?? '', merged[from + 1] ?? '');
  const result = decodeRecords(merged);
  // Calls that were listed by one replica and assigned by another.
  const settled = result.unassigned.filter(({ calls }) => calls <= 0);
  for (const key of encodeRemovals({ rows: [], chains: [], unassigned: settled })) bodies.set(key, null);
  const values = keys.map((key) => bodies.get(key) ?? null);
  const sums = keys.map((key, place) => checksum(key, values[place] ?? ''));
  await query(writeRecords(schema), [keys, values, sums]);
  return result;
}

const NO_RECORDS: Records = { rows: [], chains: [], watermarks: [], tombstones: [], unassigned: [] };

interface LockedRecord {
  readonly key: string;
  readonly body: string | null;
  readonly crc: string;
  readonly recent: boolean;
}

async function lockAll(
  query: Query,
  schema: string,
  keys: readonly string[],
  reading: string | undefined,
): Promise<readonly LockedRecord[]> {
  const { rows } = await query<LockedRecord>(lockRecords(schema), [keys, reading]);
  if (rows.length === keys.length) return rows.map(asOpened);
  const known = new Set(rows.map(({ key }) => key));
  const missing = keys.filter((key) => !known.has(key));
  await query(openRecords(schema), [missing]);
  const opened = await query<LockedRecord>(lockRecords(schema), [missing, reading]);
  return [...rows, ...opened.rows].map(asOpened);
}

/** What stands empty with no checksum was never written. */
const asOpened = (row: LockedRecord): LockedRecord =>
  row.body === null && Number(row.crc) === 0 ? { ...row, recent: false } : row;

/** Keys and bodies by turns, in and out: what is kept of the entities, and a commit's share in them. */
function mergeTexts(kept: readonly string[], added: readonly string[]): readonly string[] {
  const texts: string[] = [];
  const before = new Map<string, string>();
  for (let from = 0; from + 1 < kept.length; from += 2) before.set(kept[from] ?? '', kept[from + 1] ?? '');
  for (let from = 0; from + 1 < added.length; from += 2) {
    const key = added[from] ?? '';
    const body = added[from + 1] ?? '';
    const known = before.get(key);
    texts.push(
      ...(known === undefined
        ? [key, body]
        : encodeRecords(mergeAll(decodeRecords([key, known]), decodeRecords([key, body])))),
    );
  }
  return texts;
}

/** Both hold one record, of the same key. */
function mergeAll(kept: Records, added: Records): Records {
  const pairs = <T>(a: readonly T[], b: readonly T[], merge: (a: T, b: T) => T): T[] =>
    b.map((each, place) => {
      const known = a[place];
      return known === undefined ? each : merge(known, each);
    });
  return {
    rows: pairs(kept.rows, added.rows, mergeRow),
    chains: pairs(kept.chains, added.chains, mergeChain),
    watermarks: pairs(kept.watermarks, added.watermarks, mergeWatermark),
    tombstones: pairs(kept.tombstones, added.tombstones, mergeTombstone),
    unassigned: pairs(kept.unassigned, added.unassigned, mergeUnassigned),
  };
}
