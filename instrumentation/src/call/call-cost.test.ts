/** The price is that of the model that served, by the provider that was paid, or there is none. */
import { expect, test } from 'vitest';
import type { GatewaySaid } from '../gateways/gateway.ts';
import type { Billing, CallAnswer, CallRequest } from '../types/call.ts';
import { callCost } from './call-cost.ts';
import { createPricer, type PricedCall } from './cost.ts';

const usage = { input: 1_000_000, output: 0 };
const price = createPricer();

interface Case {
  readonly asked?: string;
  readonly provider?: string;
  readonly served?: string;
  readonly said?: Omit<GatewaySaid, 'gateway'>;
}

const requestOf = ({ asked, provider = 'openai' }: Case, billing?: Billing): CallRequest => ({
  operation: 'chat',
  provider,
  model: asked,
  server: undefined,
  stream: false,
  outputType: undefined,
  schema: undefined,
  systemPrompt: undefined,
  signal: undefined,
  billing,
});
const answerOf = ({ served }: Case, more: Partial<CallAnswer> = {}): CallAnswer => ({
  complete: true,
  model: served,
  usage,
  ...more,
});
const saidOf = ({ said }: Case): GatewaySaid | undefined => said && { gateway: 'test', ...said };
const costOf = (each: Case): number | undefined =>
  callCost(answerOf(each), requestOf(each), saidOf(each), price)?.amount;

const paid = (provider: string | undefined, model?: string) => ({ billed: { provider, model } });

test.each<[string, Case, number]>([
  ['a snapshot of the model asked for', { asked: 'gpt-5', served: 'gpt-5-2025-08-07' }, 1.25],
  ['a snapshot with a price of its own', { asked: 'gpt-4o', served: 'gpt-4o-2024-05-13' }, 5],
  ['the alias, where the list does not know the snapshot', { asked: 'gpt-5', served: 'gpt-5-2031-01-01' }, 1.25],
  ['the model asked for, where the answer names no other', { asked: 'gpt-5' }, 1.25],
  ['a deployment whose answer names its model', { asked: 'prod', served: 'gpt-5', provider: 'azure.ai.openai' }, 1.25],
  [
    "another provider's model by the provider that the gateway names",
    { asked: 'gpt-5', served: 'claude-haiku-4-5-20251001', said: paid('anthropic') },
    1,
  ],
  [
    'a model behind the prefix of a gateway',
    { asked: '@mine/gpt-5', served: '@mine/claude-haiku-4-5', said: paid('anthropic') },
    1,
  ],
  ["a provider in a gateway's spelling", { asked: 'a', served: 'gemini-2.5-flash', said: paid('vertex-ai') }, 0.3],
  ['a model whose own name has a prefix', { asked: 'a', served: 'openai/gpt-oss-120b', said: paid('groq') }, 0.15],
  ['the model that the gateway paid for', { asked: 'group', served: 'group', said: paid('openai', 'gpt-5') }, 1.25],
  ['a snapshot of it', { asked: 'group', served: 'gpt-4o-2024-05-13', said: paid('openai', 'gpt-4o') }, 5],
  [
    'the fallback, though the answer repeats the name asked for',
    { asked: 'o3', served: 'o3', said: { served: 'gpt-5' } },
    1.25,
  ],
  [
    'the answer, where the gateway has a name of its own',
    { asked: 'o3', served: 'gpt-5', said: { served: 'mine' } },
    1.25,
  ],
])('is that of %s', (_what, each, dollars) => {
  expect(costOf(each)).toBeCloseTo(dollars, 10);
});

test.each<[string, Case]>([
  ['another model served, and nobody knows its price', { asked: 'gpt-5', served: 'my-own-model' }],
  ["another provider's model served, and nobody names the provider", { asked: 'gpt-5', served: 'claude-haiku-4-5' }],
  [
    'the gateway names a provider that the list does not know',
    { asked: 'gpt-5', served: 'gpt-5', said: paid('my-vllm') },
  ],
  ['that provider is only named like a known one', { asked: 'gpt-5', served: 'gpt-5', said: paid('openai-at-home') }],
  ['the fallback has a name of the gateway alone', { asked: 'gpt-5', served: 'gpt-5', said: { served: 'mocked' } }],
  ['the gateway and the answer name two models', { asked: 'a', served: 'gpt-5', said: paid('openai', 'gpt-4o') }],
  ["the gateway's cache answered", { asked: 'gpt-5', served: 'gpt-5', said: { cache: 'exact' } }],
])('is unknown where %s', (_why, each) => {
  expect(costOf(each)).toBeUndefined();
});

test('an answer from the cache repeats a reported cost that was not paid again', () => {
  const each = { asked: 'gpt-5', served: 'gpt-5', said: { cache: 'exact' } } as const;
  expect(callCost(answerOf(each, { usageCost: 0.5 }), requestOf(each), saidOf(each), price)).toBeUndefined();
});

test('a reported cost stands above the list, a free call included', () => {
  const each = { asked: 'gpt-5', served: 'gpt-5' };
  for (const usageCost of [0.5, 0]) {
    expect(callCost(answerOf(each, { usageCost }), requestOf(each), undefined, price)).toEqual({
      amount: usageCost,
      currency: 'USD',
      source: 'provider',
      model: undefined,
    });
  }
});

test.each<[string, Billing | undefined, Billing | undefined, number | undefined]>([
  ['a tier that was asked for and not answered', { tier: 'flex' }, undefined, 0.625],
  ['a tier that was not granted', { tier: 'priority' }, { tier: 'default' }, 1.25],
  ['a tier that the project sets', { tier: 'auto' }, { tier: 'priority' }, undefined],
  ['a speed, whatever the tier', { speed: 'fast' }, { tier: 'standard' }, undefined],
  ['extras of the answer', { tier: 'default' }, { tier: 'default', extras: true }, undefined],
])('terms: the answer goes before the request, term by term: %s', (_what, asked, given, dollars) => {
  const each = { asked: 'gpt-5', served: 'gpt-5' };
  const cost = callCost(answerOf(each, { billing: given }), requestOf(each, asked), undefined, price);
  if (dollars === undefined) expect(cost).toBeUndefined();
  else expect(cost?.amount).toBeCloseTo(dollars, 10);
});

test("the user's own prices are asked for the model that served, and never for the one that did not", () => {
  const seen: PricedCall[] = [];
  const own = createPricer((call) => {
    seen.push(call);
    return undefined;
  });
  const each = { asked: 'deployment', served: 'my-own-model', said: paid('groq') };
  callCost(answerOf(each, { billing: { tier: 'flex' } }), requestOf(each), saidOf(each), own);
  expect(seen).toEqual([
    { provider: 'groq', model: 'my-own-model', requestModel: 'deployment', usage, billing: { tier: 'flex' } },
  ]);
});
