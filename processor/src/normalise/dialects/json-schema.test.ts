import { describe, expect, it } from 'vitest';
import { type Finding, holdAgainst } from './json-schema.ts';

const TICKET = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: {
    summary: { type: 'string', maxLength: 20 },
    priority: { enum: ['low', 'high'] },
    tags: { type: 'array', items: { $ref: '#/$defs/tag' }, maxItems: 2 },
    owner: { anyOf: [{ type: 'string' }, { type: 'null' }] },
  },
  required: ['summary', 'priority'],
  additionalProperties: false,
  $defs: { tag: { type: 'string', minLength: 1 } },
};
const GOOD = { summary: 'a', priority: 'low' };

/** A list in a list, and so on. */
const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
/** Each level refers to the next one twice. */
const doubling = (levels: number) => ({
  $ref: '#/$defs/l0',
  $defs: Object.fromEntries(
    Array.from({ length: levels }, (_, level) => [
      `l${level}`,
      { allOf: [{ $ref: `#/$defs/l${level + 1}` }, { $ref: `#/$defs/l${level + 1}` }] },
    ]).concat([[`l${levels}`, { type: 'string' } as never]]),
  ),
});

describe('a value held against a schema', () => {
  it.each<[string, unknown, unknown, Finding]>([
    ['fits', TICKET, { ...GOOD, tags: ['x'], owner: null }, 'fits'],
    ['lacks a key', TICKET, { summary: 'a' }, 'missing_required'],
    ['is of another type', TICKET, [], 'type_mismatch'],
    ['has a part of another type', TICKET, { ...GOOD, owner: 7 }, 'type_mismatch'],
    ['is outside an enum', TICKET, { ...GOOD, priority: 'asap' }, 'enum_mismatch'],
    ['has one key too many', TICKET, { ...GOOD, team: 'x' }, 'constraint'],
    ['breaks a bound', TICKET, { ...GOOD, summary: 'a'.repeat(21) }, 'constraint'],
    ['breaks what a reference says', TICKET, { ...GOOD, tags: [''] }, 'constraint'],
    ['is longer than a list may be', TICKET, { ...GOOD, tags: ['x', 'x', 'x'] }, 'constraint'],
    ['counts characters, not code units', { maxLength: 2 }, '🙂🙂', 'fits'],
    ['is a whole number as a float', { type: 'integer' }, 1.0, 'fits'],
    ['is no whole number', { type: ['integer', 'null'] }, 1.5, 'type_mismatch'],
    ['is a constant', { const: { a: [1] } }, { a: [1] }, 'fits'],
    ['is another constant', { const: { a: [1] } }, { a: [2] }, 'enum_mismatch'],
    ['is null where that is allowed', { type: 'string', nullable: true }, null, 'fits'],
    ['fits one of two', { oneOf: [{ type: 'string' }, { minimum: 3 }] }, 4, 'fits'],
    ['fits both of two', { oneOf: [{ type: 'number' }, { minimum: 3 }] }, 4, 'constraint'],
    ['is what it must not be', { not: { type: 'number' } }, 4, 'constraint'],
    ['falls under a condition', JSON.parse('{"if":{"type":"number"},"then":{"minimum":5}}'), 4, 'constraint'],
    ['falls under none', JSON.parse('{"if":{"type":"string"},"then":{"minimum":5}}'), 4, 'fits'],
    ['is a tuple', { prefixItems: [{ type: 'string' }], items: { type: 'number' } }, ['a', 1], 'fits'],
    ['is a tuple of draft 7', { items: [{ type: 'string' }], additionalItems: false }, ['a', 1], 'constraint'],
    ['depends on another key', { dependentRequired: { a: ['b'] } }, { a: 1 }, 'missing_required'],
    ['is never right', false, 1, 'constraint'],
    ['has a key like a method of every object', { required: ['constructor'] }, {}, 'missing_required'],
    ['has a property like a keyword', { properties: { pattern: { type: 'string' } } }, { pattern: 'x' }, 'fits'],
  ])('%s', (_, schema, value, finding) => {
    expect(holdAgainst(schema, value)).toBe(finding);
  });

  it.each<[string, unknown, unknown, Finding]>([
    ['a pattern', { pattern: '^a' }, 'b', 'undecided'],
    ['a pattern beside what is broken', { pattern: '^a', maxLength: 0 }, 'b', 'constraint'],
    ['a pattern of no text', { pattern: '^a' }, 1, 'fits'],
    ['a format', { format: 'date' }, 'x', 'undecided'],
    ['one of two that cannot be told', { anyOf: [{ pattern: 'a' }, { type: 'null' }] }, 'x', 'undecided'],
    ['not what cannot be told', { not: { pattern: 'a' } }, 'x', 'undecided'],
    ['keys of a pattern', { patternProperties: { '^a': {} }, additionalProperties: false }, { a: 1 }, 'undecided'],
    ['another document', { $ref: 'https://example.com/schema' }, 1, 'undecided'],
    ['a reference to nothing', { $ref: '#/$defs/none' }, 1, 'undecided'],
    ['a type that nobody knows', { type: 'file' }, 1, 'undecided'],
    ['a schema that is none', { properties: 7 }, {}, 'undecided'],
    ['a reference to itself', { $ref: '#' }, 1, 'undecided'],
    ['more steps than are taken', doubling(30), 'a', 'undecided'],
    ['a list of lists that never ends', { items: { $ref: '#' } }, nested(5_000), 'undecided'],
    ['a constant as deep', { const: nested(5_000) }, nested(5_000), 'undecided'],
    ['more than is looked at', { items: { type: 'number' } }, new Array(20_000).fill(1), 'undecided'],
  ])('is undecided by %s', (_, schema, value, finding) => {
    expect(holdAgainst(schema, value)).toBe(finding);
  });
});
