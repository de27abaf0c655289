/**
 * The bytes of an ExportTraceServiceRequest in, spans out, one at a time in one reused object. It decodes only the
 * attributes that the key table names, interns what it decodes, steps over everything else, and keeps no reference to the bytes.
 * Field numbers: opentelemetry/proto/{common,resource,trace}/v1 of opentelemetry-proto 1.11.
 */
import { ATTR_EXCEPTION_TYPE, SCOPE_NAME_EVIDENCE } from '@warmspare/semconv';
import { ID_WORDS, PARENT_WORDS } from '../ids.ts';
import type { AttributeValue, KeyTable, Span } from '../types/span.ts';
import { createInterner } from './intern.ts';
import { createKeyMatcher } from './key-matcher.ts';
import { createReusedSpan } from './reused-span.ts';
import { createIdentities, IDENTITY_NAMES } from './service-identity.ts';
import { createSlots, type Slots, wantedNames } from './slots.ts';
import {
  ARRAY_VALUES,
  EVENT_ATTRIBUTES,
  KEY_VALUE_KEY,
  KEY_VALUE_VALUE,
  REQUEST_RESOURCE_SPANS,
  RESOURCE_ATTRIBUTES,
  RESOURCE_SPANS_RESOURCE,
  RESOURCE_SPANS_SCOPE_SPANS,
  SCOPE_NAME,
  SCOPE_SPANS_SCOPE,
  SCOPE_SPANS_SPANS,
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
  VALUE_ARRAY,
  VALUE_BOOL,
  VALUE_BYTES,
  VALUE_DOUBLE,
  VALUE_INT,
  VALUE_MAP,
  VALUE_STRING,
} from './tags.ts';
import {
  type Body,
  bodyOf,
  cursor,
  fixed64End,
  nanosToMillis,
  readInt64,
  readLength,
  readTag,
  readVarint,
  skipField,
} from './wire.ts';

export interface SpanReader {
  /**
   * Calls `onSpan` for each span in the order of the bytes and returns their number. Throws MalformedRequest, possibly
   * after the first spans were handed on: the caller drops the whole batch then.
   */
  read(request: Uint8Array, onSpan: (span: Span) => void): number;
}

/** One reader serves all requests of a receiver, one after the other: what it interned for one it has for the next. */
export function createProtobufReader(keys: KeyTable): SpanReader {
  const interner = createInterner();
  const identities = createIdentities();
  let wanted = wantedNames(keys);
  let known = keys.names.length;
  let identitySlots = IDENTITY_NAMES.map((name) => wanted.indexOf(name));
  let matcher = createKeyMatcher(wanted);
  let attributes = createSlots(wanted.length);
  let resource = createSlots(wanted.length);
  let exception = createSlots(wanted.length);
  let exceptionSlot = wanted.indexOf(ATTR_EXCEPTION_TYPE);
  let body = EMPTY;
  let bytes = EMPTY.bytes;
  let view = EMPTY.view;
  let nameAt = 0;
  let nameEnd = 0;
  let onSpan: (span: Span) => void = ignore;
  let count = 0;

  const span = createReusedSpan(identities.of('', '', '', ''), () => interner.text(body, nameAt, nameEnd));

  function followKeys(): void {
    if (keys.names.length === known) return;
    known = keys.names.length;
    wanted = wantedNames(keys);
    identitySlots = IDENTITY_NAMES.map((name) => wanted.indexOf(name));
    matcher = createKeyMatcher(wanted);
    attributes = createSlots(wanted.length);
    resource = createSlots(wanted.length);
    exception = createSlots(wanted.length);
    exceptionSlot = wanted.indexOf(ATTR_EXCEPTION_TYPE);
  }

  function readResourceSpans(from: number, end: number): void {
    // The resource may stand behind its spans: protobuf promises no order of fields.
    resource.clear();
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag === RESOURCE_SPANS_RESOURCE) readResource(cursor.at, at);
    }
    span.service = identities.of(
      resource.values[identitySlots[0] as number],
      resource.values[identitySlots[1] as number],
      resource.values[identitySlots[2] as number],
      resource.values[identitySlots[3] as number],
    );
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag === RESOURCE_SPANS_SCOPE_SPANS) readScopeSpans(cursor.at, at);
    }
  }

  function readResource(from: number, end: number): void {
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag === RESOURCE_ATTRIBUTES) readAttribute(resource, cursor.at, at);
    }
  }

  function readScopeSpans(from: number, end: number): void {
    // Like the resource, the scope may stand behind its spans.
    span.unsampled = false;
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag === SCOPE_SPANS_SCOPE) readScope(cursor.at, at);
    }
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag === SCOPE_SPANS_SPANS) readSpan(cursor.at, at);
    }
  }

  function readScope(from: number, end: number): void {
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag === SCOPE_NAME) span.unsampled = interner.text(body, cursor.at, at) === SCOPE_NAME_EVIDENCE;
    }
  }

  /** Of an exception the type, nothing else: its message and stack trace may tell what was asked. */
  function readEvent(from: number, end: number): void {
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag === EVENT_ATTRIBUTES) readAttribute(exception, cursor.at, at);
    }
  }

  function readSpan(from: number, end: number): void {
    attributes.clear();
    let hasEvents = false;
    for (let word = 0; word < ID_WORDS; word++) span.ids[word] = 0;
    for (let word = 0; word < PARENT_WORDS; word++) span.parent[word] = 0;
    span.startTime = 0;
    span.endTime = 0;
    span.statusCode = 0;
    nameAt = 0;
    nameEnd = 0;
    let at = from;
    while (at < end) {
      const next = readShortAttribute(attributes, at, end);
      if (next > at) {
        at = next;
        continue;
      }
      const tag = readTag(bytes, at, end);
      at = cursor.at;
      if (tag === SPAN_ATTRIBUTES) {
        const next = readLength(bytes, at, end);
        readAttribute(attributes, cursor.at, next);
        at = next;
      } else if (tag === SPAN_START || tag === SPAN_END) {
        const next = fixed64End(at, end);
        const millis = nanosToMillis(view, at);
        if (tag === SPAN_START) span.startTime = millis;
        else span.endTime = millis;
        at = next;
      } else if (tag === SPAN_TRACE_ID || tag === SPAN_SPAN_ID) {
        const next = readLength(bytes, at, end);
        const words = tag === SPAN_TRACE_ID ? 4 : 2;
        const first = tag === SPAN_TRACE_ID ? 0 : 4;
        // An id of another length is no id.
        const isId = next - cursor.at === words * 4;
        for (let word = 0; word < words; word++)
          span.ids[first + word] = isId ? view.getInt32(cursor.at + word * 4) : 0;
        at = next;
      } else if (tag === SPAN_PARENT_ID) {
        const next = readLength(bytes, at, end);
        if (next - cursor.at === PARENT_WORDS * 4) {
          for (let word = 0; word < PARENT_WORDS; word++) span.parent[word] = view.getInt32(cursor.at + word * 4);
        }
        at = next;
      } else if (tag === SPAN_EVENT) {
        const next = readLength(bytes, at, end);
        if (!hasEvents) exception.clear();
        hasEvents = true;
        readEvent(cursor.at, next);
        at = next;
      } else if (tag === SPAN_NAME) {
        nameEnd = readLength(bytes, at, end);
        nameAt = cursor.at;
        at = nameEnd;
      } else if (tag === SPAN_STATUS) {
        const next = readLength(bytes, at, end);
        readStatus(cursor.at, next);
        at = next;
      } else at = skipField(bytes, at, end, tag);
    }
    const type = hasEvents ? exception.values[exceptionSlot] : undefined;
    span.exceptionType = typeof type === 'string' ? type : undefined;
    span.values = attributes.values;
    span.resource = resource.values;
    count++;
    onSpan(span);
  }

  function readStatus(from: number, end: number): void {
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      if (tag === STATUS_CODE) {
        span.statusCode = readInt64(bytes, cursor.at, end);
        at = cursor.at;
      } else at = skipField(bytes, cursor.at, end, tag);
    }
  }

  /**
   * Most of a request is attributes of less than 128 bytes, key first, then the value and nothing else. Such a one is read, or
   * stepped over, without any general parsing. Returns where it ends; `at` where there is something else.
   */
  function readShortAttribute(into: Slots, at: number, end: number): number {
    const here = bytes;
    const keyAt = at + 4;
    if (keyAt >= end || here[at] !== SPAN_ATTRIBUTES || here[at + 2] !== KEY_VALUE_KEY) return at;
    const next = at + 2 + (here[at + 1] as number);
    const keyLength = here[at + 3] as number;
    const valueAt = keyAt + keyLength + 2;
    if ((here[at + 1] as number) >= 0x80 || next > end || valueAt > next || here[valueAt - 2] !== KEY_VALUE_VALUE)
      return at;
    // The value ends where the attribute ends, so that no second key can follow.
    if (valueAt + (here[valueAt - 1] as number) !== next) return at;
    const slot = matcher.match(body, keyAt, keyLength);
    if (slot >= 0) into.set(slot, readValue(valueAt, next, undefined));
    return next;
  }

  /** Fields in any order, any number of times: the last key and the last value win. */
  function readAttribute(into: Slots, from: number, end: number): void {
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
      if (tag === KEY_VALUE_VALUE) value = readValue(cursor.at, at, value);
    }
    into.set(slot, value);
  }

  /** The last field of the oneof wins; maps and bytes are none of the values that are read. */
  function readValue(from: number, end: number, before: AttributeValue | undefined): AttributeValue | undefined {
    if (
      end - from > 2 &&
      bytes[from] === VALUE_STRING &&
      from + 2 + (bytes[from + 1] as number) === end &&
      end - from < 0x82
    )
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
  }

  /** A list that holds anything but strings is none that is read. */
  function decodeList(_: Body, from: number, end: number): readonly string[] | undefined {
    const list: string[] = [];
    let isStrings = true;
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag !== ARRAY_VALUES) continue;
      const value = readItem(cursor.at, at);
      if (value === undefined) isStrings = false;
      else list.push(value);
    }
    return isStrings ? list : undefined;
  }

  function readItem(from: number, end: number): string | undefined {
    let value: string | undefined;
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag === VALUE_STRING) value = interner.text(body, cursor.at, at);
      // Deeper values are not followed: nesting costs no stack.
      else if (tag >> 3 <= VALUE_BYTES >> 3) value = undefined;
    }
    return value;
  }

  return {
    read(request, handler) {
      followKeys();
      body = bodyOf(request);
      ({ bytes, view } = body);
      onSpan = handler;
      count = 0;
      try {
        for (let at = 0; at < bytes.length; ) {
          const tag = readTag(bytes, at, bytes.length);
          at = skipField(bytes, cursor.at, bytes.length, tag);
          if (tag === REQUEST_RESOURCE_SPANS) readResourceSpans(cursor.at, at);
        }
        return count;
      } finally {
        // Nothing of the request is kept.
        body = EMPTY;
        ({ bytes, view } = body);
        onSpan = ignore;
      }
    },
  };
}

const EMPTY: Body = bodyOf(new Uint8Array(0));
const ignore = (): void => {};
