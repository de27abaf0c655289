/** What calls cost, by the answers of providers and gateways in `test/fixtures/cases`, through the real clients over HTTP. */
import { readFileSync } from 'node:fs';
import { type Gateway, type ProviderServer, raw, startOpenAI, via } from '@warmspare/providers';
import {
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_MODEL,
  ATTR_LLM_FALLBACK_COST_SOURCE,
} from '@warmspare/semconv';
import { Anthropic } from 'anthropic1';
import { Groq } from 'groq-sdk';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Recorded, record } from './recorded.ts';

let server: ProviderServer;
let recorded: Recorded;
beforeAll(async () => {
  server = await startOpenAI();
  recorded = record();
  for (const Client of [OpenAI, Anthropic, Groq]) recorded.instrumentation.instrument(Client);
});
afterAll(async () => {
  recorded.close();
  await server.close();
});
beforeEach(() => recorded.reset());

type Fields = Readonly<Record<string, unknown>>;
type Headers = Readonly<Record<string, string>>;

const read = (file: string): string =>
  readFileSync(new URL(`../../fixtures/cases/answers/${file}`, import.meta.url), 'utf8');
const answerIn = (file: string): Fields => JSON.parse(read(file));
const events = (...all: readonly object[]): string => all.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');

/** The same answer as a stream: the tier is on each chunk, the usage on the last one. */
function streamed({ choices, usage, ...rest }: Fields): string {
  const chunk = { ...rest, object: 'chat.completion.chunk' };
  const [delta, end] = [{ delta: { content: 'ok' } }, { delta: {}, finish_reason: 'stop' }];
  return `${events(
    { ...chunk, choices: [{ index: 0, finish_reason: null, ...delta }] },
    { ...chunk, choices: [{ index: 0, ...end }] },
    { ...chunk, choices: [], usage },
  )}data: [DONE]\n\n`;
}

function answerWith(body: Fields | string, stream: boolean, headers: Headers = {}): void {
  const text = typeof body === 'string' ? body : stream ? streamed(body) : JSON.stringify(body);
  const type: Headers = stream ? { 'content-type': 'text/event-stream' } : {};
  server.script(raw({ status: 200, body: text, headers: { ...headers, ...type } }));
}

async function drained(given: unknown): Promise<void> {
  if (typeof given === 'object' && given !== null && Symbol.asyncIterator in given) {
    for await (const _ of given as AsyncIterable<unknown>);
  }
}

async function chat(body: Fields, headers: Headers = {}, Client: unknown = OpenAI): Promise<void> {
  const options = { apiKey: 'key', baseURL: `${server.url}${Client === OpenAI ? '/v1' : ''}`, maxRetries: 0 };
  const client = new (Client as typeof OpenAI)(options);
  await drained(await client.chat.completions.create({ model: 'gpt-5', messages: [], ...body } as never, { headers }));
}

function expectCost(dollars: number | undefined, source: 'provider' | 'local' = 'local'): void {
  const { attributes } = recorded.span();
  if (dollars === undefined) {
    expect(attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_COST_AMOUNT]);
    expect(attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_COST_MODEL]);
    expect(attributes[ATTR_GEN_AI_USAGE_INPUT_TOKENS]).toBeGreaterThan(0);
  } else {
    expect(attributes[ATTR_LLM_FALLBACK_COST_AMOUNT]).toBeCloseTo(dollars, 12);
    expect(attributes[ATTR_LLM_FALLBACK_COST_SOURCE]).toBe(source);
  }
}

describe.each([false, true])('streamed: %s', (stream) => {
  test("with the user's own key at OpenRouter the provider's charge is the cost", async () => {
    answerWith(answerIn('chat-byok-zero.json'), stream);
    await chat({ model: 'openai/gpt-4.1', stream });
    expectCost(0.0360795, 'provider');
  });

  test("OpenRouter's fee for a key of the user's own comes on top", async () => {
    const answer = answerIn('chat-byok-zero.json');
    answerWith({ ...answer, usage: { ...(answer.usage as Fields), cost: 0.001 } }, stream);
    await chat({ model: 'openai/gpt-4.1', stream });
    expectCost(0.0370795, 'provider');
  });

  test.each<[string, Fields]>([
    ["the provider's charge is not told", { is_byok: true, cost: 0 }],
    ["the provider's charge is null", { is_byok: true, cost: 0.001, cost_details: { upstream_inference_cost: null } }],
    ['it says nothing of the key', { cost: 0 }],
  ])('a cost of 0 or a fee is no cost where %s', async (_why, said) => {
    const usage = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100, ...said };
    answerWith({ ...answerIn('chat-byok-zero.json'), usage }, stream);
    await chat({ model: 'openai/gpt-4.1', stream });
    expectCost(undefined);
  });

  test('what is free costs 0', async () => {
    answerWith(answerIn('chat-free-zero.json'), stream);
    await chat({ model: 'meta-llama/llama-3.3-70b-instruct:free', stream });
    expectCost(0, 'provider');
  });

  test("the tier's price: flex is half of the list's", async () => {
    answerWith(answerIn('chat-tier-flex.json'), stream);
    await chat({ model: 'gpt-5-nano', service_tier: 'flex', stream });
    expectCost((1000 * 0.05 + 100 * 0.4) / 2e6);
  });

  test.each(['priority', 'scale', 'some-new-tier'])(
    "no price for the tier %s, rather than the list's",
    async (tier) => {
      answerWith({ ...answerIn('chat-tier-priority.json'), service_tier: tier }, stream);
      await chat({ model: 'gpt-5-nano', stream });
      expectCost(undefined);
    },
  );

  test.each<[string, Fields, Fields]>([
    ['the answer says that the tier was not granted', { service_tier: 'priority' }, { service_tier: 'default' }],
    ['the request leaves the tier open and the answer says none', { service_tier: 'auto' }, { service_tier: null }],
    ['nobody says any', {}, { service_tier: undefined }],
  ])("the list's price where %s", async (_why, asked, given) => {
    answerWith({ ...answerIn('chat-tier-priority.json'), ...given }, stream);
    await chat({ model: 'gpt-5-nano', ...asked, stream });
    expectCost((1000 * 0.05 + 100 * 0.4) / 1e6);
  });

  test.each<[string, number | undefined]>([
    ['flex', 1000 * 0.59 + 100 * 0.79],
    ['on_demand', 1000 * 0.59 + 100 * 0.79],
    ['performance', undefined],
  ])("Groq's tier %s", async (tier, micros) => {
    answerWith({ ...answerIn('chat-tier-flex.json'), model: 'llama-3.3-70b-versatile', service_tier: tier }, stream);
    await chat({ model: 'llama-3.3-70b-versatile', service_tier: tier, stream }, {}, Groq);
    expectCost(micros === undefined ? undefined : micros / 1e6);
  });

  test('tokens of audio have no price of text', async () => {
    const usage = { prompt_tokens: 1000, completion_tokens: 100, prompt_tokens_details: { audio_tokens: 900 } };
    answerWith({ ...answerIn('chat-tier-flex.json'), model: 'gpt-audio', service_tier: 'default', usage }, stream);
    await chat({ model: 'gpt-audio', stream });
    expectCost(undefined);
  });

  test.each<[string, Fields, Fields, number | undefined]>([
    ['the default tier', {}, { service_tier: 'default' }, 1000 * 0.05 + 100 * 0.4],
    ['flex', { service_tier: 'flex' }, { service_tier: 'flex' }, (1000 * 0.05 + 100 * 0.4) / 2],
    ['priority', {}, { service_tier: 'priority' }, undefined],
    ['a search in the web', {}, { output: [{ type: 'web_search_call', id: 'ws_1' }] }, undefined],
    ['a call of a function', {}, { output: [{ type: 'function_call', name: 'f' }] }, 1000 * 0.05 + 100 * 0.4],
  ])('Responses, %s', async (_what, asked, given, micros) => {
    const usage = { input_tokens: 1000, output_tokens: 100, total_tokens: 1100 };
    const response = { object: 'response', status: 'completed', model: 'gpt-5-nano', output: [], usage, ...given };
    answerWith(stream ? events({ type: 'response.completed', response }) : response, stream);
    const client = new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });
    await drained(await client.responses.create({ model: 'gpt-5-nano', input: '', ...asked, stream } as never));
    expectCost(micros === undefined ? undefined : micros / 1e6);
  });

  const LISTED = 1000 * 5 + 100 * 25;
  test.each<[string, Fields, Fields, number | undefined]>([
    ['standard', {}, { service_tier: 'standard', inference_geo: 'global', speed: 'standard' }, LISTED],
    ['an older model', {}, { service_tier: 'standard', inference_geo: 'not_available' }, LISTED],
    ['priority', {}, { service_tier: 'priority' }, undefined],
    ['batch', {}, { service_tier: 'batch' }, undefined],
    ['inference in the US alone', {}, { service_tier: 'standard', inference_geo: 'us' }, LISTED * 1.1],
    ['another region', {}, { service_tier: 'standard', inference_geo: 'eu' }, undefined],
    ['fast mode', {}, { service_tier: 'standard', speed: 'fast' }, undefined],
    ['fast mode that only the request names', { speed: 'fast' }, { service_tier: 'standard' }, undefined],
    ['searches in the web', {}, { server_tool_use: { web_search_requests: 2 } }, undefined],
    [
      'an advisor',
      {},
      { iterations: [{ type: 'message' }, { type: 'advisor_message', model: 'claude-opus-5-5' }] },
      undefined,
    ],
    ['a fallback of its own', {}, { iterations: [{ type: 'message' }, { type: 'fallback_message' }] }, undefined],
    ['turns of one model', {}, { iterations: [{ type: 'message' }, { type: 'message' }] }, LISTED],
    ['no searches', {}, { server_tool_use: { web_search_requests: 0 } }, LISTED],
  ])('Anthropic, %s', async (_what, asked, said, micros) => {
    const usage = { input_tokens: 1000, output_tokens: 100, ...said };
    const message = { id: 'm', type: 'message', role: 'assistant', model: 'claude-opus-4-7', content: [], usage };
    const start = { type: 'message_start', message: { ...message, usage: { ...usage, output_tokens: 1 } } };
    const delta = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 100 } };
    const all = [start, delta, { type: 'message_stop' }].map((event) => `event: ${event.type}\n${events(event)}`);
    answerWith(stream ? all.join('') : { ...message, stop_reason: 'end_turn' }, stream);
    const client = new Anthropic({ apiKey: 'key', baseURL: server.url, maxRetries: 0 });
    const body = { model: 'claude-opus-4-7', max_tokens: 9, messages: [], ...asked, stream };
    await drained(await client.messages.create(body as never));
    expectCost(micros === undefined ? undefined : micros / 1e6);
  });

  const usage = { prompt_tokens: 35, completion_tokens: 8, total_tokens: 43 };
  const claude = {
    ...answerIn('chat-tier-flex.json'),
    model: 'claude-haiku-4-5-20251001',
    service_tier: undefined,
    usage,
  };
  const OF_PORTKEY = {
    'x-portkey-last-used-option-index': 'config.targets[1]',
    'x-portkey-cache-status': 'DISABLED',
    'x-portkey-retry-attempt-count': '0',
    'x-portkey-trace-id': '',
  };

  test("a model of another provider, served through Portkey, has that provider's price", async () => {
    answerWith(claude, stream, { ...OF_PORTKEY, 'x-portkey-provider': 'anthropic' });
    await chat({ stream });
    expectCost((35 * 1 + 8 * 5) / 1e6);
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_COST_MODEL]).toBe('claude-haiku-4-5');
  });

  test.each<[string, Headers]>([
    ['the gateway names a provider of unknown prices', { ...OF_PORTKEY, 'x-portkey-provider': 'my-own-cluster' }],
    ['nobody names its provider', {}],
  ])(
    'a model of another provider has no price where %s, least of all that of the model asked for',
    async (_w, told) => {
      answerWith(claude, stream, told);
      await chat({ stream });
      expectCost(undefined);
    },
  );

  const OF_LITELLM = {
    'x-litellm-call-id': '238c049f-bc21-4b71-8a49-3b2887ff6c33',
    'x-litellm-attempted-fallbacks': '0',
    'x-litellm-model-group': 'fast',
  };
  test.each<[string, Headers, number | undefined]>([
    ['the deployment', { 'x-litellm-model-name': 'openai/gpt-4.1-mini' }, (35 * 0.4 + 8 * 1.6) / 1e6],
    [
      'a deployment, and a cost of 0',
      { 'x-litellm-model-name': 'hosted_vllm/llama', 'x-litellm-response-cost': '0.0' },
      undefined,
    ],
    ['nothing but its alias', {}, undefined],
  ])('LiteLLM rewrites the model to its alias: priced where it names %s', async (_what, told, dollars) => {
    answerWith({ ...claude, model: 'fast' }, stream, { ...OF_LITELLM, ...told });
    await chat({ model: 'fast', stream });
    expectCost(dollars);
  });
});

// None of them reports a cost here.
test.each<[Gateway, boolean]>([
  ['portkey', true],
  ['bifrost', true],
  ['kong', true],
  ['vercel', true],
  ['litellm', false],
  ['cloudflare', false],
  ['helicone', false],
  ['ngrok', false],
  ['vllm_semantic_router', false],
  ['openrouter', false],
])("behind %s a fallback has the served model's price where its provider is named: %s", async (gateway, named) => {
  server.script(via(gateway, { rung: 1, model: 'claude-haiku-4-5' }, { tokens: { input: 35, output: 8 } }));
  await chat({ model: 'gpt-5' });
  expectCost(named ? (35 * 1 + 8 * 5) / 1e6 : undefined);
});

test('a stream that a fallback of LiteLLM finished costs what LiteLLM reports of it, not what the primary would', async () => {
  answerWith(read('litellm-midstream-fallback.sse'), true, {
    'x-litellm-call-id': '238c049f-bc21-4b71-8a49-3b2887ff6c33',
    'x-litellm-attempted-fallbacks': '0',
    'x-litellm-model-group': 'defl',
    'x-litellm-model-name': 'openai/o3',
  });
  await chat({ model: 'defl', stream: true, stream_options: { include_usage: true } });
  expectCost(0.0000252, 'provider');
  expect(recorded.span().attributes).toHaveProperty([ATTR_GEN_AI_RESPONSE_MODEL]);
});

test('setConfig() counts from the next call on', async () => {
  const { instrumentation } = recorded;
  const before = instrumentation.getConfig();
  instrumentation.setConfig({ ...before, price: () => ({ amount: 7, currency: 'USD' }) });
  const body = JSON.stringify({ model: 'gpt-5', choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } });
  server.script(raw({ status: 200, body }));
  await chat({});
  expectCost(7);
  instrumentation.setConfig(before);
});
