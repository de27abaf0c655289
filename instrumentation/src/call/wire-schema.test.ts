import { describe, expect, it } from 'vitest';
import type { Output } from './output.ts';
import { checkWire } from './wire-schema.ts';

const SCHEMA = { type: 'object', required: ['a'], properties: { a: { type: 'string' } } };
const text = (value: string): Output => ({ kind: 'text', text: value });
const value = (given: unknown): Output => ({ kind: 'value', value: given });
const LONG = 'x'.repeat(131_072);
const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

describe('outputs held against a schema', () => {
  it.each<[string, readonly Output[], string, string | undefined]>([
    ['none', [], 'not_evaluated', undefined],
    ['a text', [text('{"a":"x"}')], 'valid', undefined],
    ['a value', [value({ a: 'x' })], 'valid', undefined],
    ['no JSON', [text('Sure!')], 'invalid', 'not_json'],
    ['a value that JSON cannot carry', [value(cyclic)], 'invalid', 'not_json'],
    ['no value', [value(undefined)], 'invalid', 'not_json'],
    ['a text that is too long', [text(`{"a":"${LONG}"}`)], 'not_evaluated', undefined],
    ['a value that is too large', [value({ a: LONG })], 'not_evaluated', undefined],
    ['a good one and a wrong one', [value({ a: 'x' }), value({})], 'invalid', 'missing_required'],
    ['a good one and one that is too large', [value({ a: 'x' }), value({ a: LONG })], 'not_evaluated', undefined],
  ])('%s', (_what, outputs, validity, errorType) => {
    expect(checkWire(SCHEMA, outputs)).toEqual({ validity, ...(errorType !== undefined && { errorType }) });
  });

  it('says nothing where the schema cannot be followed', () => {
    expect(checkWire({ $ref: 'https://example.com/schema' }, [value({})]).validity).toBe('not_evaluated');
  });
});
