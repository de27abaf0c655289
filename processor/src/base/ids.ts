/** Trace and span ids as six big-endian words: what comes in as hex goes out as words and back. It never allocates but the hex. */
import { createHash } from 'node:crypto';

/** Words of a trace id, then of a span id. */
export const ID_WORDS = 6;
/** Words of a parent's span id. */
export const PARENT_WORDS = 2;

const TRACE_WORDS = 4;

const word = (hex: string, from: number): number => Number.parseInt(hex.slice(from, from + 8), 16);

/** Fills `out` from 32 and 16 hex digits, with zeros from an empty id. False, and zeros, where an id is anything else. */
export function setIds(out: Uint32Array, traceId: string, spanId: string): boolean {
  const isTrace = setWords(out, 0, TRACE_WORDS, traceId);
  return setWords(out, TRACE_WORDS, ID_WORDS, spanId) && isTrace;
}

/** Fills `out` from 16 hex digits, with zeros from an empty id. False, and zeros, where it is anything else. */
export function setParent(out: Uint32Array, spanId: string): boolean {
  return setWords(out, 0, PARENT_WORDS, spanId);
}

function setWords(out: Uint32Array, from: number, to: number, id: string): boolean {
  const isId = id.length === (to - from) * 8 && isHex(id);
  for (let index = from; index < to; index++) out[index] = isId ? word(id, (index - from) * 8) : 0;
  return isId || id === '';
}

export const isHex = (text: string): boolean => /^[0-9a-f]*$/i.test(text);

/** Ids of what has none of its own, made of the texts that identify it. */
export function idsOfTexts(texts: readonly string[]): Uint32Array {
  const digest = createHash('sha256').update(JSON.stringify(texts)).digest();
  return Uint32Array.from({ length: ID_WORDS }, (_, index) => digest.readUInt32BE(index * 4));
}

/** 32 lower-case hex digits; empty where the id is all zero. */
export function traceIdOf(ids: Uint32Array): string {
  return hexOf(ids, 0, 4);
}

/** 16 lower-case hex digits; empty where the id is all zero. */
export function spanIdOf(ids: Uint32Array): string {
  return hexOf(ids, 4, ID_WORDS);
}

/** The bytes that hex is made of: the engine writes them as one text, several times faster than eight digits a word are put together. */
const bytes = Buffer.alloc(ID_WORDS * 4);

function hexOf(ids: Uint32Array, from: number, to: number): string {
  let any = 0;
  for (let index = from; index < to; index++) {
    const each = ids[index] ?? 0;
    any |= each;
    const place = index * 4;
    bytes[place] = each >>> 24;
    bytes[place + 1] = each >>> 16;
    bytes[place + 2] = each >>> 8;
    bytes[place + 3] = each;
  }
  return any === 0 ? '' : bytes.toString('hex', from * 4, to * 4);
}
