/** Beside other instrumentations of openai, in either order of registration: one span a call, theirs, with our attributes. */
import { OpenAIInstrumentation as OpenInference } from '@arizeai/openinference-instrumentation-openai';
import { context, metrics } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OpenAIInstrumentation as Contrib } from '@opentelemetry/instrumentation-openai';
import { OpenAIInstrumentation as Traceloop } from '@traceloop/instrumentation-openai';
import { fail, type ProviderServer, startOpenAI } from '@warmspare/providers';
import { ATTR_LLM_FALLBACK_CALL_OUTCOME, ATTR_LLM_FALLBACK_COST_AMOUNT } from '@warmspare/semconv';
import * as openai from 'openai6';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { llmFallbackSpanProcessor } from '../../../instrumentation/src/enrich.ts';
import { record } from './recorded.ts';

const { OpenAI } = openai;

interface Foreign {
  setTracerProvider(provider: unknown): void;
  setMeterProvider(provider: unknown): void;
  disable(): void;
  /** What hooks call when the module is loaded. */
  readonly _modules?: readonly { patch(exported: unknown): unknown; unpatch(exported: unknown): void }[];
}

const OTHERS: readonly (readonly [string, () => Foreign])[] = [
  ['OpenTelemetry contrib', () => new Contrib() as unknown as Foreign],
  ['OpenInference', () => new OpenInference() as unknown as Foreign],
  ['Traceloop', () => new Traceloop() as unknown as Foreign],
];

let server: ProviderServer;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  server = await startOpenAI();
});
afterAll(async () => {
  context.disable();
  await server.close();
});

describe.each(OTHERS)('%s', (_name, make) => {
  test.each([
    ['registered before us', true],
    ['registered after us', false],
  ])('%s, keeps its span and gets our attributes', async (_order, first) => {
    const recorded = record({}, undefined, [llmFallbackSpanProcessor()]);
    const other = make();
    other.setTracerProvider(recorded.provider);
    other.setMeterProvider(metrics.getMeterProvider());
    const exported = { ...openai, default: OpenAI };
    const patch = (): unknown => other._modules?.map((module) => module.patch(exported));
    if (first) patch();
    recorded.instrumentation.instrument(OpenAI);
    if (!first) patch();
    try {
      const client = new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });
      const whole = await client.chat.completions.create({ model: 'gpt-5', messages: [] });
      expect(whole.choices).toHaveLength(1);
      await expect.poll(() => recorded.spans().length).toBe(1);
      expect(recorded.span().instrumentationScope.name).not.toBe('@warmspare/instrumentation');
      expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
      expect(recorded.span().attributes).toHaveProperty([ATTR_LLM_FALLBACK_COST_AMOUNT]);
      expect(recorded.messages).toHaveLength(1);
      recorded.reset();
      server.script(fail('unavailable'));
      await expect(client.chat.completions.create({ model: 'gpt-5', messages: [] })).rejects.toThrow();
      expect(recorded.messages[0]?.attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('error');
      expect(
        recorded.spans().every(({ instrumentationScope }) => !instrumentationScope.name.includes('warmspare')),
      ).toBe(true);
    } finally {
      if (!first) for (const module of other._modules ?? []) module.unpatch(exported);
      recorded.close();
      if (first) for (const module of other._modules ?? []) module.unpatch(exported);
    }
  });
});
