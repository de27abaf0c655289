import { calcPrice } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import type { Billing } from '../types/call.ts';
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

afterEach(() => {
  vi.useRealTimers();
});

const MILLION = 1_000_000;
const ofMillion = (provider: string, model: string): number | undefined =>
  createPricer()({ provider, model, usage: { input: MILLION } })?.amount;

test.each<[string, string, string, Record<string, number>]>([
  ['the list does not know the model', 'openai', 'my-own-model', { input: 1, output: 1 }],
  ['nothing is known to be used', 'openai', 'gpt-5', {}],
  ['the list knows the model and no price', 'azure', 'phi-4-reasoning:free', { input: 1, output: 1 }],
  ['the list knows the model and no price, and nothing was used', 'google', 'gemma-3', { input: 0, output: 0 }],
  ['the list prices its seconds and not its tokens', 'openai', 'whisper-1', { input: 1, output: 1 }],
  ['the list prices its input alone', 'openai', 'text-embedding-3-small', { input: 1, output: 1 }],
])('an unknown price is nothing, not zero: %s', (_why, provider, model, usage) => {
  expect(createPricer()({ provider, model, usage })).toBeUndefined();
});

test('what was not used needs no price', () => {
  const usage = { input: MILLION, output: 0 };
  const cost = createPricer()({ provider: 'openai', model: 'text-embedding-3-small', usage });
  expect(cost?.amount).toBeCloseTo(0.02, 10);
});

test.each([
  ['anthropic', 'claude-haiku-4-5-20251001', 1],
  ['google', 'claude-haiku-4-5@20251001', 1],
  ['aws', 'eu.anthropic.claude-haiku-4-5-20251001-v1:0', 1.1],
  ['aws', 'us.meta.llama3-3-70b-instruct-v1:0', 0.72],
  ['openai', 'gpt-5-20250807', 1.25],
  ['openai', 'gpt-5-nano-2025-08-07', 0.05],
  ['openai', 'ft:gpt-4o-mini-2024-07-18:acme::abc', 0.3],
  ['google', 'models/gemini-2.0-flash', 0.1],
])("%s's %s has its price, by whatever name", (provider, model, dollars) => {
  expect(ofMillion(provider, model)).toBeCloseTo(dollars, 10);
});

test.each([
  ['anthropic', 'claude-sonnet-5-5'],
  ['anthropic', 'claude-opus-4-10'],
  ['google', 'gemini-1.5-flash-8b-of-mine'],
])("%s's %s has no price of the model whose name begins alike", (provider, model) => {
  expect(ofMillion(provider, model)).toBeUndefined();
});

test.each([
  ['azure.ai.openai', 'gpt-5', 1.25],
  ['azure-openai', 'gpt-5', 1.25],
  ['gcp.vertex_ai', 'gemini-2.5-flash', 0.3],
  ['vertex-ai', 'gemini-2.5-flash', 0.3],
  ['mistral-ai', 'mistral-large-2411', 2],
  ['x_ai', 'grok-4', 3],
  ['Bedrock', 'amazon.nova-pro-v1:0', 0.8],
])('the provider %s is known by any spelling', (provider, model, dollars) => {
  expect(ofMillion(provider, model)).toBeCloseTo(dollars, 10);
});

test.each(['my-openai-compatible-server', 'constructor'])('the provider %s has no price of another', (provider) => {
  expect(ofMillion(provider, 'gpt-5')).toBeUndefined();
});

test.each<[string, string, Billing, number | undefined]>([
  ['openai', 'gpt-5', { tier: 'default' }, 1.25],
  ['openai', 'gpt-5', { tier: 'flex' }, 0.625],
  ['openai', 'gpt-5', { tier: 'FLEX' }, 0.625],
  ['azure.ai.openai', 'gpt-5', { tier: 'flex' }, 0.625],
  ['openai', 'gpt-5', { tier: 'priority' }, undefined],
  ['openai', 'gpt-5', { tier: 'scale' }, undefined],
  ['openai', 'gpt-5', { tier: 'new-tier' }, undefined],
  ['groq', 'llama-3.3-70b-versatile', { tier: 'flex' }, 0.59],
  ['gcp.gemini', 'gemini-2.5-flash', { tier: 'flex' }, undefined],
  ['anthropic', 'claude-opus-4-7', { tier: 'standard', speed: 'standard', geo: 'global' }, 5],
  ['anthropic', 'claude-opus-4-7', { geo: 'us' }, 5.5],
  ['anthropic', 'claude-opus-4-7', { geo: 'us', speed: 'fast' }, undefined],
  ['openai', 'gpt-5', { extras: true }, undefined],
])("%s's %s on the terms %j", (provider, model, billing, dollars) => {
  const cost = createPricer()({ provider, model, usage: { input: MILLION }, billing });
  if (dollars === undefined) expect(cost).toBeUndefined();
  else expect(cost?.amount).toBeCloseTo(dollars, 10);
});

test('a term of one call is no term of the next', () => {
  const price = createPricer();
  const call = { provider: 'openai', model: 'gpt-5', usage: { input: MILLION } };
  expect(price({ ...call, billing: { tier: 'flex' } })?.amount).toBeCloseTo(0.625, 10);
  expect(price(call)?.amount).toBeCloseTo(1.25, 10);
});

test('a price that changes on a day or by the hour is the one of the call, not of the first call of the process', () => {
  const price = createPricer();
  const at = (time: string, provider: string, model: string): number | undefined => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(time) });
    return price({ provider, model, usage: { input: MILLION } })?.amount;
  };
  expect(at('2025-06-01T12:00:00Z', 'openai', 'o3')).toBeCloseTo(10, 10);
  expect(at('2025-07-01T12:00:00Z', 'openai', 'o3')).toBeCloseTo(2, 10);
  expect(at('2025-07-01T12:00:00Z', 'deepseek', 'deepseek-chat')).toBeCloseTo(0.27, 10);
  expect(at('2025-07-01T20:00:00Z', 'deepseek', 'deepseek-chat')).toBeCloseTo(0.135, 10);
});

test('a price of the request itself is part of the cost', () => {
  const cost = createPricer()({ provider: 'perplexity', model: 'sonar', usage: { input: 0, output: 0 } });
  expect(cost?.amount).toBeGreaterThan(0);
});

test('cached tokens beyond the input cost what they cost, and take nothing off', () => {
  const price = createPricer();
  const cost = (usage: Record<string, number>) =>
    price({ provider: 'anthropic', model: 'claude-haiku-4-5', usage })?.amount;
  expect(cost({ input: 10, cacheRead: MILLION })).toBeCloseTo(0.1, 10);
  expect(cost({ input: 10, cacheWrite: MILLION })).toBeCloseTo(1.25, 10);
  expect(cost({ input: MILLION, cacheWrite: MILLION, cacheWriteHour: 2 * MILLION })).toBeCloseTo(2, 10);
});

test('prices hold however many models and providers came by before', () => {
  const price = createPricer();
  const usage = { input: MILLION };
  for (let n = 0; n < 1000; n += 1) {
    price({ provider: 'openai', model: `model-${n}`, usage });
    price({ provider: `provider-${n}`, model: 'gpt-5', usage });
  }
  expect(price({ provider: 'openai', model: 'gpt-5', usage })?.amount).toBeCloseTo(1.25, 10);
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
