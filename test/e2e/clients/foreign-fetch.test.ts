/** Clients that are not patched, on Node's own fetch: what gateways say reaches the LLM span around the request. */
import { context, type DiagLogger, diag, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type ProviderServer, startOpenAI, via } from '@warmspare/providers';
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
} from '@warmspare/semconv';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Recorded, record } from './recorded.ts';

let server: ProviderServer;
let recorded: Recorded;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  server = await startOpenAI();
  recorded = record();
});
afterAll(async () => {
  recorded.close();
  context.disable();
  diag.disable();
  await server.close();
});
beforeEach(() => recorded.reset());

/** A call as a tracing framework makes it, with a span of its own. */
async function call(model: string): Promise<void> {
  const attributes = { [ATTR_GEN_AI_OPERATION_NAME]: 'chat', [ATTR_GEN_AI_REQUEST_MODEL]: model };
  const span = recorded.provider.getTracer('some-framework').startSpan(`chat ${model}`, { attributes });
  await context.with(trace.setSpan(context.active(), span), async () => {
    const body = JSON.stringify({ model, messages: [] });
    const headers = { 'content-type': 'application/json' };
    await (await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', headers, body })).json();
  });
  span.end();
}

test('50 interleaved calls on kept-alive sockets each get their own route and cost', async () => {
  server.otherwise((request) => {
    const number = Number(String(request.body.model).slice('model-'.length));
    const step = via('litellm', { rung: number % 2, model: `served-${number}`, cost: number + 1 });
    return typeof step === 'function' ? step(request) : step;
  });
  await Promise.all(Array.from({ length: 50 }, (_, number) => call(`model-${number}`)));
  server.otherwise();
  expect(recorded.spans()).toHaveLength(50);
  for (const { attributes } of recorded.spans()) {
    const number = Number(String(attributes[ATTR_GEN_AI_REQUEST_MODEL]).slice('model-'.length));
    expect(attributes[ATTR_LLM_FALLBACK_COST_AMOUNT]).toBe(number + 1);
    expect(attributes[ATTR_LLM_FALLBACK_ROUTE_TYPE]).toBe(number % 2 === 1 ? 'fallback' : undefined);
    expect(attributes[ATTR_LLM_FALLBACK_TARGET_NAME]).toBe(number % 2 === 1 ? `served-${number}` : undefined);
  }
});

test('a client that was loaded past the hooks is told of once', async () => {
  const silent = (): void => {};
  const warn = vi.fn<DiagLogger['warn']>();
  diag.setLogger({ error: silent, warn, info: silent, debug: silent, verbose: silent });
  warn.mockClear();
  const client = new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1` });
  await client.chat.completions.create({ model: 'gpt-5', messages: [] });
  await client.chat.completions.create({ model: 'gpt-5', messages: [] });
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0]?.[0]).toContain('instrument(OpenAI)');
});

test('what failed on the way is told once, whether the client inside is patched or not', async () => {
  const told = async (ask: (model: string) => Promise<void>): Promise<readonly unknown[]> => {
    recorded.reset();
    server.script(via('litellm', { rung: 1, model: 'served' }));
    await ask('asked');
    return recorded.failed().map(({ attributes }) => attributes[ATTR_LLM_FALLBACK_TARGET_NAME]);
  };
  expect(await told(call)).toEqual([]);
  expect(recorded.messages.map(({ name }) => name)).toEqual(['litellm:asked asked']);
  recorded.instrumentation.instrument(OpenAI);
  const client = new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });
  const patched = async (model: string): Promise<void> => {
    const attributes = { [ATTR_GEN_AI_OPERATION_NAME]: 'chat', [ATTR_GEN_AI_REQUEST_MODEL]: model };
    const span = recorded.provider.getTracer('some-framework').startSpan(`chat ${model}`, { attributes });
    await context.with(trace.setSpan(context.active(), span), () =>
      client.chat.completions.create({ model, messages: [] }),
    );
    span.end();
  };
  expect(await told(patched)).toEqual(['asked']);
  expect(recorded.messages.map(({ name }) => name).toSorted()).toEqual(['chat asked', 'litellm:asked asked']);
});
