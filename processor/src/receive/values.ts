/** The bytes of an AnyValue in, a value of the kinds that are read out. Equal strings and lists come out as the same object. */
import { textsOf } from '../base/texts.ts';
import type { AttributeValue } from '../types/span.ts';
import type { Interner } from './intern.ts';
import {
  ARRAY_VALUES,
  VALUE_ARRAY,
  VALUE_BOOL,
  VALUE_BYTES,
  VALUE_DOUBLE,
  VALUE_INT,
  VALUE_MAP,
  VALUE_STRING,
} from './tags.ts';
import { type Body, cursor, fixed64End, readInt64, readLength, readTag, readVarint, skipField } from './wire.ts';

export interface ValueReader {
  /** The last field of the oneof wins over `before` and over earlier ones; maps and bytes are none of the values that are read. */
  read(body: Body, from: number, end: number, before: AttributeValue | undefined): AttributeValue | undefined;
}

/** A string, nothing, or a value of another kind. */
type Item = string | typeof OTHER | undefined;
const OTHER = false;

export function createValueReader(interner: Interner): ValueReader {
  /** A list that holds other values than strings is none that is read. */
  function decodeList(body: Body, from: number, end: number): readonly string[] | undefined {
    const { bytes } = body;
    const items: Item[] = [];
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag === ARRAY_VALUES) items.push(readItem(body, cursor.at, at));
    }
    return textsOf(items);
  }

  function readItem(body: Body, from: number, end: number): Item {
    const { bytes } = body;
    let value: Item;
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag === VALUE_STRING) value = interner.text(body, cursor.at, at);
      // Deeper values are not followed: nesting costs no stack.
      else if (tag >> 3 <= VALUE_BYTES >> 3) value = OTHER;
    }
    return value;
  }

  return {
    read(body, from, end, before) {
      const { bytes, view } = body;
      // A short string and nothing else, as most are.
      if (end - from > 2 && view.getUint16(from, true) === (VALUE_STRING | ((end - from - 2) << 8)) && end - from < 130)
        return interner.text(body, from + 2, end);
      let value = before;
      for (let at = from; at < end; ) {
        const tag = readTag(bytes, at, end);
        at = cursor.at;
        if (tag === VALUE_STRING) {
          const next = readLength(bytes, at, end);
          value = interner.text(body, cursor.at, next);
          at = next;
        } else if (tag === VALUE_INT) {
          value = readInt64(bytes, at, end);
          at = cursor.at;
        } else if (tag === VALUE_DOUBLE) {
          at = fixed64End(at, end);
          value = view.getFloat64(at - 8, true);
        } else if (tag === VALUE_BOOL) {
          value = readVarint(bytes, at, end) !== 0;
          at = cursor.at;
        } else if (tag === VALUE_ARRAY) {
          const next = readLength(bytes, at, end);
          value = interner.list(body, cursor.at, next, decodeList);
          at = next;
        } else {
          at = skipField(bytes, at, end, tag);
          if (tag === VALUE_MAP || tag === VALUE_BYTES) value = undefined;
        }
      }
      return value;
    },
  };
}
