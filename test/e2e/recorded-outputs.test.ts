/** The service judges an output that another instrumentation recorded as the instrumentation judges its own, where it can tell. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkWire } from '../../instrumentation/src/call/wire-schema.ts';
import { holdAgainst } from '../../processor/src/normalise/dialects/json-schema.ts';

const KEYS = ['a', 'b', 'c'];
const scalar = fc.constantFrom<unknown>(null, true, 0, 1, 1.5, -2, '', 'x', 'xyz');

/** Few values, so that schemas and values meet. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 3 }),
  ),
}));

const small = fc.integer({ min: 0, max: 3 });
const types = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];
const { schema } = fc.letrec<{ schema: unknown }>((tie) => {
  const some = fc.array(tie('schema'), { minLength: 1, maxLength: 3 });
  const named = fc.dictionary(fc.constantFrom(...KEYS), tie('schema'), { maxKeys: 3 });
  return {
    schema: fc.oneof(
      { maxDepth: 3 },
      fc.boolean(),
      fc.record(
        {
          type: fc.oneof(
            fc.constantFrom(...types),
            fc.uniqueArray(fc.constantFrom(...types), { minLength: 1, maxLength: 3 }),
          ),
          enum: fc.array(scalar, { minLength: 1, maxLength: 4 }),
          const: scalar,
          minimum: small,
          exclusiveMaximum: small,
          minLength: small,
          maxLength: small,
          minItems: small,
          maxItems: small,
          minProperties: small,
          maxProperties: small,
        },
        { requiredKeys: [] },
      ),
      fc.record(
        {
          type: fc.constantFrom(...types),
          properties: named,
          required: fc.uniqueArray(fc.constantFrom(...KEYS)),
          additionalProperties: tie('schema'),
          items: tie('schema'),
          prefixItems: some,
          allOf: some,
          anyOf: some,
          oneOf: some,
          not: tie('schema'),
          if: tie('schema'),
          else: tie('schema'),
          pattern: fc.constant('x'),
        },
        { requiredKeys: [] },
      ),
    ),
  };
});

const whole = fc.record({
  $defs: fc.record({ a: schema, b: schema }),
  allOf: fc.tuple(schema, fc.constantFrom({}, { $ref: '#/$defs/a' }, { items: { $ref: '#/$defs/b' } })),
});

it('never says otherwise of any schema and output', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(whole, value, (asked, output) => {
      const found = holdAgainst(asked, output);
      if (found === 'undecided') return;
      const { validity } = checkWire(asked, [{ kind: 'value', value: output }]);
      expect(validity).toBe(found === 'fits' ? 'valid' : 'invalid');
      seen.add(validity);
    }),
    { numRuns: 1_000 },
  );
  expect(seen.size).toBe(2);
});

it('names the same fault', () => {
  const ticket = {
    type: 'object',
    properties: { urgency: { enum: ['low', 'high'] }, team: { type: 'string', maxLength: 3 } },
    required: ['urgency'],
    additionalProperties: false,
  };
  for (const output of [{}, [], { urgency: 'x' }, { urgency: 'low', team: 1 }, { urgency: 'low', team: 'long' }]) {
    expect(checkWire(ticket, [{ kind: 'value', value: output }]).errorType).toBe(holdAgainst(ticket, output));
  }
});
