/**
 * The protobuf wire format: varints, fixed words and skipping, each checked against the end of the message it stands in.
 * It never reads at or past that end, never copies, and throws nothing but {@link MalformedRequest} and, past the limit of fields, a Refusal.
 */
import { MalformedRequest } from './malformed.ts';
import { tooManyFields } from './refusal.ts';

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_BYTES = 2;
const WIRE_GROUP_START = 3;
const WIRE_GROUP_END = 4;
const WIRE_FIXED32 = 5;

/** A message's bytes, and the same bytes for reading several at once. */
export interface Body {
  readonly bytes: Buffer;
  readonly view: DataView;
}

export const bodyOf = (bytes: Uint8Array): Body => ({
  bytes: Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
});

const TWO_32 = 4_294_967_296;
/** As deep as other parsers follow unknown groups. */
const MAX_GROUP_DEPTH = 100;

/**
 * `at`: where the last {@link readVarint} or {@link readInt64} ended, a second result without an allocation. `fields`: how many the
 * request has had; fields of few bytes would cost more time than their bytes tell.
 */
export const cursor: { at: number; fields: number; maxFields: number } = {
  at: 0,
  fields: 0,
  maxFields: Number.POSITIVE_INFINITY,
};

/** @throws Refusal where the request has more fields than it may. Fields that cost next to nothing are not counted. */
export function countField(): void {
  cursor.fields++;
  if (cursor.fields > cursor.maxFields) throw tooManyFields(cursor.maxFields);
}

/** An unsigned varint of up to ten bytes, exact up to 2^53. */
export function readVarint(bytes: Uint8Array, at: number, end: number): number {
  return readHalves(bytes, at, end, false);
}

/** A varint as a signed 64-bit number, exact up to 2^53 either way. */
export function readInt64(bytes: Uint8Array, at: number, end: number): number {
  return readHalves(bytes, at, end, true);
}

function readHalves(bytes: Uint8Array, at: number, end: number, signed: boolean): number {
  // Of one or two bytes, as most are.
  if (end - at >= 2) {
    const first = bytes[at] as number;
    if (first < 0x80) {
      cursor.at = at + 1;
      return first;
    }
    const second = bytes[at + 1] as number;
    if (second < 0x80) {
      cursor.at = at + 2;
      return (first & 0x7f) | (second << 7);
    }
  }
  let low = 0;
  let high = 0;
  let position = at;
  for (let shift = 0; shift < 70; shift += 7) {
    if (position >= end) throw new MalformedRequest('a number is cut off', at);
    const byte = bytes[position++] as number;
    const bits = byte & 0x7f;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high = bits >>> 4;
    } else if (shift < 63) high |= bits << (shift - 32);
    else high |= bits << 31;
    if (byte < 0x80) {
      cursor.at = position;
      return (signed ? high | 0 : high >>> 0) * TWO_32 + (low >>> 0);
    }
  }
  throw new MalformedRequest('a number is longer than ten bytes', at);
}

/** A field's tag: number and wire type in one. */
export function readTag(bytes: Uint8Array, at: number, end: number): number {
  countField();
  const first = bytes[at] as number;
  if (first < 0x80 && first > 7) {
    cursor.at = at + 1;
    return first;
  }
  const tag = readVarint(bytes, at, end);
  if (tag < 8 || tag >= TWO_32) throw new MalformedRequest('a field has an impossible number', at);
  return tag;
}

/** Reads a length and leaves the cursor behind it; returns where the field's content ends, which is within `end`. */
export function readLength(bytes: Uint8Array, at: number, end: number): number {
  let length = at < end ? (bytes[at] as number) : 0x80;
  let start = at + 1;
  if (length >= 0x80) {
    // Of two bytes, as most spans and bodies have.
    const second = start < end ? (bytes[start] as number) : 0x80;
    if (second < 0x80) {
      length = (length & 0x7f) | (second << 7);
      start++;
    } else {
      length = readVarint(bytes, at, end);
      start = cursor.at;
    }
  }
  if (length > end - start) throw new MalformedRequest('a field is longer than what holds it', at);
  cursor.at = start;
  return start + length;
}

/** Where a field of eight bytes at `at` ends. */
export function fixed64End(at: number, end: number): number {
  if (end - at < 8) throw new MalformedRequest('a 64-bit field is cut off', at);
  return at + 8;
}

/** Of a field's first two bytes as a little-endian word: whether they are a tag and a length, of a byte each. */
export const isShortBytes = (head: number): boolean => (head & 0x8087) === WIRE_BYTES && (head & 0x78) !== 0;

/** The same for a tag and a number. */
export const isShortVarint = (head: number): boolean => (head & 0x8087) === WIRE_VARINT && (head & 0x78) !== 0;

/** The same for a tag of one byte before a fixed word of eight. */
export const isFixed64 = (head: number): boolean => (head & 0x87) === WIRE_FIXED64 && (head & 0x78) !== 0;

/** Where the field whose tag has been read, and whose content begins at `at`, ends. */
export function skipField(bytes: Uint8Array, at: number, end: number, tag: number): number {
  const wire = tag & 7;
  if (wire === WIRE_BYTES) return readLength(bytes, at, end);
  if (wire === WIRE_FIXED64) return fixed64End(at, end);
  if (wire === WIRE_VARINT) {
    readVarint(bytes, at, end);
    return cursor.at;
  }
  if (wire === WIRE_FIXED32) {
    if (end - at < 4) throw new MalformedRequest('a 32-bit field is cut off', at);
    return at + 4;
  }
  if (wire === WIRE_GROUP_START) return skipGroup(bytes, at, end, tag);
  throw new MalformedRequest('a field has an unknown wire type', at);
}

function skipGroup(bytes: Uint8Array, at: number, end: number, tag: number): number {
  const open = [tag >>> 3];
  let position = at;
  while (open.length > 0) {
    if (position >= end) throw new MalformedRequest('a group is cut off', at);
    const inner = readTag(bytes, position, end);
    position = cursor.at;
    if ((inner & 7) === WIRE_GROUP_END) {
      if (open.pop() !== inner >>> 3) throw new MalformedRequest('a group ends that was not open', position);
    } else if ((inner & 7) === WIRE_GROUP_START) {
      if (open.push(inner >>> 3) > MAX_GROUP_DEPTH) throw new MalformedRequest('groups are nested too deeply', at);
    } else position = skipField(bytes, position, end, inner);
  }
  return position;
}

/**
 * A little-endian 64-bit count of nanoseconds as milliseconds. As one double it would be off by up to 128 ns, and a whole
 * millisecond would come out as 505.9998: the whole part is computed apart. 2^32 is 4294 million and 967296.
 */
export function nanosToMillis(view: DataView, at: number): number {
  const high = view.getUint32(at + 4, true);
  const rest = high * 967_296 + view.getUint32(at, true);
  const whole = Math.floor(rest / 1e6);
  return high * 4294 + whole + (rest - whole * 1e6) / 1e6;
}
