/** Attribute keys as bytes in, slots out: a key that nobody reads is told apart by a few of its bytes. It never decodes a key. */
import { type Body, bodyOf } from './wire.ts';
import { copyWords, isEqual, wordsOf } from './words.ts';

const BUCKET_BITS = 12;

export interface KeyMatcher {
  /** The slot of the key that stands in `length` bytes from `at`, all within the body; -1 where it is none of the names. */
  match(body: Body, at: number, length: number): number;
  /** By {@link bucketOf}: -1 where none of the names can be the key. */
  readonly buckets: Int16Array;
}

/** A name's slot is its index. `isWanted`: whether a name is looked for at all. */
export function createKeyMatcher(names: readonly string[], isWanted = (_name: string): boolean => true): KeyMatcher {
  const buckets = new Int16Array(2 ** BUCKET_BITS).fill(-1);
  const chain = new Int16Array(names.length).fill(-1);
  const keys = names.map((name) => new TextEncoder().encode(name));
  const words = new Int32Array(keys.reduce((sum, { length }) => sum + wordsOf(length), 0));
  const firstWords = new Int32Array(names.length);
  let word = 0;
  for (const [slot, bytes] of keys.entries()) {
    const key = bodyOf(bytes);
    firstWords[slot] = word;
    copyWords(words, word, key, 0, bytes.length);
    word += wordsOf(bytes.length);
    if (!isWanted(names[slot] ?? '')) continue;
    const bucket = bucketOfKey(key, 0, bytes.length);
    chain[slot] = buckets[bucket] as number;
    buckets[bucket] = slot;
  }
  const lengths = Int32Array.from(keys, ({ length }) => length);
  return {
    buckets,
    match(body, at, length) {
      let slot = buckets[bucketOfKey(body, at, length)] as number;
      while (
        slot !== -1 &&
        !(lengths[slot] === length && isEqual(words, firstWords[slot] as number, body, at, at + length))
      )
        slot = chain[slot] as number;
      return slot;
    },
  };
}

/**
 * Of a key of two bytes or more, by its length, its first two and its last two bytes as little-endian words: the first tell namespaces
 * apart, the last the names of one.
 */
export function bucketOf(length: number, first: number, last: number): number {
  return Math.imul((length | (first << 8)) ^ (last << 12), 0x9e3779b1) >>> (32 - BUCKET_BITS);
}

function bucketOfKey({ view }: Body, at: number, length: number): number {
  return length < 2 ? length : bucketOf(length, view.getUint16(at, true), view.getUint16(at + length - 2, true));
}
