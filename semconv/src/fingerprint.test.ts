import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { promptFingerprint, schemaFingerprint } from './fingerprint.ts';

const TICKET = {
  type: 'object',
  properties: {
    title: { type: 'string', minLength: 1 },
    priority: { enum: ['low', 'high'] },
    tags: { type: 'array', items: { type: ['string', 'null'] } },
    owner: { anyOf: [{ $ref: '#/$defs/person' }, { type: 'null' }] },
  },
  required: ['title', 'priority'],
  additionalProperties: false,
  $defs: { person: { type: 'object', properties: { name: { type: 'string' } } } },
};

/** The same value with the keys of every object in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, each]) => [key, reordered(each)]),
  );
}

describe('schemaFingerprint', () => {
  test('is 16 hex digits, the same in every version of this package', () => {
    expect(schemaFingerprint(TICKET)).toBe('d6d528b697159a6a');
  });

  test('is equal for any order of keys', () => {
    expect(schemaFingerprint(reordered(TICKET))).toBe(schemaFingerprint(TICKET));
    const keys = fc.constantFrom('type', 'properties', 'const', 'title', 'x-vendor', 'items', '__proto__', 'a');
    const schemas = fc.dictionary(keys, fc.jsonValue({ maxDepth: 4 }), { noNullPrototype: true });
    fc.assert(
      fc.property(schemas, (schema) => {
        expect(schemaFingerprint(reordered(schema))).toBe(schemaFingerprint(schema));
      }),
    );
  });

  test.each<[string, unknown, unknown]>([
    ['required', { required: ['a', 'b'] }, { required: ['b', 'a', 'b'] }],
    ['enum', { enum: [1, 'a', { x: [1, 2] }] }, { enum: [{ x: [1, 2] }, 'a', 1] }],
    ['type', { type: ['string', 'null'] }, { type: ['null', 'string'] }],
    ['a type list of one', { type: ['string'] }, { type: 'string' }],
    ['anyOf', { anyOf: [{ type: 'string' }, { const: 1 }] }, { anyOf: [{ const: 1 }, { type: 'string' }] }],
    ['oneOf', { oneOf: [{ type: 'string' }, { const: 1 }] }, { oneOf: [{ const: 1 }, { type: 'string' }] }],
    [
      'allOf, nested',
      { items: { allOf: [{ minimum: 1 }, { maximum: 2 }] } },
      { items: { allOf: [{ maximum: 2 }, { minimum: 1 }] } },
    ],
    ['dependentRequired', { dependentRequired: { a: ['b', 'c'] } }, { dependentRequired: { a: ['c', 'b'] } }],
    ['dependencies of names', { dependencies: { a: ['b', 'c'] } }, { dependencies: { a: ['c', 'b'] } }],
    ['annotations', { title: 'A', description: 'd', examples: [1], default: 2, type: 'number' }, { type: 'number' }],
    ['the dialect', { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'number' }, { type: 'number' }],
    [
      'nested annotations',
      { properties: { a: { title: 'A', type: 'string' } } },
      { properties: { a: { type: 'string' } } },
    ],
    ['undefined values', { type: 'string', minLength: undefined }, { type: 'string' }],
  ])('is equal where %s differ without meaning', (_name, one, other) => {
    expect(schemaFingerprint(one)).toBeDefined();
    expect(schemaFingerprint(one)).toBe(schemaFingerprint(other));
  });

  test.each<[string, unknown, unknown]>([
    ['a property named title is added', { properties: { title: { type: 'string' } } }, { properties: {} }],
    [
      'a definition named description changes',
      { $defs: { description: { type: 'string' } } },
      { $defs: { description: { type: 'number' } } },
    ],
    ['a pattern property changes', { patternProperties: { title: true } }, { patternProperties: { title: false } }],
    ['a property is no longer required', { required: ['a', 'b'] }, { required: ['a'] }],
    [
      'prefixItems change order',
      { prefixItems: [{ type: 'string' }, { type: 'null' }] },
      { prefixItems: [{ type: 'null' }, { type: 'string' }] },
    ],
    ['an array constant changes order', { const: [1, 2] }, { const: [2, 1] }],
    ['an array in an enum changes order', { enum: [[1, 2]] }, { enum: [[2, 1]] }],
    ['a constant has a title', { const: { title: 'a' } }, { const: { title: 'b' } }],
    [
      'an alternative of oneOf is repeated',
      { oneOf: [{ type: 'string' }] },
      { oneOf: [{ type: 'string' }, { type: 'string' }] },
    ],
    ['a number becomes its text', { const: 1 }, { const: '1' }],
    ['anyOf becomes allOf', { anyOf: [{ minimum: 1 }] }, { allOf: [{ minimum: 1 }] }],
    ['a vendor keyword changes', { nullable: true }, { nullable: false }],
    ['everything is refused', true, false],
    ['a key is __proto__', JSON.parse('{"properties":{"__proto__":{"type":"string"}}}'), { properties: {} }],
  ])('differs where %s', (_name, one, other) => {
    expect(schemaFingerprint(one)).toBeDefined();
    expect(schemaFingerprint(one)).not.toBe(schemaFingerprint(other));
  });

  test('differs for any other value at any place that means something', () => {
    const literal = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const keyword = fc.constantFrom('const', 'minimum', 'pattern', 'format', '$ref', 'x-vendor');
    fc.assert(
      fc.property(keyword, literal, literal, fc.nat(5), (key, one, other, depth) => {
        fc.pre(one !== other);
        const nest = (value: unknown): unknown => {
          let schema: unknown = { [key]: value };
          for (let level = 0; level < depth; level++) schema = { properties: { inner: schema } };
          return schema;
        };
        expect(schemaFingerprint(nest(one))).not.toBe(schemaFingerprint(nest(other)));
      }),
    );
  });

  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  let deep: unknown = {};
  for (let level = 0; level < 100_000; level++) deep = { items: deep };

  test.each<[string, unknown]>([
    ['a cycle', cyclic],
    ['a bigint', { const: 1n }],
    ['a schema nested 100,000 deep', deep],
    [
      'a getter that throws',
      {
        get type(): string {
          throw new Error('no');
        },
      },
    ],
    ['a revoked proxy', revoked()],
    ['a schema of more than 1 MiB', { enum: ['x'.repeat(1_048_577)] }],
    ['nothing', undefined],
    ['null', null],
    ['a text', 'object'],
    ['a list', [{}]],
    ['a function', () => ({})],
  ])('%s has no fingerprint, and nothing is thrown', (_name, schema) => {
    expect(schemaFingerprint(schema)).toBeUndefined();
  });

  test('never throws on any value, and leaves the schema as it was', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        schemaFingerprint(value);
      }),
    );
    const before = structuredClone(TICKET);
    schemaFingerprint(TICKET);
    expect(TICKET).toEqual(before);
  });
});

describe('promptFingerprint', () => {
  test('is 16 hex digits of the SHA-256 of the text', () => {
    // printf foo | sha256sum
    expect(promptFingerprint('foo')).toBe('2c26b46b68ffc68f');
  });

  test('differs for any other text, a space included', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (text, more) => {
        expect(promptFingerprint(text + more)).not.toBe(promptFingerprint(text));
      }),
    );
  });
});

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
