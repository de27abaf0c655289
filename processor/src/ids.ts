/** Trace and span ids as six big-endian words: what comes in as hex goes out as words and back. It never allocates but the hex. */

/** Words of a trace id, then of a span id. */
export const ID_WORDS = 6;
/** Words of a parent's span id. */
export const PARENT_WORDS = 2;

const word = (hex: string, from: number): number => {
  const value = Number.parseInt(hex.slice(from, from + 8), 16);
  return Number.isNaN(value) ? 0 : value;
};

const hex8 = (value: number): string => value.toString(16).padStart(8, '0');

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
  const [a = 0, b = 0, c = 0, d = 0] = ids;
  return a | b | c | d ? hex8(a) + hex8(b) + hex8(c) + hex8(d) : '';
}

/** 16 lower-case hex digits; empty where the id is all zero. */
export function spanIdOf(ids: Uint32Array): string {
  const high = ids[4] ?? 0;
  const low = ids[5] ?? 0;
  return high | low ? hex8(high) + hex8(low) : '';
}
