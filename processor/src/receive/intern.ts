/**
 * Bytes in, the same string or array object for the same bytes out. Bounded: an entry gives way to a newer one, and what
 * is long is decoded each time; what gave way is decoded again, so that no counter need
 * tell. A hash only finds an entry; the bytes decide. Bytes are compared four at a time.
 */
import type { Body } from './wire.ts';
import { copyWords, isEqual, lastWord, wordsOf } from './words.ts';

const TEXT_WAYS = 8192;
const TEXT_WORDS = 24;
const TEXT_BYTES = TEXT_WORDS * 4;
const LIST_WAYS = 1024;
const LIST_BYTES = 4096;

/** Bytes of a value beyond which it is cut: longer than any name, fingerprint or schema that a stage makes use of. */
export const MAX_TEXT_BYTES = 16_384;

export interface Interner {
  /** UTF-8 to a string; invalid sequences become U+FFFD; what is past {@link MAX_TEXT_BYTES} is cut off. */
  text(body: Body, at: number, end: number): string;
  /** What `decode` makes of these bytes, or made of equal ones before. */
  list(body: Body, at: number, end: number, decode: ListDecoder): readonly string[] | undefined;
}

export type ListDecoder = (body: Body, at: number, end: number) => readonly string[] | undefined;

interface KnownList {
  readonly length: number;
  readonly words: Int32Array;
  readonly list: readonly string[] | undefined;
}

/** Keeps nothing: for values that may hold what a model wrote. */
export const PASSING: Interner = {
  text: ({ bytes }, at, end) => bytes.toString('utf8', at, Math.min(end, at + MAX_TEXT_BYTES)),
  list: (body, at, end, decode) => (end - at > MAX_TEXT_BYTES ? undefined : decode(body, at, end)),
};

export function createInterner(): Interner {
  const texts: string[] = new Array(TEXT_WAYS).fill('');
  const lengths = new Uint8Array(TEXT_WAYS);
  const arena = new Int32Array(TEXT_WAYS * TEXT_WORDS);
  const lists: (KnownList | undefined)[] = new Array(LIST_WAYS).fill(undefined);
  let turn = 0;

  return {
    text(body, at, end) {
      const length = end - at;
      if (length === 0) return '';
      if (length > TEXT_BYTES) return body.bytes.toString('utf8', at, Math.min(end, at + MAX_TEXT_BYTES));
      // Two ways an entry: two strings that meet in one hash do not evict each other span after span.
      const way = hash(body, at, end) & (TEXT_WAYS - 2);
      if (lengths[way] === length && isEqual(arena, way * TEXT_WORDS, body, at, end)) return texts[way] as string;
      if (lengths[way + 1] === length && isEqual(arena, (way + 1) * TEXT_WORDS, body, at, end))
        return texts[way + 1] as string;
      turn ^= 1;
      const victim = way + turn;
      const text = body.bytes.toString('utf8', at, end);
      texts[victim] = text;
      lengths[victim] = length;
      copyWords(arena, victim * TEXT_WORDS, body, at, end);
      return text;
    },

    list(body, at, end, decode) {
      const length = end - at;
      if (length > LIST_BYTES) return length > MAX_TEXT_BYTES ? undefined : decode(body, at, end);
      const way = hash(body, at, end) & (LIST_WAYS - 1);
      const known = lists[way];
      if (known !== undefined && known.length === length && isEqual(known.words, 0, body, at, end)) return known.list;
      const list = decode(body, at, end);
      const words = new Int32Array(wordsOf(length));
      copyWords(words, 0, body, at, end);
      lists[way] = { length, words, list };
      return list;
    },
  };
}

/** Every byte counts, so that counters and versions anywhere in a value tell values apart. */
function hash(body: Body, at: number, end: number): number {
  const { view } = body;
  let result = end - at;
  for (let index = at; index < end - 4; index += 4) result = Math.imul(result ^ view.getInt32(index, true), 0x9e3779b1);
  if (end > at) result = Math.imul(result ^ lastWord(body, at, end), 0x85ebca6b);
  return (result ^ (result >>> 15)) >>> 1;
}
