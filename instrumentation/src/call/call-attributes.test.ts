/** What a call begins with is kept from the call before, which must not show. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CallRequest } from '../types/call.ts';
import { requestAttributes } from './call-attributes.ts';

const request: fc.Arbitrary<Omit<CallRequest, 'server'>> = fc.record({
  operation: fc.constantFrom('chat', 'embeddings'),
  provider: fc.constantFrom('openai', 'azure.ai.openai'),
  model: fc.constantFrom(undefined, 'gpt-5', 'gpt-5-mini'),
  stream: fc.boolean(),
  outputType: fc.constantFrom(undefined, 'text', 'json'),
  schema: fc.constant(undefined),
  systemPrompt: fc.constant(undefined),
  signal: fc.constant(undefined),
});

test('a call begins with what it says itself, whatever the calls of the same client before it said', () => {
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 6 }), (requests) => {
      const server = { address: 'api.openai.com', port: 443 };
      for (const each of requests) {
        const alone = requestAttributes({ ...each, server: { ...server } }, undefined);
        expect(requestAttributes({ ...each, server }, undefined)).toEqual(alone);
      }
    }),
    { numRuns: 500 },
  );
});

test('of calls that begin alike the attributes are one object', () => {
  const [first] = fc.sample(request, 1);
  if (first === undefined) throw new Error('no request');
  const server = { address: 'api.openai.com', port: 443 };
  const kept = requestAttributes({ ...first, server }, undefined);
  expect(requestAttributes({ ...first, server }, undefined)).toBe(kept);
});
