/** Trace and span ids as six big-endian words: what comes in as hex goes out as words and back. It never allocates but the hex. */

/** Words of a trace id, then of a span id. */
export const ID_WORDS = 6;
/** Words of a parent's span id. */
export const PARENT_WORDS = 2;

const word = (hex: string, from: number): number => {
  const value = Number.parseInt(hex.slice(from, from + 8), 16);
  return Number.isNaN(value) ? 0 : value;
};

/** Fills `out` from 32 and 16 hex digits; an id of any other length becomes zeros. */
export function setIds(out: Uint32Array, traceId: string, spanId: string): void {
  const trace = traceId.length === 32 ? traceId : '';
  const span = spanId.length === 16 ? spanId : '';
  for (let index = 0; index < 4; index++) out[index] = word(trace, index * 8);
  for (let index = 0; index < 2; index++) out[4 + index] = word(span, index * 8);
}

/** Fills `out` from 16 hex digits; an id of any other length becomes zeros. */
export function setParent(out: Uint32Array, spanId: string): void {
  const span = spanId.length === 16 ? spanId : '';
  for (let index = 0; index < PARENT_WORDS; index++) out[index] = word(span, index * 8);
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
