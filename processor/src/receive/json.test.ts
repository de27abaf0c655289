import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ATTR_GEN_AI_REQUEST_MODEL, ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES } from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFully } from '../../../test/bench/reference.ts';
import { spanIdOf, traceIdOf } from '../base/ids.ts';
import { createKeyTable } from '../base/keys.ts';
import type { KeyTable, Span } from '../types/span.ts';
import { createJsonReader } from './json.ts';
import { readableText } from './json-values.ts';
import { MalformedRequest } from './malformed.ts';
import { createProtobufReader } from './protobuf.ts';
import type { SpanReader } from './span-reader.ts';

function keyTable(names: Iterable<string>): KeyTable {
  const keys = createKeyTable();
  for (const name of names) keys.add(name);
  return keys;
}

function readAll(reader: SpanReader, bytes: Uint8Array): object[] {
  const spans: object[] = [];
  const copyOf = (span: Span): object => ({
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
    values: [...span.values],
    resource: [...span.resource],
  });
  expect(reader.read(bytes, (span) => spans.push(copyOf(span)))).toBe(spans.length);
  return spans;
}

const bytesOf = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const ofSpan = (span: unknown): unknown => ({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
const KEYS = [ATTR_GEN_AI_REQUEST_MODEL, ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES];
const read = (value: unknown): object[] => readAll(createJsonReader(keyTable(KEYS)), bytesOf(value));
const valueOfModel = (value: unknown): unknown => {
  const attributes = [{ key: ATTR_GEN_AI_REQUEST_MODEL, value }];
  const [span] = read(ofSpan({ attributes })) as [{ values: unknown[] }];
  return span.values[0];
};

const folder = fileURLToPath(new URL('../../../test/fixtures/', import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
const fixtures = files.filter((path) => path.endsWith('.otlp.json') && files.includes(path.replace(/json$/, 'pb')));

describe('JSON reader', () => {
  it.each(fixtures)('reads %s as the protobuf reader reads its twin', (path) => {
    const protobuf = readFileSync(folder + path.replace(/json$/, 'pb'));
    const names = new Set<string>();
    for (const group of decodeFully(protobuf).resourceSpans ?? [])
      for (const scope of group.scopeSpans ?? [])
        for (const span of scope.spans ?? []) for (const each of span.attributes ?? []) names.add(each.key ?? '');
    const keys = keyTable(names);
    const spans = readAll(createJsonReader(keys), readFileSync(folder + path));
    expect(spans.length).toBeGreaterThan(0);
    expect(spans).toEqual(readAll(createProtobufReader(keys), protobuf));
  });

  it('takes 64-bit numbers as text and as numbers', () => {
    const [asText] = read(ofSpan({ startTimeUnixNano: '1795400067506000000', endTimeUnixNano: '1795400067588591049' }));
    const [asNumber] = read(
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":1795400067506000000,"endTimeUnixNano":1795400067588591049}]}]}]}',
    );
    expect(asText).toMatchObject({ startTime: 1795400067506, endTime: 1795400067588 + 0.591049 });
    expect(asNumber).toMatchObject({ startTime: 1795400067506, endTime: 1795400067588.591 });
    expect(valueOfModel({ intValue: '-42' })).toBe(-42);
    expect(valueOfModel({ intValue: 42 })).toBe(42);
  });

  it.each([
    [2, 2],
    ['STATUS_CODE_ERROR', 2],
    ['STATUS_CODE_OK', 1],
    ['STATUS_CODE_UNSET', 0],
    ['2', 2],
    ['1', 1],
    ['STATUS_CODE_TO_COME', -1],
    [undefined, 0],
    [null, 0],
  ])('reads the status code %j, a number or its name, as %i', (code, statusCode) => {
    expect(read(ofSpan({ kind: 'SPAN_KIND_TO_COME', status: { code } }))).toMatchObject([{ statusCode }]);
  });

  it('reads the kind of a span and the message of its status, each as it is written or missing', () => {
    const said = { kind: 'SPAN_KIND_SERVER', status: { code: 2, message: 'all of them failed' } };
    expect(read(ofSpan(said))).toMatchObject([{ kind: 2, statusMessage: 'all of them failed' }]);
    expect(read(ofSpan({ kind: 3, status: { message: 7 } }))).toMatchObject([{ kind: 3, statusMessage: '' }]);
    expect(read(ofSpan({}))).toMatchObject([{ kind: 0, statusMessage: '' }]);
  });

  it('reads ids from hex of either case', () => {
    const ids = { traceId: '5B8EFFF798038103D269B633813FC60C', spanId: 'eee19b7ec3c1b174' };
    const spans: string[] = [];
    createJsonReader(keyTable([])).read(bytesOf(ofSpan(ids)), (span) =>
      spans.push(traceIdOf(span.ids), spanIdOf(span.ids)),
    );
    expect(spans).toEqual([ids.traceId.toLowerCase(), ids.spanId]);
  });

  it.each([
    [{ stringValue: 'gpt-5' }, 'gpt-5'],
    [{ boolValue: false }, false],
    [{ doubleValue: 0.25 }, 0.25],
    [{ doubleValue: 'Infinity' }, Number.POSITIVE_INFINITY],
    [{ doubleValue: 'NaN' }, Number.NaN],
    [{ arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } }, ['a', 'b']],
    [{ arrayValue: {} }, []],
    [{ arrayValue: { values: [{ stringValue: 'a' }, {}] } }, ['a', '']],
    [{ arrayValue: { values: [null, { stringValue: 'a', intValue: null }] } }, ['', 'a']],
    [{ arrayValue: { values: [{ stringValue: null }] } }, undefined],
    [{ arrayValue: { values: [{ stringValue: 'a' }, { intValue: 1 }] } }, undefined],
    [{ intValue: '1e2' }, 100],
    [{ kvlistValue: { values: [] } }, undefined],
    [{ bytesValue: 'AQ==' }, undefined],
    [{}, undefined],
    [undefined, undefined],
  ])('reads the value %j as %j', (value, expected) => {
    expect(valueOfModel(value)).toEqual(expected);
  });

  it('ignores fields that it does not know', () => {
    const plain = { name: 'chat', attributes: [{ key: ATTR_GEN_AI_REQUEST_MODEL, value: { stringValue: 'gpt-5' } }] };
    expect(read(ofSpan({ ...plain, novelty: { deep: [1] }, events: 'anything' }))).toEqual(read(ofSpan(plain)));
  });

  it.each([
    ['{', 'not valid JSON'],
    ['[]', 'the body is not an object'],
    [{ resourceSpans: {} }, 'resourceSpans is not a list'],
    [{ resourceSpans: [{ scopeSpans: [null] }] }, 'resourceSpans[0].scopeSpans[0] is not an object'],
    [ofSpan({ name: 7 }), 'resourceSpans[0].scopeSpans[0].spans[0].name is not text'],
    [ofSpan({ traceId: 'W47/95gDgQPSabYzgT/GDA==' }), 'spans[0].traceId is not in hex digits'],
    [ofSpan({ endTimeUnixNano: 'yesterday' }), 'spans[0].endTimeUnixNano is not a whole number'],
    [ofSpan({ endTimeUnixNano: -1 }), 'spans[0].endTimeUnixNano is before 1970'],
    [ofSpan({ attributes: [{ key: ATTR_GEN_AI_REQUEST_MODEL, value: { intValue: 'x' } }] }), 'is not a whole number'],
  ])('refuses %j with its place', (body, words) => {
    expect(() => read(body)).toThrow(MalformedRequest);
    expect(() => read(body)).toThrow(words);
  });

  it('ends any JSON with its spans or with a MalformedRequest', () => {
    const names = [
      'resourceSpans',
      'scopeSpans',
      'spans',
      'resource',
      'attributes',
      'key',
      'value',
      'status',
      'name',
      'stringValue',
      'arrayValue',
      'values',
      'endTimeUnixNano',
    ];
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'medium' },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names), tie('tree'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (body) => {
        try {
          read({ resourceSpans: [{ scopeSpans: [{ spans: [body] }], resource: body }] });
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedRequest);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('half a character', () => {
  const HALF = 'cut \ud83d';
  const text = (stringValue: string) => ({ stringValue });
  const attribute = (key: string, value: unknown) => ({ key, value });
  const spanWith = (half: string): unknown => ({
    resourceSpans: [
      {
        resource: { attributes: [attribute('service.name', text(half))] },
        scopeSpans: [
          {
            spans: [
              {
                name: half,
                status: { code: 2, message: half },
                attributes: [
                  attribute(ATTR_GEN_AI_REQUEST_MODEL, text(half)),
                  attribute(ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES, { arrayValue: { values: [text(half), text('b')] } }),
                ],
                events: [{ attributes: [attribute('exception.type', text(half))] }],
              },
            ],
          },
        ],
      },
    ],
  });
  const textsIn = (value: unknown): string[] => {
    if (typeof value === 'string') return [value];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
  };

  it('becomes U+FFFD in every text of a span, so that the text stays the same when it is stored', () => {
    const texts = textsIn(read(spanWith(HALF)));
    expect(texts.filter((each) => each.startsWith('cut'))).toEqual(new Array(7).fill('cut \ufffd'));
  });

  it('becomes U+FFFD where a text is cut inside a character', () => {
    const texts = textsIn(read(spanWith(`cut ${'x'.repeat(16_384 - 5)}\u{1f600}`)));
    for (const each of texts) expect(each.isWellFormed()).toBe(true);
  });

  it.each([
    ['plain', 'x'.repeat(300_000)],
    ['of escapes', '\\u00e9'.repeat(60_000)],
    ['of escaped quotes', '\\"'.repeat(150_000)],
    ['of backslashes', '\\\\'.repeat(150_000)],
    ['of long characters', '😀'.repeat(80_000)],
  ])('cuts a long text as it cuts a short one, and reads what stands behind it: %s', (_, raw) => {
    const span = (name: string) => `{"name":"${name}","traceId":"${'a'.repeat(32)}","spanId":"${'b'.repeat(16)}"}`;
    const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[${span(raw)},${span('after')}]}]}]}`;
    const names: string[] = [];
    createJsonReader(keyTable([])).read(Buffer.from(body), ({ name }) => names.push(name));
    const whole = JSON.parse(`"${raw}"`) as string;
    expect(names).toEqual([readableText(whole), 'after']);
  });
});
