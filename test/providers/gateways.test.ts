import Groq from 'groq-sdk';
import OpenAI, { AzureOpenAI, NotFoundError } from 'openai7';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, type Gateway, type ProviderServer, type Routed, startGroq, startOpenAI, via } from './index.ts';

let server: ProviderServer;

beforeEach(async () => {
  server = await startOpenAI();
});
afterEach(() => server.close());

const messages = [{ role: 'user' as const, content: 'Hi' }];

async function ask(gateway: Gateway, routed: Routed): Promise<{ headers: Headers; body: OpenAI.ChatCompletion }> {
  const client = new OpenAI({ apiKey: 'sk-local', baseURL: `${server.url}/v1`, maxRetries: 0 });
  server.script(via(gateway, routed, { text: 'served' }));
  const { data, response } = await client.chat.completions.create({ model: 'gpt-5', messages }).withResponse();
  expect(data.choices[0]?.message.content).toBe('served');
  return { headers: response.headers, body: data };
}

describe('a gateway tells which rung served', () => {
  const primary: Routed = { rung: 0, model: 'gpt-5-2025-08-07' };
  const fallback: Routed = { rung: 1, model: 'claude-haiku-4-5' };
  const cases: readonly [Gateway, string, string | null, string][] = [
    ['litellm', 'x-litellm-attempted-fallbacks', '0', '1'],
    ['portkey', 'x-portkey-last-used-option-index', 'config.targets[0]', 'config.targets[1]'],
    ['cloudflare', 'cf-aig-step', '0', '1'],
    ['helicone', 'helicone-fallback-index', '0', '1'],
    ['bifrost', 'x-bifrost-fallback-index', null, '1'],
    ['bifrost', 'x-bifrost-routing-info-is-fallback', 'false', 'true'],
    ['ngrok', 'ngrok-aig-attempts', '1', '2'],
    ['ngrok', 'ngrok-aig-model', 'gpt-5-2025-08-07', 'claude-haiku-4-5'],
    ['kong', 'x-kong-llm-model', 'openai/gpt-5-2025-08-07', 'anthropic/claude-haiku-4-5'],
    ['vllm_semantic_router', 'x-vsr-selected-model', 'gpt-5-2025-08-07', 'claude-haiku-4-5'],
  ];
  it.each(cases)('%s in %s', async (gateway, header, onPrimary, onFallback) => {
    expect((await ask(gateway, primary)).headers.get(header)).toBe(onPrimary);
    expect((await ask(gateway, fallback)).headers.get(header)).toBe(onFallback);
  });

  it('litellm names the requested model in the body unless a fallback ran', async () => {
    expect((await ask('litellm', primary)).body.model).toBe('gpt-5');
    expect((await ask('litellm', fallback)).body.model).toBe('claude-haiku-4-5');
  });

  it('openrouter names the served model in the body', async () => {
    expect((await ask('openrouter', fallback)).body.model).toBe('claude-haiku-4-5');
  });

  it('vercel keeps the requested model in the body and tells in the metadata of the message, streams included', async () => {
    const { body } = await ask('vercel', { ...fallback, cost: 0.002 });
    expect(body.model).toBe('gpt-5');
    const metadata = {
      gateway: {
        cost: '0.002',
        routing: { originalModelId: 'gpt-5', modelAttempts: [{ success: false }, { success: true }] },
      },
    };
    expect(body.choices[0]?.message).toMatchObject({ provider_metadata: metadata });
    const client = new OpenAI({ apiKey: 'sk-local', baseURL: `${server.url}/v1`, maxRetries: 0 });
    server.script(via('vercel', { ...fallback, cost: 0.002 }));
    const chunks = await Array.fromAsync(
      await client.chat.completions.create({ model: 'gpt-5', messages, stream: true }),
    );
    expect(chunks.at(-1)?.choices[0]?.delta).toMatchObject({ provider_metadata: metadata });
  });
});

describe('a gateway tells of its cache', () => {
  const cases: readonly [Gateway, string, string | null, string, string][] = [
    ['litellm', 'x-litellm-cache-key', null, 'f1d2d2f924e986ac86fdf7b36c94bcdf', 'f1d2d2f924e986ac86fdf7b36c94bcdf'],
    ['portkey', 'x-portkey-cache-status', 'MISS', 'HIT', 'SEMANTIC HIT'],
    ['cloudflare', 'cf-aig-cache-status', 'MISS', 'HIT', 'HIT'],
    ['helicone', 'helicone-cache', 'MISS', 'HIT', 'HIT'],
    ['kong', 'x-cache-status', 'Miss', 'Hit', 'Hit'],
    ['vllm_semantic_router', 'x-vsr-cache-hit', null, 'true', 'true'],
  ];
  it.each(cases)('%s in %s', async (gateway, header, miss, exact, semantic) => {
    const routed: Routed = { rung: 0, model: 'gpt-5' };
    expect((await ask(gateway, routed)).headers.get(header)).toBe(miss);
    expect((await ask(gateway, { ...routed, cached: 'exact' })).headers.get(header)).toBe(exact);
    expect((await ask(gateway, { ...routed, cached: 'semantic' })).headers.get(header)).toBe(semantic);
  });
});

describe('a gateway tells the cost', () => {
  it('litellm in a header, openrouter in the usage, beside the tokens', async () => {
    expect(
      (await ask('litellm', { rung: 0, model: 'gpt-5', cost: 0.0031 })).headers.get('x-litellm-response-cost'),
    ).toBe('0.0031');
    const { usage } = (await ask('openrouter', { rung: 0, model: 'openai/gpt-5', cost: 0.0031 })).body;
    expect(usage).toMatchObject({ cost: 0.0031, completion_tokens: 2 });
  });

  it('openrouter adds its metadata only where the request asks for it', async () => {
    expect((await ask('openrouter', { rung: 0, model: 'openai/gpt-5' })).body).not.toHaveProperty(
      'openrouter_metadata',
    );
    const client = new OpenAI({
      apiKey: 'sk-local',
      baseURL: server.url,
      defaultHeaders: { 'X-OpenRouter-Metadata': 'enabled' },
    });
    server.script(via('openrouter', { rung: 1, model: 'anthropic/claude-haiku-4.5' }));
    const body = await client.chat.completions.create({ model: 'openai/gpt-5', messages });
    expect(body).toMatchObject({ openrouter_metadata: { requested: 'openai/gpt-5', attempt: 2 } });
  });
});

describe('the same API elsewhere', () => {
  it('Azure answers under a deployment with the model behind it, and with errors in its own words', async () => {
    const azure = new AzureOpenAI({
      apiKey: 'local',
      endpoint: server.url,
      apiVersion: '2024-10-21',
      deployment: 'support',
      maxRetries: 0,
    });
    const { data, response } = await azure.chat.completions.create({ model: 'support', messages }).withResponse();
    expect(data.model).toBe('gpt-5-2025-08-07');
    expect(response.headers.get('x-ms-deployment-name')).toBe('support');
    expect(server.requests[0]?.path).toBe('/openai/deployments/support/chat/completions?api-version=2024-10-21');
    server.script(fail('model_not_found'));
    const error = await azure.chat.completions
      .create({ model: 'support', messages })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ code: 'DeploymentNotFound' });
  });

  it('Groq answers its own client under /openai/v1, whole and as a stream', async () => {
    const groq = await startGroq();
    try {
      const client = new Groq({ apiKey: 'gsk_local', baseURL: groq.url, maxRetries: 0 });
      const body = await client.chat.completions.create({ model: 'llama-3.3-70b-versatile', messages });
      expect(body).toMatchObject({ model: 'llama-3.3-70b-versatile', usage: { total_time: 0.042 }, x_groq: {} });
      expect(groq.requests[0]?.path).toBe('/openai/v1/chat/completions');
      const chunks = await Array.fromAsync(
        await client.chat.completions.create({ model: 'm', messages, stream: true }),
      );
      expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(
        'Hello! How can I help you today?',
      );
      groq.script(fail('rate_limit'));
      await expect(client.chat.completions.create({ model: 'm', messages })).rejects.toBeInstanceOf(
        Groq.RateLimitError,
      );
    } finally {
      await groq.close();
    }
  });
});
