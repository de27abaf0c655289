/** The duplicate window that all replicas share: one row a span, whose hash is a signed 64-bit number. Old ones leave in slices. */
import { WINDOW_CAPACITY } from '../../ledger/duplicate-window.ts';
import type { Contents } from '../../types/store.ts';
import type { Database, Query } from './connection.ts';
import { countedPage } from './sql/counted-page.ts';
import { PRUNE_LOCK, pruneRemoved, pruneWindow, windowStart } from './sql/prune.ts';

/** Pairs of words in; each hash once, as a number in text, in ascending order. */
export function textsOf(hashes: Uint32Array): readonly string[] {
  const numbers = new BigInt64Array(hashes.length / 2);
  for (let at = 0; at < numbers.length; at++) {
    numbers[at] = (BigInt(hashes[2 * at] ?? 0) << 32n) | BigInt(hashes[2 * at + 1] ?? 0);
  }
  const texts: string[] = [];
  for (const [at, number] of numbers.sort().entries())
    if (at === 0 || number !== numbers[at - 1]) texts.push(String(number));
  return texts;
}

export function hashesOf(texts: readonly string[]): Uint32Array {
  const hashes = new Uint32Array(2 * texts.length);
  for (const [at, text] of texts.entries()) {
    const number = BigInt.asUintN(64, BigInt(text));
    hashes[2 * at] = Number(number >> 32n);
    hashes[2 * at + 1] = Number(number & 0xffffffffn);
  }
  return hashes;
}

/** Commits of one page. */
const PAGE = 1000;

export async function loadWindow(
  query: Query,
  schema: string,
  take: (part: Pick<Contents, 'window'>) => void,
): Promise<void> {
  for (let after = Number.NEGATIVE_INFINITY; ; ) {
    const { rows } = await query<{ at: number; hashes: Buffer }>(countedPage(schema), [after, PAGE]);
    if (rows.length > 0) take({ window: rows.map(({ at, hashes }) => ({ at, hashes: wordsOf(hashes) })) });
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.at ?? after;
  }
}

function wordsOf(bytes: Buffer): Uint32Array {
  const words = new Uint32Array(bytes.length / 4);
  for (let at = 0; at < words.length; at++) words[at] = bytes.readUInt32BE(4 * at);
  return words;
}

/** Hashes of one slice: deleting them takes some tens of milliseconds. */
const SLICE = 20_000;
const SLICE_TIMEOUT = 10_000;

/** Lets go what the window needs no more, and marks of removed records. Where another replica does so, it does nothing. */
export async function prune(database: Database, schema: string, name: string): Promise<void> {
  for (let goesOn = true; goesOn; ) {
    goesOn = await database.transaction(SLICE_TIMEOUT, async (query) => {
      const { rows } = await query<{ mine: boolean }>(PRUNE_LOCK, [name]);
      if (rows[0]?.mine !== true) return false;
      await query(pruneRemoved(schema));
      const start = await query<{ at: number }>(windowStart(schema), [WINDOW_CAPACITY - 1]);
      const at = start.rows[0]?.at;
      return at !== undefined && (await query(pruneWindow(schema), [at, SLICE])).count === SLICE;
    });
  }
}
