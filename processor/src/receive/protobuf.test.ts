import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  ATTR_DEPLOYMENT_ENVIRONMENT,
  ATTR_EXCEPTION_TYPE,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  SCOPE_NAME_EVIDENCE,
} from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFully, type FullAttribute, type FullSpan } from '../../../test/bench/reference.ts';
import { createKeyTable } from '../base/keys.ts';
import type { Span } from '../types/span.ts';
import { MAX_TEXT_BYTES } from './intern.ts';
import { MalformedRequest } from './malformed.ts';
import { createProtobufReader } from './protobuf.ts';
import {
  attribute,
  lengthField,
  listValue,
  request,
  requests,
  spanOf,
  stringValue,
  tag,
  textField,
  varint,
} from './testdata/messages.ts';

const KEYS = [
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  ATTR_SERVICE_NAME,
];

function keyTable(names: readonly string[]): ReturnType<typeof createKeyTable> {
  const keys = createKeyTable();
  for (const name of names) keys.add(name);
  return keys;
}

/** What a test compares: a copy of the reused object, cut to the table's slots. */
const copyOf = (span: Span, size: number): object => ({
  service: span.service,
  ids: [...span.ids],
  parent: [...span.parent],
  hasInvalidId: span.hasInvalidId,
  exceptionType: span.exceptionType,
  unsampled: span.unsampled,
  name: span.name,
  kind: span.kind,
  startTime: span.startTime,
  endTime: span.endTime,
  statusCode: span.statusCode,
  statusMessage: span.statusMessage,
  values: [...span.values].slice(0, size),
  resource: [...span.resource].slice(0, size),
});

function readAll(
  bytes: Uint8Array,
  names: readonly string[],
  reader = createProtobufReader(keyTable(names)),
): object[] {
  const spans: object[] = [];
  const count = reader.read(bytes, (span) => spans.push(copyOf(span, names.length)));
  expect(count).toBe(spans.length);
  return spans;
}

const withoutResource = (span: object): object => ({ ...span, resource: undefined });

/** The same by the full decoder. */
function readFully(bytes: Uint8Array, names: readonly string[]): object[] {
  return (decodeFully(bytes).resourceSpans ?? []).flatMap((group) => {
    const resource = group.resource?.attributes ?? [];
    const text = (key: string): string => {
      const value = valueIn(resource, key);
      return value === undefined || Array.isArray(value) ? '' : String(value);
    };
    const service = {
      namespace: text('service.namespace'),
      name: text('service.name') || 'unknown_service',
      environment: text('deployment.environment.name') || text('deployment.environment'),
    };
    return (group.scopeSpans ?? []).flatMap((scope) =>
      (scope.spans ?? []).map((span) => ({
        service,
        ids: [...words(span.traceId, 4), ...words(span.spanId, 2)],
        parent: words(span.parentSpanId, 2),
        hasInvalidId: !(fits(span.traceId, 16) && fits(span.spanId, 8) && fits(span.parentSpanId, 8)),
        exceptionType: exceptionIn(span),
        unsampled: scope.scope?.name === SCOPE_NAME_EVIDENCE,
        name: span.name ?? '',
        kind: span.kind ?? 0,
        startTime: millis(span.startTimeUnixNano),
        endTime: millis(span.endTimeUnixNano),
        statusCode: (span as FullSpan).status?.code ?? 0,
        statusMessage: (span as FullSpan).status?.message ?? '',
        values: names.map((name) => valueIn(span.attributes ?? [], name)),
        resource: names.map((name) => valueIn(resource, name)),
      })),
    );
  });
}

function exceptionIn({ events = [] }: FullSpan): unknown {
  const types = events.flatMap(({ attributes = [] }) => attributes.filter(({ key }) => key === ATTR_EXCEPTION_TYPE));
  return types.at(-1)?.value?.stringValue;
}

function valueIn(attributes: readonly FullAttribute[], key: string): unknown {
  const value = attributes.findLast((each) => (each.key ?? '') === key)?.value;
  if (value?.stringValue !== undefined) return value.stringValue;
  if (value?.boolValue !== undefined) return value.boolValue;
  if (value?.intValue !== undefined) return Number(value.intValue);
  if (value?.doubleValue !== undefined) return value.doubleValue;
  const items = value?.arrayValue === undefined ? undefined : (value.arrayValue.values ?? []);
  const isTexts = items?.every((item) => item.stringValue !== undefined || Object.keys(item).length === 0);
  const texts = isTexts ? items?.map((item) => item.stringValue ?? '') : undefined;
  return items?.length === 0 || items?.some((item) => item.stringValue !== undefined) ? texts : undefined;
}

const millis = (nanos: string | undefined): number =>
  Number(BigInt(nanos ?? 0) / 1_000_000n) + Number(BigInt(nanos ?? 0) % 1_000_000n) / 1e6;

const fits = (id: Uint8Array | undefined, length: number): boolean => [0, length].includes(id?.length ?? 0);

function words(id: Uint8Array | undefined, count: number): number[] {
  const bytes = id?.length === count * 4 ? Buffer.from(id) : Buffer.alloc(count * 4);
  return Array.from({ length: count }, (_, index) => bytes.readUInt32BE(index * 4));
}

const folder = fileURLToPath(new URL('../../../test/fixtures/', import.meta.url));
const fixtures = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.otlp.pb'));

const hostile = fileURLToPath(new URL('./testdata/hostile/', import.meta.url));

describe('protobuf reader', () => {
  it.each(readdirSync(hostile))('reads or refuses the damaged request %s, and nothing else', (name) => {
    const bytes = readFileSync(hostile + name);
    const read = (): unknown => createProtobufReader(keyTable(KEYS)).read(bytes, (span) => span.name);
    if (name.startsWith('refused')) expect(read).toThrow(MalformedRequest);
    else expect(read).not.toThrow();
  });

  it.each(fixtures)('agrees with a full decoder on every attribute of %s', (path) => {
    const bytes = readFileSync(folder + path);
    const names = new Set<string>();
    for (const group of decodeFully(bytes).resourceSpans ?? []) {
      for (const each of group.resource?.attributes ?? []) names.add(each.key ?? '');
      for (const scope of group.scopeSpans ?? [])
        for (const span of scope.spans ?? []) for (const each of span.attributes ?? []) names.add(each.key ?? '');
    }
    const spans = readAll(bytes, [...names]);
    expect(spans.length).toBeGreaterThan(0);
    expect(spans).toEqual(readFully(bytes, [...names]));
  });

  it('agrees with a full decoder on any order of fields, unknown fields and kinds of value', () => {
    const reader = createProtobufReader(keyTable(KEYS));
    fc.assert(
      fc.property(
        requests([...KEYS, ATTR_SERVICE_NAMESPACE, ATTR_DEPLOYMENT_ENVIRONMENT, ATTR_EXCEPTION_TYPE]),
        (bytes) => {
          expect(readAll(bytes, KEYS, reader)).toEqual(readFully(bytes, KEYS));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('reads the same from a slice of a larger buffer, whatever stands around it', () => {
    fc.assert(
      fc.property(requests(KEYS), fc.integer({ min: 0, max: 255 }), (bytes, filler) => {
        const around = new Uint8Array(bytes.length + 20).fill(filler);
        around.set(bytes, 10);
        expect(readAll(around.subarray(10, 10 + bytes.length), KEYS)).toEqual(readAll(bytes, KEYS));
      }),
    );
  });

  it('reads details once somebody asks for them, as any other attribute, and nothing of them before', () => {
    const details = [ATTR_GEN_AI_REQUEST_MODEL, ATTR_LLM_FALLBACK_TARGET_RANK];
    const detailed = (): ReturnType<typeof keyTable> => {
      const keys = createKeyTable();
      for (const name of KEYS) details.includes(name) ? keys.addDetail(name) : keys.add(name);
      return keys;
    };
    const valuesIn = (bytes: Uint8Array, asks: boolean, keys = detailed()): object[] => {
      const all: object[] = [];
      createProtobufReader(keys).read(bytes, (span) => {
        if (asks) span.readDetails?.();
        if (asks) span.readDetails?.();
        all.push(copyOf(span, KEYS.length));
      });
      return all;
    };
    fc.assert(
      fc.property(requests(KEYS), (bytes) => {
        expect(valuesIn(bytes, true).map(withoutResource)).toEqual(readAll(bytes, KEYS).map(withoutResource));
        const without = KEYS.map((name) => (details.includes(name) ? `nobody.says.${name}` : name));
        expect(valuesIn(bytes, false).map(withoutResource)).toEqual(readAll(bytes, without).map(withoutResource));
        const keys = detailed();
        for (const name of details) keys.add(name);
        expect(valuesIn(bytes, false, keys)).toEqual(readAll(bytes, KEYS));
      }),
    );
  });

  it('looks for a detail at once from the request on in which somebody asks for it as for any other name', () => {
    const keys = createKeyTable();
    keys.addDetail(ATTR_GEN_AI_REQUEST_MODEL);
    const reader = createProtobufReader(keys);
    const body = request([], [spanOf(lengthField(9, attribute(ATTR_GEN_AI_REQUEST_MODEL, stringValue('gpt-5'))))]);
    const seen: unknown[] = [];
    const read = (): unknown => reader.read(body, (span) => seen.push([span.isBare, span.values[0]]));
    read();
    keys.add(ATTR_GEN_AI_REQUEST_MODEL);
    read();
    expect(seen).toEqual([
      [true, undefined],
      [false, 'gpt-5'],
    ]);
  });

  it('ends every damaged request with its spans or with a MalformedRequest', () => {
    const reader = createProtobufReader(keyTable(KEYS));
    const survive = (bytes: Uint8Array): void => {
      try {
        reader.read(bytes, (span) => span.name);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedRequest);
        expect((error as MalformedRequest).offset).toBeLessThanOrEqual(bytes.length);
      }
    };
    fc.assert(
      fc.property(
        requests(KEYS),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }),
        fc.nat(),
        (bytes, edits, cut) => {
          const damaged = Uint8Array.from(bytes);
          for (const [at, byte] of edits) if (damaged.length > 0) damaged[at % damaged.length] = byte;
          survive(damaged);
          survive(damaged.subarray(0, cut % (damaged.length + 1)));
        },
      ),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survive), { numRuns: 2000 });
  });

  it.each([
    ['a length that runs past the body', [0x0a, 0x05, 0x0a], 'longer than what holds it', 1],
    ['a length that runs past its parent', [0x0a, 0x02, 0x12, 0x7f, 0, 0], 'longer than what holds it', 3],
    ['a length of eleven bytes', [0x0a, ...new Array(11).fill(0x80), 1], 'longer than ten bytes', 1],
    ['a length near 2^64', [0x0a, ...varint(2n ** 64n - 1n)], 'longer than what holds it', 1],
    ['a number that is cut off', [0x08, 0x80], 'cut off', 1],
    ['field number zero', [0x00, 0x01], 'impossible number', 0],
    // Its low 32 bits would be the tag of a ResourceSpans.
    ['a field number of more than 29 bits', [...varint(2n ** 32n + 0x0an), 0], 'impossible number', 0],
    ['a field number of more than 29 bits in a group', [...tag(5, 3), ...varint(2n ** 32n + 8n), 0], 'impossible', 1],
    ['wire type six', [0x0e], 'unknown wire type', 1],
    ['a group that never ends', tag(5, 3), 'cut off', 1],
    ['a group that another closes', [...tag(5, 3), ...tag(6, 4)], 'not open', 2],
    ['groups within groups without end', new Array(200).fill(0x2b), 'nested too deeply', 1],
  ])('refuses %s and says where', (_, bytes, problem, offset) => {
    const read = (): unknown => createProtobufReader(keyTable(KEYS)).read(Uint8Array.from(bytes), () => {});
    expect(read).toThrow(MalformedRequest);
    expect(read).toThrow(problem);
    expect(read).toThrow(`at byte ${offset}`);
  });

  it('steps over a field of the largest number that there can be', () => {
    const largest = Uint8Array.from([...tag(2 ** 29 - 1, 0), 1]);
    expect(readAll(Uint8Array.from([...largest, ...request([], [spanOf()])]), KEYS)).toHaveLength(1);
  });

  it('gives equal strings, lists and services as the same objects, across requests', () => {
    const targets = attribute(
      ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
      listValue([stringValue('gpt-5'), stringValue('claude-haiku')]),
    );
    const bytes = request(
      [attribute(ATTR_SERVICE_NAME, stringValue('support-api'))],
      [spanOf(lengthField(9, targets))],
    );
    const reader = createProtobufReader(keyTable(KEYS));
    const seen: [unknown, unknown][] = [];
    for (let round = 0; round < 2; round++) reader.read(bytes, (span) => seen.push([span.service, span.values[1]]));
    expect(seen[0]?.[1]).toEqual(['gpt-5', 'claude-haiku']);
    expect(seen[1]?.[1]).toBe(seen[0]?.[1]);
    expect(seen[1]?.[0]).toBe(seen[0]?.[0]);
  });

  it('never takes one value for another that shares its hash', () => {
    const reader = createProtobufReader(keyTable(KEYS));
    const models = Array.from({ length: 50_000 }, (_, index) => `model-${index}`);
    const bytes = request(
      [],
      models.map((model) => spanOf(lengthField(9, attribute(ATTR_GEN_AI_REQUEST_MODEL, stringValue(model))))),
    );
    const seen: unknown[] = [];
    reader.read(bytes, (span) => seen.push(span.values[3]));
    expect(seen).toEqual(models);
  });

  it('cuts a value that is longer than any stage makes use of', () => {
    const long = 'x'.repeat(MAX_TEXT_BYTES + 1);
    const bytes = request([], [spanOf(lengthField(9, attribute(ATTR_GEN_AI_REQUEST_MODEL, stringValue(long))))]);
    const [span] = readAll(bytes, [ATTR_GEN_AI_REQUEST_MODEL]);
    expect(span).toMatchObject({ values: ['x'.repeat(MAX_TEXT_BYTES)] });
  });

  it('reads values that may hold what a model wrote as any others, short and long, and cuts them alike', () => {
    const keys = createKeyTable();
    const slot = keys.addPassing('written');
    const reader = createProtobufReader(keys);
    const texts = ['a', 'b', 'a', 'x'.repeat(100), 'x'.repeat(200), 'x'.repeat(2 * MAX_TEXT_BYTES)];
    const read = texts.map((text) => {
      let found: unknown;
      reader.read(request([], [spanOf(lengthField(9, attribute('written', stringValue(text))))]), (span) => {
        found = span.values[slot];
      });
      return found;
    });
    expect(read).toEqual(texts.map((text) => text.slice(0, MAX_TEXT_BYTES)));
  });

  it('sees names that join the key table between two requests', () => {
    const keys = keyTable([ATTR_GEN_AI_REQUEST_MODEL]);
    const reader = createProtobufReader(keys);
    const bytes = request([], [spanOf(lengthField(9, attribute('team', stringValue('search'))))]);
    const seen: unknown[] = [];
    reader.read(bytes, (span) => seen.push(span.values.includes('search')));
    const slot = keys.add('team');
    reader.read(bytes, (span) => seen.push(span.values[slot]));
    expect(seen).toEqual([false, 'search']);
  });

  it('leaves nothing of one span on the next', () => {
    const full = spanOf(
      textField(5, 'chat'),
      lengthField(1, new Uint8Array(16).fill(7)),
      lengthField(9, attribute(ATTR_GEN_AI_REQUEST_MODEL, stringValue('gpt-5'))),
    );
    const [, second] = readAll(request([], [full, spanOf()]), KEYS);
    expect(second).toMatchObject({ name: '', ids: [0, 0, 0, 0, 0, 0], values: KEYS.map(() => undefined) });
  });
});
