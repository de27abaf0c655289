/** The bytes of KeyValues in, the slots of those that are wanted filled. Of the others nothing is decoded, not even the key. */
import type { AttributeValue } from '../types/span.ts';
import type { KeyMatcher } from './key-matcher.ts';
import type { Slots } from './slots.ts';
import { KEY_VALUE_KEY, KEY_VALUE_VALUE, SPAN_ATTRIBUTES } from './tags.ts';
import type { ValueReader } from './values.ts';
import { type Body, cursor, readTag, skipField } from './wire.ts';

export interface AttributeReader {
  /** Fields in any order, any number of times: the last key and the last value win. */
  read(body: Body, from: number, end: number, into: Slots): void;
  /**
   * The run of short attributes of a span that begins at `at`: fills the slots of those that are wanted, and returns where
   * something else stands.
   */
  readShort(body: Body, at: number, end: number, into: Slots): number;
}

/** Tag, a length of less than 128, the key's tag, the key's length: the first four bytes as one little-endian word. */
const SHORT = SPAN_ATTRIBUTES | (KEY_VALUE_KEY << 16);
const SHORT_MASK = 0x00ff_80ff;
/** The least that a short attribute takes: these four bytes, and two before its value. */
const SHORT_BYTES = 6;

export function createAttributeReader(matcher: KeyMatcher, values: ValueReader): AttributeReader {
  return {
    read(body, from, end, into) {
      const { bytes } = body;
      let slot = matcher.match(body, from, 0);
      for (let at = from; at < end; ) {
        const tag = readTag(bytes, at, end);
        at = skipField(bytes, cursor.at, end, tag);
        if (tag === KEY_VALUE_KEY) slot = matcher.match(body, cursor.at, at - cursor.at);
      }
      if (slot < 0) return;
      let value: AttributeValue | undefined;
      for (let at = from; at < end; ) {
        const tag = readTag(bytes, at, end);
        at = skipField(bytes, cursor.at, end, tag);
        if (tag === KEY_VALUE_VALUE) value = values.read(body, cursor.at, at, value);
      }
      into.set(slot, value);
    },

    readShort(body, from, end, into) {
      const { view } = body;
      let at = from;
      // Most of a request is attributes of less than 128 bytes, key first, then the value and nothing else: they are read, or
      // stepped over, a word at a time. A length that is none, or that leaves the span, fails one of the comparisons.
      while (end - at >= SHORT_BYTES) {
        const head = view.getInt32(at, true);
        if ((head & SHORT_MASK) !== SHORT) return at;
        const next = at + 2 + ((head >>> 8) & 0x7f);
        const keyLength = head >>> 24;
        const valueAt = at + SHORT_BYTES + keyLength;
        if (next > end || valueAt > next) return at;
        // The value ends where the attribute ends, so that no second key can follow.
        if (view.getUint16(valueAt - 2, true) !== (KEY_VALUE_VALUE | ((next - valueAt) << 8))) return at;
        if (matcher.mayMatch(body, at + 4, keyLength)) {
          const slot = matcher.match(body, at + 4, keyLength);
          if (slot >= 0) into.set(slot, values.read(body, valueAt, next, undefined));
        }
        at = next;
      }
      return at;
    },
  };
}
