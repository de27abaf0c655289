/**
 * Values as a reader gives them, and the last one of each slot: most attributes say the same span after span, and what repeats is told
 * by its bytes, without being read again.
 */
import type { AttributeValue } from '../types/span.ts';
import type { ValueReader } from './values.ts';
import type { Body } from './wire.ts';
import { copyWords, isEqual, wordsOf } from './words.ts';

export interface Repeats {
  /** The value that stands from `at` to `end`, of an attribute of this slot. */
  read(body: Body, at: number, end: number, slot: number): AttributeValue | undefined;
}

/** A longer value is read each time. */
const MAX_BYTES = 128;
const WORDS = wordsOf(MAX_BYTES);

/** `passing`: 1 for slots whose values nothing may keep, which `passingReader` reads each time. */
export function createRepeats(passing: Uint8Array, reader: ValueReader, passingReader: ValueReader): Repeats {
  const slots = passing.length;
  const limits = passing.map((each) => (each === 1 ? 0 : MAX_BYTES));
  const lengths = new Uint8Array(slots);
  const words = new Int32Array(slots * WORDS);
  const values: (AttributeValue | undefined)[] = new Array(slots).fill(undefined);
  return {
    read(body, at, end, slot) {
      const length = end - at;
      if (length > (limits[slot] as number)) {
        return (limits[slot] === 0 ? passingReader : reader).read(body, at, end, undefined);
      }
      const first = slot * WORDS;
      if (lengths[slot] === length && isEqual(words, first, body, at, end)) return values[slot];
      const value = reader.read(body, at, end, undefined);
      lengths[slot] = length;
      values[slot] = value;
      copyWords(words, first, body, at, end);
      return value;
    },
  };
}
