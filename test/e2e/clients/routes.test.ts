/** Which route served, from what requests declare and providers say; on the wire. */
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  answer,
  fail,
  type ProviderServer,
  servedByFallback,
  startAnthropic,
  startOpenAI,
  via,
} from '@warmspare/providers';
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
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
import { withChainName } from '../../../instrumentation/src/base/chain-name.ts';
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
    [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'refusal',
  });
  expect(refused()).toEqual(['claude-opus-4-5 0 refused']);
});

/** Targets that declined before the one that served. */
function refused(): readonly string[] {
  return recorded
    .failed()
    .map(({ attributes }) =>
      [ATTR_LLM_FALLBACK_TARGET_NAME, ATTR_LLM_FALLBACK_TARGET_RANK, ATTR_LLM_FALLBACK_CALL_OUTCOME]
        .map((name) => attributes[name])
        .join(' '),
    );
}

test("Anthropic's own list is one target, whichever of its models served", async () => {
  const client = new Anthropic({ apiKey: 'key', baseURL: claude.url, maxRetries: 0 });
  claude.script(servedByFallback('claude-sonnet-4-5'));
  await client.beta.messages.create({
    model: 'claude-opus-4-5',
    max_tokens: 10,
    messages: MESSAGES,
    fallbacks: 'default',
  } as never);
  expect(recorded.span().attributes).toMatchObject({
    [ATTR_LLM_FALLBACK_TARGET_NAME]: 'default',
    [ATTR_LLM_FALLBACK_TARGET_RANK]: 1,
  });
});

test("the fallbacks of Anthropic's refusal middleware are known before they serve, and told when they do", async () => {
  // As a module's exports are through the hook of an ESM app.
  const exported = { ...anthropic };
  const undo = patchRefusalMiddleware(exported);
  const middleware = [
    exported.betaRefusalFallbackMiddleware([{ model: 'claude-haiku-4-5' }, { model: 'claude-sonnet-4-5' }] as never),
  ];
  undo();
  const client = new Anthropic({ apiKey: 'key', baseURL: claude.url, maxRetries: 0, middleware });
  const ask = async (): Promise<void> => {
    await client.beta.messages.create({ model: 'claude-opus-4-5', max_tokens: 10, messages: MESSAGES });
  };
  await ask();
  expect(recorded.span().attributes).toMatchObject({
    [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['claude-opus-4-5', 'claude-haiku-4-5', 'claude-sonnet-4-5'],
    [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'primary',
  });
  recorded.reset();
  claude.script(answer({ text: 'No.', finish: 'refusal' }), answer('fine'));
  await ask();
  expect(recorded.span().attributes).toMatchObject({
    [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
    [ATTR_LLM_FALLBACK_ROUTE_SOURCE]: 'provider',
    [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude-haiku-4-5',
    [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'refusal',
    [ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE]: 'refused',
  });
  expect(refused()).toEqual(['claude-opus-4-5 0 refused']);
  recorded.reset();
  // It declines, too: the next one serves.
  claude.script(answer({ text: 'No.', finish: 'refusal' }), answer({ text: 'No.', finish: 'refusal' }), answer('fine'));
  await ask();
  expect(recorded.span().attributes).toMatchObject({ [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude-sonnet-4-5' });
  expect(refused()).toEqual(['claude-opus-4-5 0 refused', 'claude-haiku-4-5 1 refused']);
});
