/** Attribute keys as bytes in, slots out: a key that nobody reads is told apart by a few of its bytes. It never decodes a key. */
import type { Body } from './wire.ts';

const BUCKET_BITS = 11;
/** A key of so few bytes is compared byte by byte; a longer one four bytes at a time. */
const SHORT = 4;

export interface KeyMatcher {
  /** The slot of the key that stands in `length` bytes from `at`, all within the body; -1 where it is none of the names. */
  match(body: Body, at: number, length: number): number;
  /** Whether some name could be the key: a glance that never misses one. */
  mayMatch(body: Body, at: number, length: number): boolean;
}

/** A name's slot is its index. */
export function createKeyMatcher(names: readonly string[]): KeyMatcher {
  const heads = new Int16Array(2 ** BUCKET_BITS).fill(-1);
  const chain = new Int16Array(names.length).fill(-1);
  const keys = names.map((name) => {
    const bytes = Buffer.from(new TextEncoder().encode(name).buffer);
    return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
  });
  for (const [slot, key] of keys.entries()) {
    const bucket = bucketOf(key, 0, key.bytes.length);
    chain[slot] = heads[bucket] as number;
    heads[bucket] = slot;
  }
  return {
    match(body, at, length) {
      let slot = heads[bucketOf(body, at, length)] as number;
      while (slot !== -1 && !isKey(keys[slot] as Body, body, at, length)) slot = chain[slot] as number;
      return slot;
    },
    mayMatch: (body, at, length) => heads[bucketOf(body, at, length)] !== -1,
  };
}

function isKey(key: Body, body: Body, at: number, length: number): boolean {
  if (key.bytes.length !== length) return false;
  if (length < SHORT) {
    for (let index = 0; index < length; index++) if (key.bytes[index] !== body.bytes[at + index]) return false;
    return true;
  }
  const last = length - 4;
  for (let index = 0; index < last; index += 4)
    if (key.view.getInt32(index, true) !== body.view.getInt32(at + index, true)) return false;
  return key.view.getInt32(last, true) === body.view.getInt32(at + last, true);
}

/** Namespaces make the first bytes alike: the length and the last four bytes tell names apart. */
function bucketOf({ view }: Body, at: number, length: number): number {
  if (length < SHORT) return length;
  return Math.imul(view.getInt32(at + length - 4, true) + length, 0x9e3779b1) >>> (32 - BUCKET_BITS);
}
