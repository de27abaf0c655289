/**
 * Where the newest spans stand: which span each is below, and a number of what is around it. Spans are noted one after the other, since
 * their number is that of all traffic; they are put in order by place only when one is looked up. It allocates nothing per span.
 */
import type { Span } from '../types/span.ts';

export type Place = Pick<Span, 'ids' | 'parent'>;

export interface SpanRing {
  /** `place`: of the span's id, as {@link placeOf} gives it. */
  note(span: Place, place: number, around: number): void;
  /** The row of a span by its place (of {@link placeOf}), half of its trace's id and its own, as signed words; -1 where it is not there. */
  find(place: number, trace2: number, trace3: number, high: number, low: number): number;
  parentHigh(row: number): number;
  parentLow(row: number): number;
  around(row: number): number;
}

export const PLACE_BITS = 16;
/** Spans that the ring holds: a minute of a thousand spans a second, in 2 MiB. */
const ROWS = 2 ** PLACE_BITS;
/**
 * Words of a row: half of the trace's id, the span's, its parent's, what is around, and the span's place until it is put in order, then the
 * number of the row of the same place before it.
 */
const WORDS = 8;
const TRACE = 0;
const SPAN = 2;
const PARENT = 4;
const AROUND = 6;
const OLDER = 7;

/** Rows are numbered within 31 bits. */
const MAX_NOTED = 2 ** 31 - 1;

export function createSpanRing(): SpanRing {
  const ring = new Int32Array(ROWS * WORDS);
  /** By place the number of the newest row there, from 1 on; rows up to `indexed` are in it. Numbers go on when the ring begins again. */
  const newest = new Uint32Array(ROWS);
  let noted = 0;
  let indexed = 0;

  const index = (): void => {
    for (let number = Math.max(indexed, noted - ROWS) + 1; number <= noted; number++) {
      const older = ((number - 1) % ROWS) * WORDS + OLDER;
      const place = ring[older] as number;
      ring[older] = newest[place] as number;
      newest[place] = number;
    }
    indexed = noted;
  };

  const forget = (): void => {
    newest.fill(0);
    noted = 0;
    indexed = 0;
  };

  return {
    note({ ids, parent }, place, around) {
      if (noted === MAX_NOTED) forget();
      const row = (noted++ % ROWS) * WORDS;
      ring[row + TRACE] = (ids[2] as number) | 0;
      ring[row + TRACE + 1] = (ids[3] as number) | 0;
      ring[row + SPAN] = (ids[4] as number) | 0;
      ring[row + SPAN + 1] = (ids[5] as number) | 0;
      ring[row + PARENT] = (parent[0] as number) | 0;
      ring[row + PARENT + 1] = (parent[1] as number) | 0;
      ring[row + AROUND] = around;
      ring[row + OLDER] = place;
    },
    find(place, trace2, trace3, high, low) {
      if (indexed !== noted) index();
      // A row of before the ring began again is gone.
      const gone = Math.max(0, noted - ROWS);
      for (let number = newest[place] as number; number > gone; ) {
        const row = ((number - 1) % ROWS) * WORDS;
        const isSpan = ring[row + SPAN] === high && ring[row + SPAN + 1] === low;
        if (isSpan && ring[row + TRACE] === trace2 && ring[row + TRACE + 1] === trace3) return row;
        number = ring[row + OLDER] as number;
      }
      return -1;
    },
    parentHigh: (row) => ring[row + PARENT] as number,
    parentLow: (row) => ring[row + PARENT + 1] as number,
    around: (row) => ring[row + AROUND] as number,
  };
}

/** Of 2^16, by half of a trace's id and a span's. Ids are random as a rule, but some count, and repeat from trace to trace. */
export function placeOf(trace: number, high: number, low: number): number {
  const mixed = Math.imul(high ^ Math.imul(low ^ Math.imul(trace, 0x9e3779b1), 0x9e3779b1), 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> (32 - PLACE_BITS);
}

export interface IdTable {
  /** `place`: of the id, as {@link placeOf} gives it. */
  add(place: number, trace2: number, trace3: number, high: number, low: number): void;
  has(place: number, trace2: number, trace3: number, high: number, low: number): boolean;
}

/** Spans by half of their trace's id and their own, as signed words; a newer one takes the place of another. An id of zeros is none. */
export function createIdTable(bits: number): IdTable {
  const rows = new Int32Array(2 ** bits * 4);
  const shift = PLACE_BITS - bits;
  return {
    add(place, trace2, trace3, high, low) {
      const row = (place >>> shift) * 4;
      rows[row] = high;
      rows[row + 1] = low;
      rows[row + 2] = trace2;
      rows[row + 3] = trace3;
    },
    has(place, trace2, trace3, high, low) {
      const row = (place >>> shift) * 4;
      if (rows[row] !== high || rows[row + 1] !== low || (high | low) === 0) return false;
      return rows[row + 2] === trace2 && rows[row + 3] === trace3;
    },
  };
}
