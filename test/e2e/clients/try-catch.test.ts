/** A hand-written try and catch around real clients, under a span of the app. */
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { answer, fail, type ProviderServer, raw, startOpenAI } from '@warmspare/providers';
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
} from '@warmspare/semconv';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Recorded, record } from './recorded.ts';

const MESSAGES = [{ role: 'user' as const, content: 'hello' }];

let server: ProviderServer;
let recorded: Recorded;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  server = await startOpenAI();
  recorded = record();
  recorded.instrumentation.instrument(OpenAI);
});
afterAll(async () => {
  recorded.close();
  await server.close();
  context.disable();
});
beforeEach(() => recorded.reset());

async function ask(body: Record<string, unknown>): Promise<void> {
  const client = new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });
  await client.chat.completions.create({ model: 'gpt-5', messages: MESSAGES, ...body });
}

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

test('each target that failed on the way says why the one before it was left', async () => {
  server.script(fail('rate_limit'), fail('unavailable'), answer('fine'));
  await inScope(() => ask({}).catch(() => ask({ model: 'o3' }).catch(() => ask({ model: 'o4-mini' }))));
  const said = recorded
    .failed()
    .map(({ attributes }) => [attributes[ATTR_LLM_FALLBACK_TARGET_NAME], attributes[ATTR_LLM_FALLBACK_TRIGGER_REASON]]);
  expect(said).toEqual([
    ['gpt-5', undefined],
    ['o3', 'rate_limit'],
  ]);
  expect(recorded.failed()[0]?.attributes).toMatchObject({
    [ATTR_GEN_AI_REQUEST_MODEL]: 'gpt-5',
    [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt-5', 'o3', 'o4-mini'],
  });
  // They lasted as long as their calls did, give or take what two clocks differ by.
  const calls = recorded.spans();
  for (const [index, { startTime, endTime }] of recorded.failed().entries()) {
    const call = calls[index];
    expect(milliseconds(startTime)).toBeCloseTo(milliseconds(call?.startTime), -1);
    expect(milliseconds(endTime)).toBeCloseTo(milliseconds(call?.endTime), -1);
    expect(endTime).not.toEqual(startTime);
  }
});

function milliseconds([seconds, nanoseconds]: readonly number[] = []): number {
  return (seconds ?? 0) * 1_000 + (nanoseconds ?? 0) / 1e6;
}

test('an answer of which nobody knows what it is worth is no failure: nothing stands in for it', async () => {
  const odd = {
    id: 'c',
    object: 'chat.completion',
    model: 'gpt-5',
    choices: [{ index: 0, finish_reason: 'zonk', message: {} }],
  };
  server.script(raw({ status: 200, body: JSON.stringify(odd) }), answer('fine'));
  await inScope(async () => {
    await ask({});
    await ask({ model: 'o3' });
  });
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
