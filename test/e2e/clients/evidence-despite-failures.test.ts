/** Whatever fails around a call (the SDK, another's span, the user's prices), its evidence still reaches the channel, and one report is made. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  type ContextManager,
  context,
  type DiagLogger,
  diag,
  ROOT_CONTEXT,
  type Span,
  type TracerProvider,
} from '@opentelemetry/api';
import { answer, type ProviderServer, startOpenAI } from '@warmspare/providers';
import {
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  CALL_CHANNEL,
  type CallMessage,
} from '@warmspare/semconv';
import type { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

const fail = (): never => {
  throw new Error('a defect');
};
const error = vi.fn<DiagLogger['error']>();
const heard: CallMessage[] = [];
const hear = (message: unknown): void => void heard.push(message as CallMessage);
let server: ProviderServer;

beforeAll(async () => {
  server = await startOpenAI();
  const silent = (): void => {};
  diag.setLogger({ error, warn: silent, info: silent, debug: silent, verbose: silent });
  subscribe(CALL_CHANNEL, hear);
});
afterAll(async () => {
  unsubscribe(CALL_CHANNEL, hear);
  diag.disable();
  context.disable();
  await server.close();
});
beforeEach(() => {
  // What is reported once a process is remembered by the module.
  vi.resetModules();
  error.mockClear();
  heard.length = 0;
  context.disable();
});

const REQUEST = {
  model: 'gpt-5',
  messages: [{ role: 'system' as const, content: 'be brief' }],
  response_format: {
    type: 'json_schema' as const,
    json_schema: { name: 'any', schema: { type: 'object', required: ['a'] } },
  },
  models: ['claude-haiku-4-5'],
};

/** Two calls, one of them streamed: what their messages say. */
async function said(configure: {
  readonly provider?: TracerProvider;
  readonly price?: () => never;
}): Promise<readonly CallMessage['attributes'][]> {
  const { LlmFallbackInstrumentation } = await import('../../../instrumentation/src/instrumentation.ts');
  const { finishWaiting } = await import('../../../instrumentation/src/base/after-answer.ts');
  const { OpenAI: Client } = await import('openai7');
  const instrumentation = new LlmFallbackInstrumentation(configure.price && { price: configure.price });
  if (configure.provider !== undefined) instrumentation.setTracerProvider(configure.provider);
  instrumentation.instrument(Client);
  const client: OpenAI = new Client({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });
  server.script(answer('{"a":1}'), answer('{"a":1}'));
  try {
    const whole = await client.chat.completions.create(REQUEST);
    expect(whole.choices[0]?.message.content).toBe('{"a":1}');
    let text = '';
    const body = { ...REQUEST, stream: true as const, stream_options: { include_usage: true } };
    for await (const chunk of await client.chat.completions.create(body)) {
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe('{"a":1}');
    finishWaiting();
  } finally {
    instrumentation.disable();
  }
  return heard.map(({ attributes }) => attributes);
}

const span: Span = {
  spanContext: () => ({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 }),
  isRecording: () => true,
  setAttributes: () => span,
  setAttribute: () => span,
  setStatus: () => span,
  updateName: () => span,
  addEvent: () => span,
  addLink: () => span,
  addLinks: () => span,
  recordException: () => span,
  end: () => {},
};
const tracerOf = (startSpan: () => Span): TracerProvider =>
  ({ getTracer: () => ({ startSpan, startActiveSpan: fail }) }) as TracerProvider;

const WHOLE = {
  [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
  [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: expect.any(Number),
  [ATTR_LLM_FALLBACK_COST_AMOUNT]: expect.any(Number),
  [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'openrouter:gpt-5',
};

describe('a call is told whole, and once reported of, where', () => {
  test.each([
    [
      'the provider fails to give a tracer',
      {
        getTracer: vi
          .fn(() => undefined as never)
          .mockImplementation(fail)
          .mockImplementationOnce(() => undefined as never),
      },
    ],
    ['the tracer fails to start a span', tracerOf(fail)],
    ['the span fails to say whether it records', tracerOf(() => ({ ...span, isRecording: fail }))],
    ['the span fails to take attributes', tracerOf(() => ({ ...span, setAttributes: fail }))],
    ['the span fails to end', tracerOf(() => ({ ...span, end: fail }))],
    ['the span fails to give its ids', tracerOf(() => ({ ...span, spanContext: fail }))],
  ])('%s', async (_name, provider) => {
    expect(await said({ provider })).toMatchObject([WHOLE, WHOLE]);
    expect(error).toHaveBeenCalledTimes(1);
  });

  test("the user's own prices fail: the list's are taken", async () => {
    expect(await said({ price: fail })).toMatchObject([WHOLE, WHOLE]);
    expect(error).toHaveBeenCalledTimes(1);
  });

  test.each<[string, Partial<ContextManager>]>([
    ['the context manager fails to say what is active', { active: fail }],
    ['the context manager fails before it runs anything', { with: fail }],
  ])('%s', async (_name, broken) => {
    const manager: ContextManager = {
      active: () => ROOT_CONTEXT,
      with: (_context, fn, self, ...args) => fn.apply(self as never, args),
      bind: (_context, target) => target,
      enable: () => manager,
      disable: () => manager,
      ...broken,
    };
    context.setGlobalContextManager(manager);
    expect(await said({ provider: tracerOf(() => span) })).toMatchObject([WHOLE, WHOLE]);
    expect(error).toHaveBeenCalledTimes(1);
  });
});
