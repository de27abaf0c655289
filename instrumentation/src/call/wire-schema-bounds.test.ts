/** A schema may come from anybody: checking an output against it never holds the event loop, and says when it gave up. */
import { describe, expect, it } from 'vitest';
import type { Output } from './output.ts';
import { checkWire } from './wire-schema.ts';

const check = (schema: object, value: unknown) => checkWire(schema, [{ kind: 'value', value } satisfies Output]);

const RECURSIVE = {
  anyOf: [
    { type: 'object', required: ['end'] },
    { properties: { next: { $ref: '#' } }, required: ['next'] },
    { properties: { next: { $ref: '#' } }, required: ['next', 'never'] },
  ],
};
const nested = (depth: number): object => (depth === 0 ? {} : { next: nested(depth - 1) });
const EXPONENTIAL = {
  $defs: {
    node: { anyOf: [1, 2, 3].map(() => ({ properties: { next: { $ref: '#/$defs/node' } }, required: ['next'] })) },
  },
  $ref: '#/$defs/node',
};

describe('what cannot be finished in time is not evaluated', () => {
  it.each([
    ['a pattern that backtracks', { type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(40)}!`],
    ['one in a property', { properties: { a: { pattern: '(x+x+)+y' } } }, { a: 'x'.repeat(50) }],
    ['one for keys', { patternProperties: { '^(a|a)*$': true } }, { [`${'a'.repeat(40)}!`]: 1 }],
    ['an unanchored one on a long text', { pattern: '.*b' }, 'a'.repeat(100_000)],
    ['a schema that refers to itself in three ways', EXPONENTIAL, nested(40)],
    ['one that refers to itself for ever', { $ref: '#' }, 1],
    ['items that must all differ, and many', { uniqueItems: true }, Array.from({ length: 20_000 }, (_, n) => n)],
    ['a schema of a megabyte', { enum: Array.from({ length: 100_000 }, (_, n) => `value-${n}`) }, 'value-1'],
  ])('%s', (_, schema, value) => {
    const began = performance.now();
    expect(check(schema, value)).toEqual({ validity: 'not_evaluated' });
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('what can is evaluated as before', () => {
  it.each([
    ['a pattern', { properties: { id: { pattern: '^[A-Z]{3}-[0-9]+$' } } }, { id: 'ABC-12' }, { validity: 'valid' }],
    [
      'a pattern that is broken',
      { properties: { id: { pattern: '^[A-Z]{3}-[0-9]+$' } } },
      { id: 'abc' },
      { validity: 'invalid', errorType: 'constraint' },
    ],
    [
      'a pattern beside a long text',
      { properties: { id: { pattern: '^[a-z]+$' } } },
      { id: 'a', text: 'x'.repeat(90_000) },
      { validity: 'valid' },
    ],
    ['a recursive schema', RECURSIVE, { next: { next: { end: 1 } } }, { validity: 'valid' }],
    ['different items', { uniqueItems: true }, [1, 2, 3], { validity: 'valid' }],
    ['equal items', { uniqueItems: true }, [1, 2, 2], { validity: 'invalid', errorType: 'constraint' }],
    [
      '2,000 items',
      { items: { type: 'object', required: ['a'] } },
      Array.from({ length: 2_000 }, () => ({ a: 1 })),
      { validity: 'valid' },
    ],
  ])('%s', (_, schema, value, expected) => {
    expect(check(schema, value)).toEqual(expected);
  });

  it('every time: one check takes nothing from the next', () => {
    const schema = { items: { type: 'number' } };
    const value = Array.from({ length: 1_000 }, (_, n) => n);
    for (let n = 0; n < 60; n += 1) expect(check(schema, value)).toEqual({ validity: 'valid' });
  });
});
