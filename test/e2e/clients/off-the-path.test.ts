/** An output is held against its schema when its caller has it, and no span is lost to that: not at a flush, not at a shutdown. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace';
import { json, type ProviderServer, startAnthropic, startOpenAI } from '@warmspare/providers';
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  CALL_CHANNEL,
} from '@warmspare/semconv';
import { Anthropic } from 'anthropic1';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startEvidenceExporter } from '../../../instrumentation/src/evidence/evidence-exporter.ts';
import { LlmFallbackInstrumentation } from '../../../instrumentation/src/instrumentation.ts';

const REQUEST = {
  model: 'gpt-5',
  messages: [],
  response_format: {
    type: 'json_schema' as const,
    json_schema: { name: 'ticket', schema: { type: 'object', required: ['urgency'] } },
  },
};

let server: ProviderServer;
let provider: TracerProvider;
let instrumentation: LlmFallbackInstrumentation;
let ended: ReadableSpan[];

beforeAll(async () => {
  server = await startOpenAI();
});
afterAll(() => server.close());
beforeEach(() => {
  ended = [];
  const done = (): Promise<void> => Promise.resolve();
  let closed = false;
  provider = new TracerProvider({
    spanProcessors: [
      {
        onStart() {},
        // As the batching one: what ends after the shutdown is lost.
        onEnd: (span) => void (closed || ended.push(span)),
        forceFlush: done,
        shutdown: () => {
          closed = true;
          return done();
        },
      },
    ],
  });
  instrumentation = new LlmFallbackInstrumentation();
  instrumentation.setTracerProvider(provider);
  instrumentation.instrument(OpenAI);
  server.script(json({}));
  return () => instrumentation.disable();
});

const ask = async (): Promise<void> => {
  const client = new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1` });
  await client.chat.completions.create(REQUEST);
};
const verdicts = (): unknown[] => ended.map(({ attributes }) => attributes[ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]);

test('the caller goes on before its answer is judged', async () => {
  await ask();
  expect(ended).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(verdicts()).toEqual(['invalid']);
});

test.each(['forceFlush', 'shutdown'] as const)(
  '%s right after the answer has its span, with the verdict',
  async (name) => {
    await ask();
    const flushed = provider[name]();
    expect(verdicts()).toEqual(['invalid']);
    await flushed;
    expect(ended).toHaveLength(1);
  },
);

test('the span of another instrumentation, which waits for the verdict, is not lost to a shutdown either', async () => {
  instrumentation.disable();
  instrumentation = new LlmFallbackInstrumentation({ spans: 'enrich' });
  instrumentation.setTracerProvider(provider);
  instrumentation.instrument(OpenAI);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  const attributes = { [ATTR_GEN_AI_OPERATION_NAME]: 'chat' };
  const span = provider.getTracer('another').startSpan('chat', { attributes });
  await context.with(trace.setSpan(ROOT_CONTEXT, span), ask);
  context.disable();
  span.end();
  expect(ended).toEqual([]);
  await provider.shutdown();
  expect(verdicts()).toEqual(['invalid']);
});

test("a provider given to Anthropic's client alone waits as well", async () => {
  const claude = await startAnthropic();
  claude.script(json({}));
  instrumentation.disable();
  instrumentation = new LlmFallbackInstrumentation();
  instrumentation.instrument(Anthropic);
  const options = { apiKey: 'key', baseURL: claude.url, openTelemetry: { tracerProvider: provider } };
  const { schema } = REQUEST.response_format.json_schema;
  await new Anthropic(options as never).messages.create({
    model: 'claude-haiku-4-5',
    max_tokens: 9,
    messages: [],
    output_config: { format: { type: 'json_schema', schema } },
  });
  expect(ended).toEqual([]);
  await provider.shutdown();
  expect(verdicts()).toEqual(['invalid']);
  await claude.close();
});

test('disabling the instrumentation right after the answer has its span', async () => {
  await ask();
  instrumentation.disable();
  expect(verdicts()).toEqual(['invalid']);
});

test('the exporter of evidence that is shut down right after the answer has sent it', async () => {
  const sent: ReadableSpan[] = [];
  const evidence = startEvidenceExporter({
    exporter: {
      export: (spans, done) => {
        sent.push(...(spans as ReadableSpan[]));
        done({ code: 0 });
      },
      shutdown: () => Promise.resolve(),
    },
  });
  await ask();
  await evidence.shutdown();
  expect(sent.map(({ attributes }) => attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME])).toEqual(['schema_invalid']);
});

test('a listener on the channel gets the message in the next turn', async () => {
  const heard: unknown[] = [];
  const hear = (message: unknown): void => void heard.push(message);
  subscribe(CALL_CHANNEL, hear);
  await ask();
  expect(heard).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toHaveLength(1);
  unsubscribe(CALL_CHANNEL, hear);
});
