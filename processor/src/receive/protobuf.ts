/**
 * The bytes of an ExportTraceServiceRequest in, spans out, one at a time in one reused object. It decodes only the
 * attributes that the key table names, interns what it decodes, steps over everything else, and keeps no reference to the bytes. A message
 * above the spans that has fields but knows none of them is refused.
 * Field numbers: opentelemetry/proto/{common,resource,trace}/v1 of opentelemetry-proto 1.11.
 */
import { ATTR_EXCEPTION_TYPE, SCOPE_NAME_EVIDENCE } from '@warmspare/semconv';
import type { KeyTable, Span } from '../types/span.ts';
import { type AttributeReader, createAttributeReader } from './attributes.ts';
import { createInterner, PASSING } from './intern.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { MalformedRequest } from './malformed.ts';
import { createIdentities, IDENTITY_NAMES } from './service-identity.ts';
import { createSlots, type Slots, wantedNames } from './slots.ts';
import { readDetails, readSpanFields, type SpanSlots } from './span-fields.ts';
import { type Pieces, readAll, type SpanReader } from './span-reader.ts';
import {
  REQUEST_RESOURCE_SPANS,
  RESOURCE_ATTRIBUTES,
  RESOURCE_SPANS_LIBRARY_SPANS,
  RESOURCE_SPANS_RESOURCE,
  RESOURCE_SPANS_SCHEMA_URL,
  RESOURCE_SPANS_SCOPE_SPANS,
  SCOPE_NAME,
  SCOPE_SPANS_SCHEMA_URL,
  SCOPE_SPANS_SCOPE,
  SCOPE_SPANS_SPANS,
} from './tags.ts';
import { createValueReader } from './values.ts';
import { bodyOf, cursor, readTag, skipField } from './wire.ts';
import { WireSpan } from './wire-span.ts';

/** Spans of one piece. */
const PIECE_SPANS = 256;

/** What is read of a request depends on the key table, which grows. */
interface Wanted extends SpanSlots {
  readonly names: number;
  readonly details: number;
  readonly reader: AttributeReader;
  readonly detailReader: AttributeReader;
  readonly resource: Slots;
  readonly identity: readonly number[];
}

/** One reader serves all requests of a receiver, one after the other: what it interned for one it has for the next. */
export function createProtobufReader(keys: KeyTable, maxFields: number = DEFAULT_LIMITS.protobufFields): SpanReader {
  const interner = createInterner();
  const values = createValueReader(interner);
  const passingValues = createValueReader(PASSING);
  const identities = createIdentities();
  const span = new WireSpan(identities.of('', '', '', ''), interner, () =>
    readDetails(span, wanted.detailReader, wanted.attributes),
  );
  let wanted = follow();

  function follow(): Wanted {
    const names = wantedNames(keys);
    const isDetail = (name: string): boolean => keys.details?.has(name) === true;
    return {
      names: keys.names.length,
      details: keys.details?.size ?? 0,
      reader: createAttributeReader(names, values, keys.passing, passingValues, (name) => !isDetail(name)),
      detailReader: createAttributeReader(names, values, keys.passing, passingValues, isDetail),
      attributes: createSlots(names.length),
      resource: createSlots(names.length),
      identity: IDENTITY_NAMES.map((each) => names.indexOf(each)),
      exception: createSlots(names.length),
      exceptionSlot: names.indexOf(ATTR_EXCEPTION_TYPE),
    };
  }

  function* readResourceSpans(from: number, end: number, onSpan: (span: Span) => void): Pieces {
    const { bytes } = span.body;
    const { resource, identity } = wanted;
    // The resource may stand behind its spans: protobuf promises no order of fields.
    resource.clear();
    let isKnown = from === end;
    let scopes = RESOURCE_SPANS_LIBRARY_SPANS;
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      isKnown ||= RESOURCE_SPANS_TAGS.has(tag);
      // Of both kinds of groups the old ones repeat the others (opentelemetry-proto 0.15).
      if (tag === RESOURCE_SPANS_SCOPE_SPANS) scopes = tag;
      else if (tag === RESOURCE_SPANS_RESOURCE) readResource(cursor.at, at);
    }
    if (!isKnown) throw unknownFields('resource_spans', from);
    span.service = identities.of(
      resource.values[identity[0] as number],
      resource.values[identity[1] as number],
      resource.values[identity[2] as number],
      resource.values[identity[3] as number],
    );
    span.resource = resource.values;
    let count = 0;
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag === scopes) count += yield* readScopeSpans(cursor.at, at, onSpan);
    }
    return count;
  }

  function readResource(from: number, end: number): void {
    const { body } = span;
    for (let at = from; at < end; ) {
      const tag = readTag(body.bytes, at, end);
      at = skipField(body.bytes, cursor.at, end, tag);
      if (tag === RESOURCE_ATTRIBUTES) wanted.reader.read(body, cursor.at, at, wanted.resource);
    }
  }

  function* readScopeSpans(from: number, end: number, onSpan: (span: Span) => void): Pieces {
    const { bytes } = span.body;
    const { reader } = wanted;
    // Like the resource, the scope may stand behind its spans.
    span.unsampled = false;
    let isKnown = from === end;
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag === SCOPE_SPANS_SPANS || tag === SCOPE_SPANS_SCHEMA_URL) isKnown = true;
      else if (tag === SCOPE_SPANS_SCOPE) {
        isKnown = true;
        readScope(cursor.at, at);
      }
    }
    if (!isKnown) throw unknownFields('scope_spans', from);
    let count = 0;
    for (let at = from; at < end; ) {
      const tag = readTag(bytes, at, end);
      at = skipField(bytes, cursor.at, end, tag);
      if (tag !== SCOPE_SPANS_SPANS) continue;
      readSpanFields(span, cursor.at, at, reader, wanted);
      count++;
      onSpan(span);
      if (count % PIECE_SPANS === 0) yield* giveWay();
    }
    return count;
  }

  function readScope(from: number, end: number): void {
    const { body } = span;
    for (let at = from; at < end; ) {
      const tag = readTag(body.bytes, at, end);
      at = skipField(body.bytes, cursor.at, end, tag);
      if (tag === SCOPE_NAME) span.unsampled = interner.text(body, cursor.at, at) === SCOPE_NAME_EVIDENCE;
    }
  }

  function* pieces(request: Uint8Array, onSpan: (span: Span) => void): Pieces {
    if (keys.names.length !== wanted.names || (keys.details?.size ?? 0) !== wanted.details) wanted = follow();
    cursor.fields = 0;
    cursor.maxFields = maxFields;
    span.body = bodyOf(request);
    const { bytes } = span.body;
    const end = bytes.length;
    let count = 0;
    let isKnown = end === 0;
    try {
      for (let at = 0; at < end; ) {
        const tag = readTag(bytes, at, end);
        at = skipField(bytes, cursor.at, end, tag);
        if (tag !== REQUEST_RESOURCE_SPANS) continue;
        isKnown = true;
        count += yield* readResourceSpans(cursor.at, at, onSpan);
      }
      if (!isKnown) throw unknownFields('the body', 0);
      return count;
    } finally {
      // Nothing of the request is kept.
      span.forget();
    }
  }
  return { pieces, read: (request, onSpan) => readAll(pieces(request, onSpan)) };
}

/** Others read by the same cursor meanwhile. */
function* giveWay(): Generator<undefined, void, undefined> {
  const { fields, maxFields } = cursor;
  yield;
  cursor.fields = fields;
  cursor.maxFields = maxFields;
}

const RESOURCE_SPANS_TAGS: ReadonlySet<number> = new Set([
  RESOURCE_SPANS_RESOURCE,
  RESOURCE_SPANS_SCOPE_SPANS,
  RESOURCE_SPANS_SCHEMA_URL,
  RESOURCE_SPANS_LIBRARY_SPANS,
]);

const unknownFields = (message: string, at: number): MalformedRequest =>
  new MalformedRequest(`${message} has fields, but none of a trace request`, at);
