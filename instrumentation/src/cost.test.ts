import { calcPrice } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createPricer } from './cost.ts';

const MODELS = [
  ['openai', 'gpt-5'],
  ['openai', 'gpt-4o'],
  ['anthropic', 'claude-haiku-4-5'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['groq', 'llama-3.3-70b-versatile'],
  ['gcp.gemini', 'gemini-2.5-pro'],
] as const;

test('a kept price is the price that the list itself works out', () => {
  const price = createPricer();
  const tokens = fc.nat({ max: 500_000 });
  const kinds = fc.tuple(tokens, tokens, tokens, tokens, tokens);
  fc.assert(
    fc.property(fc.constantFrom(...MODELS), kinds, (model, [uncached, cacheRead, minutes, hour, output]) => {
      const [provider, name] = model;
      // Of these, Anthropic alone asks for what it writes into its cache.
      const written = provider === 'anthropic' ? { cacheWrite: minutes + hour, cacheWriteHour: hour } : {};
      const usage = { input: uncached + cacheRead + (written.cacheWrite ?? 0), output, cacheRead, ...written };
      const expected = calcPrice(
        {
          input_tokens: usage.input,
          output_tokens: output,
          cache_read_tokens: cacheRead,
          ...(provider === 'anthropic' && { cache_write_tokens: minutes + hour, cache_write_1h_tokens: hour }),
        },
        name,
        { providerId: provider === 'gcp.gemini' ? 'google' : provider },
      );
      const cost = price({ provider, model: name, usage });
      expect(cost?.amount).toBeCloseTo(expected?.total_price ?? Number.NaN, 10);
      expect(cost).toMatchObject({ currency: 'USD', source: 'local' });
    }),
  );
});

test('an unknown price is nothing, not zero', () => {
  expect(createPricer()({ provider: 'openai', model: 'my-own-model', usage: { input: 1, output: 1 } })).toBeUndefined();
  expect(createPricer()({ provider: 'openai', model: 'gpt-5', usage: {} })).toBeUndefined();
});

test("the user's own price goes first, and the list stands in where it says nothing", () => {
  const hook = vi.fn((call: { readonly model: string }) =>
    call.model === 'own' ? { amount: 2, currency: 'EUR' } : undefined,
  );
  const price = createPricer(hook);
  const usage = { input: 1_000_000, output: 0 };
  expect(price({ provider: 'openai', model: 'own', usage })).toMatchObject({ amount: 2, currency: 'EUR' });
  expect(price({ provider: 'openai', model: 'gpt-5', usage })?.amount).toBeCloseTo(1.25, 10);
});

test.each([
  ['not a number', { amount: Number.NaN, currency: 'USD' }],
  ['negative', { amount: -1, currency: 'USD' }],
  ['in no currency', { amount: 1, currency: 'dollars' }],
  ['nothing of the kind', 'cheap'],
])('a price of the user that is %s is none: the list has the word', (_what, given) => {
  const price = createPricer(() => given as never);
  expect(price({ provider: 'openai', model: 'gpt-5', usage: { input: 1_000_000 } })?.amount).toBeCloseTo(1.25, 10);
});
