/** The bytes of KeyValues in, the slots of those that are wanted filled. Of the others nothing is decoded, not even the key. */
import type { AttributeValue } from '../types/span.ts';
import { bucketOf, createKeyMatcher } from './key-matcher.ts';
import { createRepeats } from './repeats.ts';
import type { Slots } from './slots.ts';
import { KEY_VALUE_KEY, KEY_VALUE_VALUE, SPAN_ATTRIBUTES } from './tags.ts';
import type { ValueReader } from './values.ts';
import { type Body, countField, cursor, readLength, readTag, skipField } from './wire.ts';

export interface AttributeReader {
  /** Fields in any order, any number of times: the last key and the last value win. */
  read(body: Body, from: number, end: number, into: Slots): void;
  /** The attributes of a span from `at` on, one at least, to where something else stands, which is returned. */
  readRun(body: Body, at: number, end: number, into: Slots): number;
}

/** Tag, a length of less than 128, the key's tag, the key's length: the first four bytes as one little-endian word. */
const SHORT = SPAN_ATTRIBUTES | (KEY_VALUE_KEY << 16);
const SHORT_MASK = 0x00ff_80ff;
/** These four bytes, and two before the value. */
const SHORT_OVERHEAD = 6;
/** The least that a short attribute takes: its key has two bytes at least. */
const SHORT_BYTES = SHORT_OVERHEAD + 2;

/** `passing`: names whose values nothing may keep; they are read by `passingValues`. */
export function createAttributeReader(
  names: readonly string[],
  values: ValueReader,
  passing: ReadonlySet<string> = NO_NAMES,
  passingValues: ValueReader = values,
  isWanted?: (name: string) => boolean,
): AttributeReader {
  const matcher = createKeyMatcher(names, isWanted);
  const isPassing = Uint8Array.from(names, (name) => Number(passing.has(name)));
  const repeats = createRepeats(isPassing, values, passingValues);
  const { buckets } = matcher;

  function read(body: Body, from: number, end: number, into: Slots): void {
    const { bytes } = body;
    countField();
    let slot = matcher.match(body, from, 0);
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag === KEY_VALUE_KEY) slot = matcher.match(body, cursor.at, at - cursor.at);
    }
    if (slot < 0) return;
    const reader = isPassing[slot] === 1 ? passingValues : values;
    let value: AttributeValue | undefined;
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag === KEY_VALUE_VALUE) value = reader.read(body, cursor.at, at, value);
    }
    into.set(slot, value);
  }

  /** One attribute, whatever its form; returns where it ends. */
  function readOne(body: Body, at: number, end: number, into: Slots): number {
    const { bytes, view } = body;
    const head = end - at >= SHORT_BYTES ? view.getInt32(at, true) : 0;
    const next = at + 2 + ((head >>> 8) & 0x7f);
    const valueAt = at + SHORT_OVERHEAD + (head >>> 24);
    if ((head & SHORT_MASK) === SHORT && next <= end && valueAt <= next && endsWithValue(view, valueAt, next)) {
      const slot = matcher.match(body, at + 4, head >>> 24);
      if (slot >= 0) into.set(slot, repeats.read(body, valueAt, next, slot));
      return next;
    }
    const behind = readLength(bytes, at + 1, end);
    read(body, cursor.at, behind, into);
    return behind;
  }

  return {
    read,
    readRun(body, from, end, into) {
      const { bytes, view } = body;
      let at = from;
      for (;;) {
        at = skipUnread(view, at, end, buckets);
        if (at >= end || bytes[at] !== SPAN_ATTRIBUTES) return at;
        at = readOne(body, at, end, into);
      }
    },
  };
}

const NO_NAMES: ReadonlySet<string> = new Set();

const endsWithValue = (view: DataView, valueAt: number, next: number): boolean =>
  view.getUint16(valueAt - 2, true) === (KEY_VALUE_VALUE | ((next - valueAt) << 8));

/**
 * Steps over attributes that nobody reads, and stops at what may be another one, long or out of the ordinary, or no attribute. Most
 * of a request is such: of less than 128 bytes, key first, then the value and nothing else. A length that is none, or that leaves the
 * span, fails one of the comparisons. It calls and stores nothing, so that the engine checks the view once and not at each read.
 */
function skipUnread(view: DataView, from: number, end: number, buckets: Int16Array): number {
  let at = from;
  while (end - at >= SHORT_BYTES) {
    const head = view.getInt32(at, true);
    if ((head & SHORT_MASK) !== SHORT) break;
    const keyLength = head >>> 24;
    const next = at + 2 + ((head >>> 8) & 0x7f);
    const valueAt = at + SHORT_OVERHEAD + keyLength;
    if (next > end || valueAt > next || keyLength < 2) break;
    // The key's last two bytes and the two before the value, which ends where the attribute ends: no second key can follow.
    const tail = view.getInt32(valueAt - 4, true);
    if (tail >>> 16 !== (KEY_VALUE_VALUE | ((next - valueAt) << 8))) break;
    if (buckets[bucketOf(keyLength, view.getUint16(at + 4, true), tail & 0xffff)] !== -1) break;
    at = next;
  }
  return at;
}
