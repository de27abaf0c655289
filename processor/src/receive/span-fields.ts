/**
 * The bytes of one span in, the fields of the reused span filled. What it does not know it steps over. A message that can be no span,
 * as one of logs or metrics, is a MalformedRequest.
 */
import type { AttributeReader } from './attributes.ts';
import { MalformedRequest } from './malformed.ts';
import type { Slots } from './slots.ts';
import {
  EVENT_ATTRIBUTES,
  SPAN_ATTRIBUTES,
  SPAN_END,
  SPAN_EVENT,
  SPAN_FLAGS,
  SPAN_KIND,
  SPAN_NAME,
  SPAN_PARENT_ID,
  SPAN_SPAN_ID,
  SPAN_START,
  SPAN_STATUS,
  SPAN_TRACE_ID,
  SPAN_WIRE_TYPES,
  STATUS_CODE,
  STATUS_MESSAGE,
} from './tags.ts';
import {
  countField,
  cursor,
  isFixed64,
  isShortBytes,
  isShortVarint,
  nanosToMillis,
  readInt64,
  readTag,
  skipField,
} from './wire.ts';
import { type WireSpan, WRONG_LENGTH } from './wire-span.ts';

/** What a span's attributes and its last exception go into. */
export interface SpanSlots {
  readonly attributes: Slots;
  readonly exception: Slots;
  /** Of the exception's type. */
  readonly exceptionSlot: number;
}

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

export function readSpanFields(
  span: WireSpan,
  from: number,
  end: number,
  reader: AttributeReader,
  slots: SpanSlots,
): void {
  const { body } = span;
  const { view } = body;
  const { attributes } = slots;
  span.clear();
  span.from = from;
  span.end = end;
  span.hasDetails = false;
  attributes.clear();
  slots.exception.clear();
  for (let at = from; at < end; ) {
    // Most fields are told apart by their first two bytes, without a call.
    const head = end - at >= 2 ? view.getUint16(at, true) : 0;
    const tag = head & 0xff;
    if (tag === SPAN_ATTRIBUTES) at = reader.readRun(body, at, end, attributes);
    else if (isShortBytes(head) && at + 2 + (head >>> 8) <= end) {
      const content = at + 2;
      at = content + (head >>> 8);
      take(span, tag, content, at, reader, slots);
    } else if (isFixed64(head) && end - at >= 9) {
      if (tag === SPAN_START) span.startAt = at + 1;
      else if (tag === SPAN_END) span.endAt = at + 1;
      at += 9;
    } else if (isShortVarint(head)) {
      if (tag === SPAN_KIND) span.kind = head >>> 8;
      at += 2;
    } else if (head === SPAN_FLAGS && end - at >= 6) at += 6;
    else at = readAny(span, at, end, reader, slots);
  }
  const { traceIdAt, spanIdAt, parentIdAt } = span;
  span.hasInvalidId = (traceIdAt | spanIdAt | parentIdAt) < 0;
  if (span.endAt === 0) refuseOtherMessage(span, from, end);
  span.endTime = span.endAt === 0 ? 0 : nanosToMillis(view, span.endAt);
  span.values = attributes.values;
  span.isBare = attributes.isEmpty();
}

/** The span's attributes once more: of the spans in which somebody looks for details there are few. */
export function readDetails(span: WireSpan, reader: AttributeReader, attributes: Slots): void {
  if (span.hasDetails) return;
  span.hasDetails = true;
  const { body, end } = span;
  const { bytes } = body;
  // They were counted when the span was read.
  const { at: cursorAt, fields } = cursor;
  cursor.fields = 0;
  for (let at = span.from; at < end; ) {
    if (bytes[at] === SPAN_ATTRIBUTES) at = reader.readRun(body, at, end, attributes);
    else {
      const tag = readTag(bytes, at, end);
      const start = cursor.at;
      at = skipField(bytes, start, end, tag);
      if (tag === SPAN_ATTRIBUTES) reader.read(body, cursor.at, at, attributes);
    }
  }
  cursor.at = cursorAt;
  cursor.fields = fields;
}

/** A field of any form: with a long length, or a tag that takes more bytes than it needs. */
function readAny(span: WireSpan, at: number, end: number, reader: AttributeReader, slots: SpanSlots): number {
  const { bytes } = span.body;
  const tag = readTag(bytes, at, end);
  const start = cursor.at;
  const next = skipField(bytes, start, end, tag);
  if (tag === SPAN_START) span.startAt = start;
  else if (tag === SPAN_END) span.endAt = start;
  else if (tag === SPAN_KIND) span.kind = readInt64(bytes, start, end);
  else if (tag === SPAN_ATTRIBUTES) reader.read(span.body, cursor.at, next, slots.attributes);
  else take(span, tag, cursor.at, next, reader, slots);
  return next;
}

/** A field that has a length, if it is one of those. */
function take(span: WireSpan, tag: number, from: number, end: number, reader: AttributeReader, slots: SpanSlots): void {
  countField();
  if (tag === SPAN_TRACE_ID) span.traceIdAt = idAt(from, end, TRACE_ID_BYTES);
  else if (tag === SPAN_SPAN_ID) span.spanIdAt = idAt(from, end, SPAN_ID_BYTES);
  else if (tag === SPAN_PARENT_ID) span.parentIdAt = idAt(from, end, SPAN_ID_BYTES);
  else if (tag === SPAN_NAME) {
    span.nameAt = from;
    span.nameEnd = end;
  } else if (tag === SPAN_STATUS) readStatus(span, from, end);
  else if (tag === SPAN_EVENT) readEvent(span, from, end, reader, slots);
}

/** An empty id is a missing one. */
function idAt(from: number, end: number, length: number): number {
  if (end - from === length) return from;
  return end === from ? 0 : WRONG_LENGTH;
}

/**
 * Logs, metrics and profiles have the outer fields of traces. What stands in a span's place tells them apart: its fields have other wire
 * types, or it has neither ids of the right length nor times. No message of theirs has a field like a span's end: called for what lacks it.
 */
function refuseOtherMessage(span: WireSpan, from: number, end: number): void {
  if (span.hasInvalidId && span.startAt === 0) throw new MalformedRequest(NO_SPAN, from);
  const { bytes } = span.body;
  for (let at = from; at < end; ) {
    const tag = readTag(bytes, at, end);
    const type = SPAN_WIRE_TYPES[(tag >>> 3) - 1];
    if (type !== undefined && type !== (tag & 7)) throw new MalformedRequest(NO_SPAN, at);
    at = skipField(bytes, cursor.at, end, tag);
  }
}

const NO_SPAN = 'a message has other fields than a span (only traces are taken, no logs, metrics or profiles)';

/** Of an exception the type, nothing else: its message and stack trace may tell what was asked. */
function readEvent(
  span: WireSpan,
  from: number,
  end: number,
  reader: AttributeReader,
  { exception, exceptionSlot }: SpanSlots,
): void {
  const { body } = span;
  for (let at = from; at < end; ) {
    const tag = readTag(body.bytes, at, end);
    at = skipField(body.bytes, cursor.at, end, tag);
    if (tag === EVENT_ATTRIBUTES) reader.read(body, cursor.at, at, exception);
  }
  const type = exception.values[exceptionSlot];
  span.exceptionType = typeof type === 'string' ? type : undefined;
}

/** Where the message stands is noted; hardly anybody reads it. */
function readStatus(span: WireSpan, from: number, end: number): void {
  const { bytes } = span.body;
  for (let at = from; at < end; ) {
    const tag = readTag(bytes, at, end);
    if (tag === STATUS_CODE) {
      span.statusCode = readInt64(bytes, cursor.at, end);
      at = cursor.at;
      continue;
    }
    at = skipField(bytes, cursor.at, end, tag);
    if (tag !== STATUS_MESSAGE) continue;
    span.messageAt = cursor.at;
    span.messageEnd = at;
  }
}
