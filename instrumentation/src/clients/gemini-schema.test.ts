import { describe, expect, it } from 'vitest';
import { geminiSchema } from './gemini-schema.ts';

describe("a schema in Google's dialect", () => {
  it('says the same in JSON Schema, once', () => {
    const given = {
      type: 'OBJECT',
      properties: {
        n: { type: 'INTEGER', nullable: true },
        all: { type: 'ARRAY', items: { type: 'STRING' }, maxItems: '3' },
      },
      required: ['n'],
      propertyOrdering: ['n', 'all'],
    };
    const made = geminiSchema(given);
    expect(made).toEqual({
      type: 'object',
      properties: { n: { type: ['integer', 'null'] }, all: { type: 'array', items: { type: 'string' }, maxItems: 3 } },
      required: ['n'],
    });
    expect(geminiSchema(given)).toBe(made);
    expect(given.type).toBe('OBJECT');
  });
});
