/** The bytes of one span in, the fields of the reused span filled. What it does not know it steps over. */
import { ID_WORDS, PARENT_WORDS } from '../ids.ts';
import type { AttributeReader } from './attributes.ts';
import type { ReusedSpan } from './reused-span.ts';
import type { Slots } from './slots.ts';
import {
  EVENT_ATTRIBUTES,
  SPAN_ATTRIBUTES,
  SPAN_END,
  SPAN_EVENT,
  SPAN_NAME,
  SPAN_PARENT_ID,
  SPAN_SPAN_ID,
  SPAN_START,
  SPAN_STATUS,
  SPAN_TRACE_ID,
  STATUS_CODE,
} from './tags.ts';
import { type Body, cursor, nanosToMillis, readInt64, readLength, readTag, skipField } from './wire.ts';

/** Where the name of the span that was read last stands. */
export interface NamePlace {
  at: number;
  end: number;
}

/** What a span's attributes and its last exception go into. */
export interface SpanSlots {
  readonly attributes: Slots;
  readonly exception: Slots;
  /** Of the exception's type. */
  readonly exceptionSlot: number;
}

export function readSpanFields(
  body: Body,
  from: number,
  end: number,
  reader: AttributeReader,
  { attributes, exception, exceptionSlot }: SpanSlots,
  span: ReusedSpan,
  name: NamePlace,
): void {
  const { bytes, view } = body;
  attributes.clear();
  let hasEvents = false;
  for (let word = 0; word < ID_WORDS; word++) span.ids[word] = 0;
  for (let word = 0; word < PARENT_WORDS; word++) span.parent[word] = 0;
  let startAt = -1;
  let endAt = -1;
  span.statusCode = 0;
  name.at = 0;
  name.end = 0;
  for (let at = from; at < end; ) {
    const tag = readTag(bytes, at, end);
    if (tag === SPAN_ATTRIBUTES) {
      const behind = reader.readShort(body, at, end, attributes);
      if (behind > at) {
        at = behind;
        continue;
      }
      const next = readLength(bytes, cursor.at, end);
      reader.read(body, cursor.at, next, attributes);
      at = next;
      continue;
    }
    const start = cursor.at;
    at = skipField(bytes, start, end, tag);
    switch (tag) {
      case SPAN_START:
        startAt = start;
        break;
      case SPAN_END:
        endAt = start;
        break;
      case SPAN_TRACE_ID:
        readId(body, cursor.at, at, span.ids, 0, 4);
        break;
      case SPAN_SPAN_ID:
        readId(body, cursor.at, at, span.ids, 4, 2);
        break;
      case SPAN_PARENT_ID:
        readId(body, cursor.at, at, span.parent, 0, PARENT_WORDS);
        break;
      case SPAN_NAME:
        name.at = cursor.at;
        name.end = at;
        break;
      case SPAN_EVENT:
        if (!hasEvents) exception.clear();
        hasEvents = true;
        readEvent(body, cursor.at, at, reader, exception);
        break;
      case SPAN_STATUS:
        readStatus(body, cursor.at, at, span);
        break;
    }
  }
  span.startTime = startAt < 0 ? 0 : nanosToMillis(view, startAt);
  span.endTime = endAt < 0 ? 0 : nanosToMillis(view, endAt);
  const type = hasEvents ? exception.values[exceptionSlot] : undefined;
  span.exceptionType = typeof type === 'string' ? type : undefined;
  span.values = attributes.values;
}

/** An id of another length is no id. */
function readId({ view }: Body, at: number, end: number, into: Uint32Array, first: number, words: number): void {
  const isId = end - at === words * 4;
  for (let word = 0; word < words; word++) into[first + word] = isId ? view.getInt32(at + word * 4) : 0;
}

/** Of an exception the type, nothing else: its message and stack trace may tell what was asked. */
function readEvent(body: Body, from: number, end: number, reader: AttributeReader, into: Slots): void {
  for (let at = from; at < end; ) {
    const tag = readTag(body.bytes, at, end);
    at = skipField(body.bytes, cursor.at, end, tag);
    if (tag === EVENT_ATTRIBUTES) reader.read(body, cursor.at, at, into);
  }
}

function readStatus({ bytes }: Body, from: number, end: number, span: ReusedSpan): void {
  for (let at = from; at < end; ) {
    const tag = readTag(bytes, at, end);
    if (tag === STATUS_CODE) {
      span.statusCode = readInt64(bytes, cursor.at, end);
      at = cursor.at;
    } else at = skipField(bytes, cursor.at, end, tag);
  }
}
