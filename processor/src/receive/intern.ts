/**
 * Bytes in, the same string or array object for the same bytes out. Bounded: an entry gives way to a newer one, and what
 * is long is decoded each time. A hash only finds an entry; the bytes decide.
 */
const TEXT_WAYS = 8192;
const TEXT_BYTES = 96;
const LIST_WAYS = 1024;
const LIST_BYTES = 4096;

/** Bytes of a value beyond which it is cut: longer than any name, fingerprint or schema that a stage makes use of. */
export const MAX_TEXT_BYTES = 16_384;

export interface Interner {
  /** UTF-8 to a string; invalid sequences become U+FFFD; what is past {@link MAX_TEXT_BYTES} is cut off. */
  text(bytes: Buffer, at: number, end: number): string;
  /** What `decode` makes of these bytes, or made of equal ones before. */
  list(bytes: Buffer, at: number, end: number, decode: ListDecoder): readonly string[] | undefined;
}

export type ListDecoder = (bytes: Buffer, at: number, end: number) => readonly string[] | undefined;

export function createInterner(): Interner {
  const texts: string[] = new Array(TEXT_WAYS).fill('');
  const lengths = new Uint8Array(TEXT_WAYS);
  const arena = new Uint8Array(TEXT_WAYS * TEXT_BYTES);
  const lists: ({ readonly bytes: Uint8Array; readonly list: readonly string[] | undefined } | undefined)[] = new Array(
    LIST_WAYS,
  ).fill(undefined);
  let turn = 0;

  const isText = (way: number, bytes: Buffer, at: number, length: number): boolean => {
    if (lengths[way] !== length) return false;
    const from = way * TEXT_BYTES;
    for (let index = 0; index < length; index++) if (arena[from + index] !== bytes[at + index]) return false;
    return true;
  };

  return {
    text(bytes, at, end) {
      const length = end - at;
      if (length === 0) return '';
      if (length > TEXT_BYTES) return bytes.toString('utf8', at, Math.min(end, at + MAX_TEXT_BYTES));
      // Two ways an entry: two strings that meet in one hash do not evict each other span after span.
      const way = hash(bytes, at, end) & (TEXT_WAYS - 2);
      if (isText(way, bytes, at, length)) return texts[way] as string;
      if (isText(way + 1, bytes, at, length)) return texts[way + 1] as string;
      turn ^= 1;
      const victim = way + turn;
      const text = bytes.toString('utf8', at, end);
      texts[victim] = text;
      lengths[victim] = length;
      arena.set(bytes.subarray(at, end), victim * TEXT_BYTES);
      return text;
    },

    list(bytes, at, end, decode) {
      if (end - at > LIST_BYTES) return end - at > MAX_TEXT_BYTES ? undefined : decode(bytes, at, end);
      const way = hash(bytes, at, end) & (LIST_WAYS - 1);
      const known = lists[way];
      if (known !== undefined && isEqual(known.bytes, bytes, at, end)) return known.list;
      const list = decode(bytes, at, end);
      lists[way] = { bytes: Uint8Array.from(bytes.subarray(at, end)), list };
      return list;
    },
  };
}

function isEqual(known: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  if (known.length !== end - at) return false;
  for (let index = 0; index < known.length; index++) if (known[index] !== bytes[at + index]) return false;
  return true;
}

/** Samples long values; the tail counts in full, where counters and versions stand. */
function hash(bytes: Uint8Array, at: number, end: number): number {
  const length = end - at;
  const step = length <= 16 ? 1 : length >>> 3;
  let result = length;
  for (let index = at; index < end; index += step) result = Math.imul(result, 31) + (bytes[index] as number);
  for (let index = Math.max(at, end - 4); index < end; index++)
    result = Math.imul(result, 37) + (bytes[index] as number);
  return result ^ (result >>> 13);
}
