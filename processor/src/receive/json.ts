/**
 * An ExportTraceServiceRequest as OTLP/JSON in, spans out like from the protobuf reader: hex ids, 64-bit numbers as text or
 * number, null unset, unknown fields ignored (OTLP 1.11, "JSON Protobuf Encoding"). What has the wrong kind is refused with its path.
 */
import { ATTR_EXCEPTION_TYPE, SCOPE_NAME_EVIDENCE } from '@warmspare/semconv';
import { setIds, setParent } from '../base/ids.ts';
import { textsOf } from '../base/texts.ts';
import type { AttributeValue, KeyTable, Span } from '../types/span.ts';
import { MAX_TEXT_BYTES } from './intern.ts';
import { notJson, placeOf, type Slices, type SpanList, sliceBody, type ValueLimits } from './json-slices.ts';
import {
  doubleOf,
  enumOf,
  type Fields,
  fieldsOf,
  hexOf,
  integerOf,
  isFields,
  isSet,
  listOf,
  millisOf,
  readableText,
  SPAN_KINDS,
  STATUS_CODES,
  textOf,
} from './json-values.ts';
import { FIELDS, refuseOtherRequest, refuseOtherSpelling, refuseUnknownFields } from './known-fields.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { reusedSpan } from './reused-span.ts';
import { createIdentities, IDENTITY_NAMES } from './service-identity.ts';
import { createSlots, type Slots, wantedNames } from './slots.ts';
import { type Pieces, readAll, type SpanReader } from './span-reader.ts';

/** All are forgotten past it: nothing is lost, and no counter tells. */
const MAX_LISTS = 1024;
/** Of what is parsed in one go. */
const MAX_SPAN_VALUES = 50_000;
const MAX_ENVELOPE_VALUES = 250_000;
const PIECE_BYTES = 128 * 1024;
const NO_FIELDS: Fields = {};

/** One reader serves all requests of a receiver, one after the other. */
export function createJsonReader(keys: KeyTable, maxValues: number = DEFAULT_LIMITS.jsonValues): SpanReader {
  const limits: ValueLimits = {
    body: maxValues,
    span: Math.min(MAX_SPAN_VALUES, maxValues),
    envelope: Math.min(MAX_ENVELOPE_VALUES, maxValues),
  };
  const identities = createIdentities();
  const lists = new Map<string, readonly string[]>();
  let slotOf = new Map<string, number>();
  let identitySlots: readonly number[] = [];
  let attributes = createSlots(0);
  let resource = createSlots(0);
  let known = -1;
  const span = reusedSpan(identities.of('', '', '', ''));

  function followKeys(): void {
    if (keys.names.length === known) return;
    known = keys.names.length;
    const wanted = wantedNames(keys);
    slotOf = new Map(wanted.map((each, slot) => [each, slot]));
    identitySlots = IDENTITY_NAMES.map((each) => slotOf.get(each) ?? -1);
    attributes = createSlots(wanted.length);
    resource = createSlots(wanted.length);
  }

  function readAttributes(into: Slots, list: unknown, path: string): void {
    into.clear();
    const pairs = listOf(list, path);
    for (let index = 0; index < pairs.length; index++) {
      // Most attributes are none that is read: nothing is made of them, no path either.
      const pair = pairs[index] ?? NO_FIELDS;
      const fields = isFields(pair) ? pair : fieldsOf(pair, `${path}[${index}]`);
      const { key, value } = fields;
      if (!isSet(key)) refuseOtherSpelling(fields, FIELDS.keyValue, `${path}[${index}]`);
      const slot = slotOf.get(typeof key === 'string' ? key : textOf(key, `${path}[${index}].key`));
      if (slot !== undefined) into.set(slot, readValue(fieldsOf(value ?? NO_FIELDS, `${path}[${index}].value`), path));
    }
  }

  /** Equal lists come out as one object; the table forgets all when it is full. */
  function shared(list: readonly string[]): readonly string[] {
    const key = JSON.stringify(list);
    if (key.length > MAX_TEXT_BYTES) return list;
    const before = lists.get(key);
    if (before !== undefined) return before;
    if (lists.size >= MAX_LISTS) lists.clear();
    lists.set(key, list);
    return list;
  }

  function readValue(value: Fields, path: string): AttributeValue | undefined {
    const { stringValue, boolValue, intValue, doubleValue, arrayValue } = value;
    if (isSet(stringValue)) return textOf(stringValue, `a stringValue in ${path}`);
    if (typeof boolValue === 'boolean') return boolValue;
    if (isSet(intValue)) return integerOf(intValue, `an intValue in ${path}`);
    if (isSet(doubleValue)) return doubleOf(doubleValue, `a doubleValue in ${path}`);
    if (isSet(arrayValue)) {
      const { values } = fieldsOf(arrayValue, `an arrayValue in ${path}`);
      const texts = textsOf(listOf(values, `an arrayValue in ${path}`).map(itemOf));
      return texts && shared(texts);
    }
    refuseOtherSpelling(value, FIELDS.anyValue, `a value in ${path}`);
    return undefined;
  }

  function readSpan(fields: Fields, path: string, onSpan: (span: Span) => void): void {
    if (!isSet(fields.traceId) || !isSet(fields.spanId) || !isSet(fields.endTimeUnixNano))
      refuseOtherSpelling(fields, FIELDS.span, path);
    const traceId = hexOf(fields.traceId, `${path}.traceId`);
    const isSpan = setIds(span.ids, traceId, hexOf(fields.spanId, `${path}.spanId`));
    const isParent = setParent(span.parent, hexOf(fields.parentSpanId, `${path}.parentSpanId`));
    span.hasInvalidId = !isSpan || !isParent;
    span.name = textOf(fields.name, `${path}.name`);
    span.startTime = millisOf(fields.startTimeUnixNano, `${path}.startTimeUnixNano`);
    span.endTime = millisOf(fields.endTimeUnixNano, `${path}.endTimeUnixNano`);
    span.kind = enumOf(fields.kind, SPAN_KINDS);
    const { code, message } = fieldsOf(fields.status ?? NO_FIELDS, `${path}.status`);
    span.statusCode = enumOf(code, STATUS_CODES);
    span.statusMessage = typeof message === 'string' ? readableText(message) : '';
    span.exceptionType = exceptionIn(fields.events);
    readAttributes(attributes, fields.attributes, `${path}.attributes`);
    span.values = attributes.values;
    span.isBare = attributes.isEmpty();
    span.resource = resource.values;
    onSpan(span);
  }

  function* readGroup(group: unknown, path: string, body: SlicedBody, onSpan: (span: Span) => void): Pieces {
    const fields = fieldsOf(group, path);
    refuseUnknownFields(fields, FIELDS.resourceSpans, path);
    const resourceFields = fieldsOf(fields.resource ?? NO_FIELDS, `${path}.resource`);
    readAttributes(resource, resourceFields.attributes, `${path}.resource.attributes`);
    const [namespace, service, environment, oldEnvironment] = identitySlots.map((slot) => resource.values[slot]);
    span.service = identities.of(namespace, service, environment, oldEnvironment);
    // Of both kinds of groups the old ones repeat the others (opentelemetry-proto 0.15).
    const current = listOf(fields.scopeSpans, `${path}.scopeSpans`);
    const name = current.length > 0 ? 'scopeSpans' : 'instrumentationLibrarySpans';
    let count = 0;
    for (const [index, scope] of listOf(fields[name], `${path}.${name}`).entries())
      count += yield* readScope(scope, `${path}.${name}[${index}]`, body, onSpan);
    return count;
  }

  function* readScope(scope: unknown, path: string, body: SlicedBody, onSpan: (span: Span) => void): Pieces {
    const fields = fieldsOf(scope, path);
    refuseUnknownFields(fields, FIELDS.scopeSpans, path);
    const name = isSet(fields.scope) ? 'scope' : 'instrumentationLibrary';
    const scopeFields = fieldsOf(fields[name] ?? NO_FIELDS, `${path}.${name}`);
    span.unsampled = textOf(scopeFields.name, `${path}.${name}.name`) === SCOPE_NAME_EVIDENCE;
    let index = 0;
    for (const spans of spansIn(fields.spans, `${path}.spans`, body)) {
      for (const each of spans) {
        const spanPath = `${path}.spans[${index++}]`;
        readSpan(fieldsOf(each, spanPath), spanPath, onSpan);
      }
      yield;
    }
    return index;
  }

  function* pieces(bytes: Uint8Array, onSpan: (span: Span) => void): Pieces {
    followKeys();
    const body = slice(bytes, limits);
    yield;
    const request = fieldsOf(parse(body.envelope), 'the body');
    if (!isSet(request.resourceSpans)) refuseOtherRequest(request);
    let count = 0;
    for (const [index, group] of listOf(request.resourceSpans, 'resourceSpans').entries())
      count += yield* readGroup(group, `resourceSpans[${index}]`, body, onSpan);
    return count;
  }

  return { pieces, read: (bytes, onSpan) => readAll(pieces(bytes, onSpan)) };
}

interface SlicedBody extends Slices {
  readonly bytes: Buffer;
  readonly listOf: ReadonlyMap<unknown, SpanList>;
}

function slice(bytes: Uint8Array, limits: ValueLimits): SlicedBody {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const slices = sliceBody(whole, limits);
  return { ...slices, bytes: whole, listOf: new Map(slices.lists.map((list, index) => [placeOf(index), list])) };
}

/** Spans are parsed some at a time. A list whose key is written with escapes stands in the envelope. */
function* spansIn(value: unknown, path: string, body: SlicedBody): Generator<readonly unknown[]> {
  const list = body.listOf.get(value);
  if (list === undefined) {
    yield listOf(value, path);
    return;
  }
  const { starts } = list;
  const last = starts.length - 1;
  for (let from = 0; from < last; ) {
    const begin = starts[from] ?? 0;
    let to = from + 1;
    while (to < last && (starts[to + 1] ?? 0) - begin < PIECE_BYTES) to++;
    const end = (starts[to] ?? 0) - (to === last ? 0 : 1);
    yield listOf(parse(`[${textOfSpans(body, begin, end)}]`), path);
    from = to;
  }
}

/** Without what is left out of long texts. */
function textOfSpans({ bytes, cuts }: SlicedBody, begin: number, end: number): string {
  const parts: string[] = [];
  let from = begin;
  for (const [cutFrom, cutEnd] of end - begin > PIECE_BYTES ? cuts : []) {
    if (cutFrom < begin || cutEnd > end) continue;
    parts.push(bytes.toString('utf8', from, cutFrom));
    from = cutEnd;
  }
  parts.push(bytes.toString('utf8', from, end));
  return parts.join('');
}

/** Of an exception the type, nothing else: its message and stack trace may tell what was asked. */
function exceptionIn(events: unknown): string | undefined {
  let type: string | undefined;
  for (const event of itemsOf(events)) {
    for (const { key, value } of isFields(event) ? itemsOf(event.attributes).filter(isFields) : []) {
      if (key !== ATTR_EXCEPTION_TYPE || !isFields(value)) continue;
      if (typeof value.stringValue === 'string') type = readableText(value.stringValue);
    }
  }
  return type;
}

const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Of an item of a list the text, undefined where it is unset, and anything else where it is another value. */
function itemOf(item: unknown): unknown {
  if (!isFields(item)) return isSet(item) ? OTHER : undefined;
  if (typeof item.stringValue === 'string') return item.stringValue.toWellFormed();
  return Object.values(item).some(isSet) ? OTHER : undefined;
}

const OTHER = false;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson();
  }
}
