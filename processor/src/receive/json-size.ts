/**
 * The bytes of a JSON text go in; one with more values than may be is refused before anything is made of it. Twenty kilobytes of gzip hold
 * seven million empty objects, which would take 900 MB and seconds.
 */
import { tooManyValues } from './refusal.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;

/**
 * Counts what begins a value: a list or an object, or what stands behind a comma. It looks at each byte once, does not check the
 * grammar, and stops at the limit.
 * @throws Refusal
 */
export function refuseManyValues(bytes: Uint8Array, limit: number): void {
  let values = 1;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfText(bytes, at + 1);
    else if (byte === COMMA || byte === OPEN_LIST || byte === OPEN_OBJECT) {
      values++;
      if (values > limit) throw tooManyValues(limit);
    }
  }
}

/** Where the quote stands that ends the text. */
function endOfText(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
