/**
 * An ExportTraceServiceRequest as OTLP/JSON in, spans out like from the protobuf reader: hex ids, 64-bit numbers as text or
 * number, unknown fields ignored (OTLP 1.11, "JSON Protobuf Encoding"). What has the wrong kind is refused with its path.
 */
import { ATTR_EXCEPTION_TYPE, SCOPE_NAME_EVIDENCE } from '@warmspare/semconv';
import { setIds, setParent } from '../ids.ts';
import type { AttributeValue, KeyTable, Span } from '../types/span.ts';
import { MAX_TEXT_BYTES } from './intern.ts';
import { MalformedRequest } from './malformed.ts';
import type { SpanReader } from './protobuf.ts';
import { reusedSpan } from './reused-span.ts';
import { createIdentities, IDENTITY_NAMES } from './service-identity.ts';
import { createSlots, type Slots, wantedNames } from './slots.ts';

/** All are forgotten past it: nothing is lost, and no counter tells. */
const MAX_LISTS = 1024;

/** Any object of JSON: each of its fields is looked at before it is used. */
type Fields = Readonly<Record<string, unknown>>;

/** One reader serves all requests of a receiver, one after the other. */
export function createJsonReader(keys: KeyTable): SpanReader {
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
      const pair = pairs[index];
      const { key, value } = isFields(pair) ? pair : fieldsOf(pair, `${path}[${index}]`);
      const slot = slotOf.get(typeof key === 'string' ? key : textOf(key, `${path}[${index}].key`));
      if (slot !== undefined) into.set(slot, readValue(fieldsOf(value ?? {}, `${path}[${index}].value`), path));
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
    if (stringValue !== undefined) return textOf(stringValue, `a stringValue in ${path}`);
    if (typeof boolValue === 'boolean') return boolValue;
    if (intValue !== undefined) return integerOf(intValue, `an intValue in ${path}`);
    if (doubleValue !== undefined) return doubleOf(doubleValue, `a doubleValue in ${path}`);
    if (arrayValue === undefined) return undefined;
    const items = listOf(fieldsOf(arrayValue, `an arrayValue in ${path}`).values, `an arrayValue in ${path}`);
    const texts = items.map((item) =>
      isFields(item) && typeof item.stringValue === 'string' ? item.stringValue : undefined,
    );
    return texts.every((text) => text !== undefined) ? shared(texts) : undefined;
  }

  function readSpan(fields: Fields, path: string, onSpan: (span: Span) => void): void {
    setIds(span.ids, hexOf(fields.traceId, `${path}.traceId`), hexOf(fields.spanId, `${path}.spanId`));
    setParent(span.parent, hexOf(fields.parentSpanId, `${path}.parentSpanId`));
    span.name = textOf(fields.name, `${path}.name`);
    span.startTime = millisOf(fields.startTimeUnixNano, `${path}.startTimeUnixNano`);
    span.endTime = millisOf(fields.endTimeUnixNano, `${path}.endTimeUnixNano`);
    span.statusCode = codeOf(fieldsOf(fields.status ?? {}, `${path}.status`).code);
    span.exceptionType = exceptionIn(fields.events);
    readAttributes(attributes, fields.attributes, `${path}.attributes`);
    span.values = attributes.values;
    span.isBare = attributes.isEmpty();
    span.resource = resource.values;
    onSpan(span);
  }

  return {
    read(body, onSpan) {
      followKeys();
      let count = 0;
      const groups = listOf(fieldsOf(parse(body), 'the body').resourceSpans, 'resourceSpans');
      for (const [groupIndex, group] of groups.entries()) {
        const groupPath = `resourceSpans[${groupIndex}]`;
        const groupFields = fieldsOf(group, groupPath);
        const resourceFields = fieldsOf(groupFields.resource ?? {}, `${groupPath}.resource`);
        readAttributes(resource, resourceFields.attributes, `${groupPath}.resource.attributes`);
        const [namespace, service, environment, oldEnvironment] = identitySlots.map((slot) => resource.values[slot]);
        span.service = identities.of(namespace, service, environment, oldEnvironment);
        for (const [scopeIndex, scope] of listOf(groupFields.scopeSpans, `${groupPath}.scopeSpans`).entries()) {
          const scopePath = `${groupPath}.scopeSpans[${scopeIndex}]`;
          const scopeFields = fieldsOf(scope, scopePath);
          const { name: scopeName } = fieldsOf(scopeFields.scope ?? {}, `${scopePath}.scope`);
          span.unsampled = textOf(scopeName, `${scopePath}.scope.name`) === SCOPE_NAME_EVIDENCE;
          for (const [index, each] of listOf(scopeFields.spans, `${scopePath}.spans`).entries()) {
            const path = `${scopePath}.spans[${index}]`;
            readSpan(fieldsOf(each, path), path, onSpan);
            count++;
          }
        }
      }
      return count;
    },
  };
}

/** Of an exception the type, nothing else: its message and stack trace may tell what was asked. */
function exceptionIn(events: unknown): string | undefined {
  let type: string | undefined;
  for (const event of itemsOf(events)) {
    for (const { key, value } of isFields(event) ? itemsOf(event.attributes).filter(isFields) : []) {
      if (key !== ATTR_EXCEPTION_TYPE || !isFields(value)) continue;
      if (typeof value.stringValue === 'string') type = value.stringValue.slice(0, MAX_TEXT_BYTES);
    }
  }
  return type;
}

const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    // The parser's own message quotes the body.
    throw new MalformedRequest('the body is not valid JSON');
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fieldsOf(value: unknown, path: string): Fields {
  if (!isFields(value)) throw new MalformedRequest(`${path} is not an object`);
  return value;
}

/** A missing list, and null, is an empty one. */
function listOf(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedRequest(`${path} is not a list`);
  return value;
}

function textOf(value: unknown, path: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new MalformedRequest(`${path} is not text`);
  return value.length > MAX_TEXT_BYTES ? value.slice(0, MAX_TEXT_BYTES) : value;
}

function hexOf(value: unknown, path: string): string {
  const text = textOf(value, path);
  if (!/^[0-9a-f]*$/i.test(text)) throw new MalformedRequest(`${path} is not in hex digits`);
  return text;
}

function integerOf(value: unknown, path: string): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value))
    throw new MalformedRequest(`${path} is not a whole number`);
  return Number(value);
}

/** Names, as the protobuf JSON mapping has them, for what JSON has no number for. */
function doubleOf(value: unknown, path: string): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || (Number.isNaN(number) && value !== 'NaN'))
    throw new MalformedRequest(`${path} is not a number`);
  return number;
}

/** Text keeps every digit; a number of JSON has lost those below 128 ns, so it is rounded to the microsecond. */
function millisOf(value: unknown, path: string): number {
  if (value === undefined || value === null || value === '') return 0;
  const nanos = integerOf(value, path);
  if (!(nanos >= 0)) throw new MalformedRequest(`${path} is before 1970`);
  if (typeof value !== 'string') return Math.round(nanos / 1e3) / 1e3;
  return Number(value.slice(0, -6)) + Number(value.slice(-6)) / 1e6;
}

/** Enums are numbers in OTLP/JSON; their names are what other protobuf JSON encoders write. */
function codeOf(value: unknown): number {
  if (value === 'STATUS_CODE_ERROR') return 2;
  if (value === 'STATUS_CODE_OK') return 1;
  return typeof value === 'number' ? value : 0;
}
