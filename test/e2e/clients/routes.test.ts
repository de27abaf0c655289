/** Which route served, from what requests declare, gateways and providers say, and failures leave behind; on the wire. */

import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  answer,
  fail,
  type Gateway,
  type ProviderServer,
  type Routed,
  servedByFallback,
  startAnthropic,
  startOpenAI,
  via,
} from '@warmspare/providers';
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_CACHE_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_SOURCE,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
} from '@warmspare/semconv';
import * as anthropic from 'anthropic1';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withChainName } from '../../../instrumentation/src/chain-name.ts';
import { patchRefusalMiddleware } from '../../../instrumentation/src/clients/refusal-middleware.ts';
import { type Recorded, record } from './recorded.ts';

const { Anthropic } = anthropic;
const MESSAGES = [{ role: 'user' as const, content: 'hello' }];

let server: ProviderServer;
let claude: ProviderServer;
let recorded: Recorded;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  server = await startOpenAI();
  claude = await startAnthropic();
  recorded = record();
  recorded.instrumentation.instrument(OpenAI);
  recorded.instrumentation.instrument(Anthropic);
});
afterAll(async () => {
  recorded.close();
  await server.close();
  await claude.close();
  context.disable();
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

describe('declarations', () => {
  test.each([
    ['models[]', 'openrouter:gpt-5', { models: ['claude-haiku-4-5'] }, {}],
    ['fallbacks of strings', 'litellm:gpt-5', { fallbacks: ['claude-haiku-4-5'] }, {}],
    ['fallbacks of objects', 'litellm:gpt-5', { fallbacks: [{ model: 'claude-haiku-4-5' }] }, {}],
    [
      'models of the Vercel gateway',
      'vercel:gpt-5',
      { providerOptions: { gateway: { models: ['claude-haiku-4-5'] } } },
      {},
    ],
    ['a Portkey config', 'portkey:gpt-5', {}, PORTKEY],
    ['a Helicone list', 'helicone:gpt-5', { model: 'gpt-5, claude-haiku-4-5' }, {}],
  ])("%s are known from the primary's first call", async (_name, chain, body, headers) => {
    server.script(answer({ model: 'gpt-5-2025-08-07' }));
    await ask(body, headers);
    expect(recorded.span().attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: chain,
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt-5', 'claude-haiku-4-5'],
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback'],
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'primary',
      [ATTR_LLM_FALLBACK_ROUTE_SOURCE]: 'declared',
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'gpt-5',
      [ATTR_LLM_FALLBACK_TARGET_RANK]: 0,
    });
  });

  test("models[] to ngrok's gateway are its chain, not OpenRouter's", async () => {
    const fetch = async (): Promise<Response> =>
      Response.json({ model: 'gpt-5', choices: [{ index: 0, finish_reason: 'stop', message: { content: 'x' } }] });
    const client = new OpenAI({ apiKey: 'key', baseURL: 'https://mine.ngrok.app/v1', fetch, maxRetries: 0 });
    await client.chat.completions.create({ model: 'gpt-5', messages: MESSAGES, models: ['claude-haiku-4-5'] } as {
      model: string;
      messages: typeof MESSAGES;
    });
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CHAIN_NAME]).toBe('ngrok:gpt-5');
  });

  test("the user's name for the chain stands above the one that is made, for as long as it is around", async () => {
    server.script(answer({ model: 'gpt-5-2025-08-07' }), via('litellm', { rung: 1, model: 'claude-haiku-4-5' }));
    await withChainName('summarize', () => ask({ models: ['claude-haiku-4-5'] }));
    expect(recorded.span().attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize',
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt-5', 'claude-haiku-4-5'],
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'primary',
    });
    recorded.reset();
    await withChainName('summarize', () => ask({}));
    expect(recorded.span().attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize',
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
    });
    recorded.reset();
    await withChainName('summarize', () => ask({}));
    await ask({});
    for (const { attributes } of recorded.spans())
      expect(attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_CHAIN_NAME]);
  });

  test('a declared model that served is the fallback, whatever its date', async () => {
    server.script(answer({ model: 'anthropic/claude-haiku-4.5-20251001' }));
    await ask({ models: ['claude-haiku-4-5'] });
    expect(recorded.span().attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
      [ATTR_LLM_FALLBACK_ROUTE_SOURCE]: 'declared',
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude-haiku-4-5',
      [ATTR_LLM_FALLBACK_TARGET_RANK]: 1,
    });
  });

  test('a failure of a request with fallbacks is recorded of its chain', async () => {
    server.script(fail('unavailable'));
    await expect(ask({ models: ['claude-haiku-4-5'] })).rejects.toThrow();
    expect(recorded.span().attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'openrouter:gpt-5',
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'primary',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error',
    });
  });

  test('without any declaration, an alias, a date or another model is no route', async () => {
    for (const model of ['gpt-5-2025-08-07', 'something-else']) {
      recorded.reset();
      server.script(answer({ model }));
      await ask({});
      expect(recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_ROUTE_TYPE]);
      expect(recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_CHAIN_NAME]);
    }
  });
});

describe('gateways', () => {
  const primary: Routed = { rung: 0, model: 'gpt-5-2025-08-07' };
  const fallback: Routed = { rung: 1, model: 'claude-haiku-4-5' };

  test.each<Gateway>(['litellm', 'cloudflare', 'helicone', 'bifrost', 'ngrok', 'vercel', 'azure_model_router'])(
    '%s tells of a fallback, and its primary is none without a chain',
    async (gateway) => {
      for (const stream of [false, true]) {
        recorded.reset();
        server.script(via(gateway, fallback));
        const client = new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });
        const given = await client.chat.completions.create({ model: 'gpt-5', messages: MESSAGES, stream });
        if (Symbol.asyncIterator in given) for await (const _ of given);
        expect(recorded.span().attributes).toMatchObject({
          [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
          [ATTR_LLM_FALLBACK_ROUTE_SOURCE]: 'gateway',
          [ATTR_LLM_FALLBACK_CHAIN_NAME]: `${gateway}:gpt-5`,
          [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude-haiku-4-5',
          [ATTR_LLM_FALLBACK_TARGET_RANK]: 1,
          [ATTR_LLM_FALLBACK_TRIGGER_REASON]: gateway === 'azure_model_router' ? 'rate_limit' : '_OTHER',
        });
      }
      recorded.reset();
      server.script(via(gateway, primary));
      await ask({});
      expect(recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_ROUTE_TYPE]);
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
});

test("Anthropic's own fallbacks are the provider's word", async () => {
  const client = new Anthropic({ apiKey: 'key', baseURL: claude.url, maxRetries: 0 });
  const body = {
    model: 'claude-opus-4-5',
    max_tokens: 10,
    messages: MESSAGES,
    fallbacks: [{ model: 'claude-haiku-4-5' }],
  };
  claude.script(servedByFallback('claude-haiku-4-5'));
  await client.beta.messages.create(body as never);
  expect(recorded.span().attributes).toMatchObject({
    [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'anthropic:claude-opus-4-5',
    [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
    [ATTR_LLM_FALLBACK_ROUTE_SOURCE]: 'provider',
    [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude-haiku-4-5',
    [ATTR_LLM_FALLBACK_TARGET_RANK]: 1,
  });
});

test("the fallbacks of Anthropic's refusal middleware are known before they serve, and told when they do", async () => {
  // As a module's exports are through the hook of an ESM app.
  const exported = { ...anthropic };
  const undo = patchRefusalMiddleware(exported);
  const middleware = [exported.betaRefusalFallbackMiddleware([{ model: 'claude-haiku-4-5' }] as never)];
  undo();
  const client = new Anthropic({ apiKey: 'key', baseURL: claude.url, maxRetries: 0, middleware });
  const ask = async (): Promise<void> => {
    await client.beta.messages.create({ model: 'claude-opus-4-5', max_tokens: 10, messages: MESSAGES });
  };
  await ask();
  expect(recorded.span().attributes).toMatchObject({
    [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['claude-opus-4-5', 'claude-haiku-4-5'],
    [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'primary',
  });
  recorded.reset();
  claude.script(answer({ text: 'No.', finish: 'refusal' }), answer('fine'));
  await ask();
  expect(recorded.span().attributes).toMatchObject({
    [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
    [ATTR_LLM_FALLBACK_ROUTE_SOURCE]: 'provider',
    [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude-haiku-4-5',
  });
});

describe('a hand-written try and catch', () => {
  const inScope = <T>(fn: () => Promise<T>): Promise<T> => {
    const span = recorded.provider.getTracer('app').startSpan('handle ticket');
    return context.with(trace.setSpan(context.active(), span), fn);
  };

  test('a failure, then a success on another model under the same parent, is a fallback', async () => {
    server.script(fail('unavailable'), answer('fine'));
    await inScope(() => ask({}).catch(() => ask({ model: 'gpt-5-mini' })));
    const [failed, served] = recorded.spans();
    expect(failed?.attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_ROUTE_TYPE]);
    expect(served?.attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
      [ATTR_LLM_FALLBACK_ROUTE_SOURCE]: 'inferred',
      [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'error',
      [ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE]: expect.any(String),
      [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: expect.any(Number),
    });
  });

  test.each([
    ['a retry of the same model', { model: 'gpt-5' }],
    ['a dated name of the same model', { model: 'gpt-5-2025-08-07' }],
  ])('%s is no fallback', async (_name, again) => {
    server.script(fail('unavailable'), answer('fine'));
    await inScope(() => ask({}).catch(() => ask(again)));
    expect(recorded.spans()[1]?.attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_ROUTE_TYPE]);
  });

  test('the next piece of work in the scope is no fallback any more', async () => {
    server.script(fail('unavailable'), answer('fine'), answer('fine'));
    await inScope(async () => {
      await ask({}).catch(() => ask({ model: 'gpt-5-mini' }));
      await ask({ model: 'gpt-5-nano' });
    });
    expect(recorded.spans()[2]?.attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_ROUTE_TYPE]);
  });

  test('inside one LLM span of another tracer, the first call takes that span and the fallback has its own', async () => {
    const span = recorded.provider
      .getTracer('app')
      .startSpan('summarise', { attributes: { [ATTR_GEN_AI_OPERATION_NAME]: 'chat' } });
    server.script(fail('unavailable'), answer('fine'));
    await context.with(trace.setSpan(context.active(), span), () => ask({}).catch(() => ask({ model: 'gpt-5-mini' })));
    span.end();
    const outcomes = recorded.spans().map(({ name, attributes }) => [name, attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]]);
    expect(outcomes).toEqual([
      ['chat gpt-5-mini', 'success'],
      ['summarise', 'error'],
    ]);
  });

  test('other scopes are other work', async () => {
    server.script(fail('unavailable'), answer('fine'));
    await inScope(() => ask({}).catch(() => undefined));
    await inScope(() => ask({ model: 'gpt-5-mini' }));
    expect(recorded.spans()[1]?.attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_ROUTE_TYPE]);
  });
});
