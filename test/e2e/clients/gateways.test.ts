/** What gateways tell of who answered: each in its own way, the answers by the local servers of `test/providers`. */
import { type Gateway, type ProviderServer, type Routed, startOpenAI, via } from '@warmspare/providers';
import {
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_CACHE_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_SOURCE,
  ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
} from '@warmspare/semconv';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Recorded, record } from './recorded.ts';

const MESSAGES = [{ role: 'user' as const, content: 'hello' }];

let server: ProviderServer;
let recorded: Recorded;

beforeAll(async () => {
  server = await startOpenAI();
  recorded = record();
  recorded.instrumentation.instrument(OpenAI);
});
afterAll(async () => {
  recorded.close();
  await server.close();
});
beforeEach(() => recorded.reset());

/** A request with fields of a gateway's own. */
async function ask(body: Record<string, unknown>, headers: Record<string, string> = {}): Promise<void> {
  const client = new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });
  await client.chat.completions.create({ model: 'gpt-5', messages: MESSAGES, ...body }, { headers });
}

const PORTKEY = {
  'x-portkey-config': JSON.stringify({
    strategy: { mode: 'fallback' },
    targets: [{ override_params: { model: 'gpt-5' } }, { override_params: { model: 'claude-haiku-4-5' } }],
  }),
};

const primary: Routed = { rung: 0, model: 'gpt-5-2025-08-07' };
const fallback: Routed = { rung: 1, model: 'claude-haiku-4-5' };

// LiteLLM counts a depth, ngrok attempts: neither is a place in a list.
test.each<[Gateway, number | undefined]>([
  ['litellm', undefined],
  ['cloudflare', 1],
  ['helicone', 1],
  ['bifrost', 1],
  ['ngrok', undefined],
  ['vercel', 1],
  ['azure_model_router', 1],
])(
  '%s tells of a fallback, and that the primary had failed; its primary is none without a chain',
  async (gateway, rank) => {
    server.script(via(gateway, primary));
    await ask({});
    expect(recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_ROUTE_TYPE]);
    for (const stream of [false, true]) {
      recorded.reset();
      server.script(via(gateway, fallback));
      const client = new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });
      const given = await client.chat.completions.create({ model: 'gpt-5', messages: MESSAGES, stream });
      if (Symbol.asyncIterator in given) for await (const _ of given);
      const { attributes } = recorded.span();
      expect(attributes).toMatchObject({
        [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
        [ATTR_LLM_FALLBACK_ROUTE_SOURCE]: 'gateway',
        [ATTR_LLM_FALLBACK_CHAIN_NAME]: `${gateway}:gpt-5`,
        [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude-haiku-4-5',
        [ATTR_LLM_FALLBACK_TRIGGER_REASON]: gateway === 'azure_model_router' ? 'rate_limit' : '_OTHER',
      });
      expect(attributes[ATTR_LLM_FALLBACK_TARGET_RANK]).toBe(rank);
      expect(recorded.failed().map((span) => span.attributes)).toMatchObject([
        {
          [ATTR_LLM_FALLBACK_CHAIN_NAME]: `${gateway}:gpt-5`,
          [ATTR_LLM_FALLBACK_TARGET_NAME]: 'gpt-5',
          [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'primary',
          [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error',
        },
      ]);
    }
  },
);

test("Azure's model router tells what failed before; the pool that it may choose from is no ladder", async () => {
  server.script(via('azure_model_router', fallback));
  await ask({ routing_config: { models: ['gpt-5', 'claude-haiku-4-5'] } });
  expect(recorded.span().attributes).toMatchObject({
    [ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE]: 'RateLimitReached',
    [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude-haiku-4-5',
  });
  expect(recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]);
});

test('portkey is believed only where its config is one of fallbacks', async () => {
  server.script(via('portkey', fallback), via('portkey', fallback));
  await ask({}, PORTKEY);
  expect(recorded.span().attributes[ATTR_LLM_FALLBACK_ROUTE_TYPE]).toBe('fallback');
  recorded.reset();
  await ask({});
  expect(recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_ROUTE_TYPE]);
});

test.each<Gateway>(['kong', 'vllm_semantic_router', 'openrouter'])(
  '%s may choose a model, which is no fallback',
  async (gateway) => {
    server.script(via(gateway, fallback));
    await ask({});
    expect(recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_ROUTE_TYPE]);
  },
);

test.each<[Gateway, string]>([
  ['litellm', 'exact'],
  ['portkey', 'exact'],
  ['cloudflare', 'exact'],
  ['helicone', 'exact'],
  ['kong', 'exact'],
  ['vllm_semantic_router', 'semantic'],
])('%s tells of its cache', async (gateway, type) => {
  server.script(via(gateway, { ...primary, cached: 'exact' }));
  await ask({});
  expect(recorded.span().attributes).toMatchObject({
    [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'cache',
    [ATTR_LLM_FALLBACK_CACHE_TYPE]: type,
  });
  // What is served from a cache is not paid for again.
  expect(recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_COST_AMOUNT]);
});

test.each<Gateway>(['litellm', 'openrouter', 'vercel'])(
  '%s reports a cost that stands above the price list',
  async (gateway) => {
    server.script(via(gateway, { ...primary, cost: 0.0042 }));
    await ask({});
    expect(recorded.span().attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_COST_AMOUNT]: 0.0042,
      [ATTR_LLM_FALLBACK_COST_SOURCE]: 'provider',
    });
  },
);

test('a cost of 0 is none: the price list has the word', async () => {
  server.script(via('litellm', { ...primary, cost: 0 }));
  await ask({});
  expect(recorded.span().attributes[ATTR_LLM_FALLBACK_COST_SOURCE]).toBe('local');
});

test('50 interleaved calls on kept-alive sockets are each told apart', async () => {
  server.otherwise((request) => {
    const step = via('litellm', Number(request.headers['x-number']) % 2 === 0 ? primary : fallback);
    return typeof step === 'function' ? step(request) : step;
  });
  await Promise.all(
    Array.from({ length: 50 }, (_, number) => ask({ model: `gpt-${number}` }, { 'x-number': `${number}` })),
  );
  server.otherwise();
  for (const { attributes } of recorded.spans()) {
    const even = Number(attributes[ATTR_GEN_AI_REQUEST_MODEL]?.toString().split('-').at(-1)) % 2 === 0;
    expect(attributes[ATTR_LLM_FALLBACK_ROUTE_TYPE]).toBe(even ? undefined : 'fallback');
  }
  expect(recorded.spans()).toHaveLength(50);
});
