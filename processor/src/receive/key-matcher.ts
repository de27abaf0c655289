/** Attribute keys as bytes in, slots out: a key that nobody reads is told apart by a few of its bytes. It never decodes a key. */
const BUCKETS = 2048;

export interface KeyMatcher {
  /** How many names it knows. */
  readonly size: number;
  /** The slot of the key that stands in `length` bytes from `at`, all within `bytes`; -1 where it is none of the names. */
  match(bytes: Uint8Array, at: number, length: number): number;
}

/** A name's slot is its index. */
export function createKeyMatcher(names: readonly string[]): KeyMatcher {
  const heads = new Int16Array(BUCKETS).fill(-1);
  const chain = new Int16Array(names.length).fill(-1);
  const encoded = names.map((name) => Buffer.from(name, 'utf8'));
  for (const [slot, key] of encoded.entries()) {
    const bucket = bucketOf(key, 0, key.length);
    chain[slot] = heads[bucket] as number;
    heads[bucket] = slot;
  }
  return {
    size: names.length,
    match(bytes, at, length) {
      let slot = heads[bucketOf(bytes, at, length)] as number;
      while (slot !== -1 && !isKey(encoded[slot] as Uint8Array, bytes, at, length)) slot = chain[slot] as number;
      return slot;
    },
  };
}

function isKey(key: Uint8Array, bytes: Uint8Array, at: number, length: number): boolean {
  if (key.length !== length) return false;
  for (let index = 0; index < length; index++) if (key[index] !== bytes[at + index]) return false;
  return true;
}

/** Namespaces make the first bytes alike: the length, the last, the middle and the third quarter tell names apart. */
function bucketOf(bytes: Uint8Array, at: number, length: number): number {
  if (length === 0) return 0;
  const last = bytes[at + length - 1] as number;
  const middle = bytes[at + (length >>> 1)] as number;
  const third = bytes[at + ((length * 3) >>> 2)] as number;
  return (length + last * 7 + middle * 61 + third * 241) & (BUCKETS - 1);
}
