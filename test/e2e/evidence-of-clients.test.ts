/**
 * Calls of official clients, their own spans and another tracer's among them: what the processor counts is the same where the sampler
 * takes nothing, and where a Collector sends the same spans too, whichever copy comes first.
 */
import { context, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { AlwaysOffSampler, type ReadableSpan, type Sampler } from '@opentelemetry/sdk-trace';
import {
  answer,
  fail,
  json,
  type ProviderServer,
  servedByFallback,
  startAnthropic,
  startOpenAI,
} from '@warmspare/providers';
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_COST,
  METRIC_LLM_FALLBACK_TOKENS,
} from '@warmspare/semconv';
import { Anthropic } from 'anthropic1';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { finishWaiting } from '../../instrumentation/src/base/after-answer.ts';
import { chain, LlmFallbackInstrumentation, startEvidenceExporter } from '../../instrumentation/src/index.ts';
import { createPipeline } from '../../processor/src/commit/pipeline.ts';
import { defaultConfig } from '../../processor/src/config/config.ts';
import { createHttpReceiver } from '../../processor/src/receive/http.ts';
import { createMemoryStore } from '../../processor/src/store/memory.ts';
import { recordSpans } from '../recorded-spans.ts';

const RESOURCE = { attributes: { 'service.name': 'support' } };
let gpt: ProviderServer;
let claude: ProviderServer;

beforeAll(async () => {
  gpt = await startOpenAI();
  claude = await startAnthropic();
});
afterAll(async () => {
  await gpt.close();
  await claude.close();
});

interface Sent {
  readonly evidence: readonly ReadableSpan[];
  readonly traces: readonly ReadableSpan[];
}

/** Calls in every way in which a span comes about, and the two copies that leave the process. */
async function traffic(sampler?: Sampler): Promise<Sent> {
  const recorded = recordSpans(sampler === undefined ? {} : { sampler });
  const instrumentation = new LlmFallbackInstrumentation();
  instrumentation.instrument(OpenAI);
  instrumentation.instrument(Anthropic);
  const evidence: ReadableSpan[] = [];
  const exporter = startEvidenceExporter({
    exporter: {
      export: (spans, done) => {
        evidence.push(...(spans as ReadableSpan[]));
        done({ code: 0 });
      },
      shutdown: () => Promise.resolve(),
    },
    resource: RESOURCE,
  });
  const openai = new OpenAI({ apiKey: 'key', baseURL: `${gpt.url}/v1`, maxRetries: 0 });
  const native = { openTelemetry: { tracerProvider: trace.getTracerProvider() } } as object;
  const anthropic = new Anthropic({ apiKey: 'key', baseURL: claude.url, maxRetries: 0, ...native });
  const tokens = { input: 100, output: 10 };

  // Our own span; the fallbacks are the request's.
  const declared = { model: 'gpt-5', messages: [], models: ['claude-haiku-4-5'] };
  gpt.script(
    answer({ tokens, model: 'gpt-5-2025-08-07' }),
    answer({ tokens, model: 'claude-haiku-4-5' }),
    fail('unavailable'),
  );
  await openai.chat.completions.create(declared);
  for await (const _ of await openai.chat.completions.create({
    ...declared,
    stream: true,
    stream_options: { include_usage: true },
  }));
  await openai.chat.completions.create(declared).catch(() => {});
  // The span of another tracer around the call.
  gpt.script(answer({ tokens, model: 'gpt-5-2025-08-07' }));
  const foreign = trace
    .getTracer('another')
    .startSpan('chat', { attributes: { [ATTR_GEN_AI_OPERATION_NAME]: 'chat' } });
  await context.with(trace.setSpan(context.active(), foreign), () => openai.chat.completions.create(declared));
  foreign.end();
  // The client's own span.
  claude.script(servedByFallback('claude-haiku-4-5'));
  await anthropic.beta.messages.create({
    model: 'claude-opus-4-5',
    max_tokens: 9,
    messages: [],
    fallbacks: [{ model: 'claude-haiku-4-5' }],
  } as never);
  // Calls inside the attempts of a chain.
  const ask = chain('summarize', {
    schema: z.object({ urgency: z.enum(['low', 'high']) }),
    targets: [
      { name: 'gpt', type: 'primary', run: () => openai.chat.completions.create({ model: 'gpt-5', messages: [] }) },
      {
        name: 'claude',
        type: 'fallback',
        run: () => anthropic.messages.create({ model: 'claude-haiku-4-5', max_tokens: 9, messages: [] }),
      },
    ],
  });
  gpt.script(json({ urgency: 'odd' }, { tokens }));
  claude.script(json({ urgency: 'low' }, { tokens }));
  await ask();
  finishWaiting();
  await exporter.shutdown();
  instrumentation.disable();
  recorded.close();
  return { evidence, traces: recorded.spans };
}

/** What the processor counts of these batches, sent one after the other. */
async function counted(...batches: readonly (readonly ReadableSpan[])[]): Promise<Record<string, number>> {
  const pipeline = await createPipeline({
    policies: defaultConfig({}).policies,
    store: await createMemoryStore(),
    now: Date.now,
  });
  const receiver = await createHttpReceiver({
    config: { endpoint: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestBodySize: 1_000_000 },
    keys: pipeline.keys,
    openBatch: (receivedAt) => pipeline.batch(receivedAt),
    now: Date.now,
  });
  const exporter = new OTLPTraceExporter({ url: `http://127.0.0.1:${receiver.port}/v1/traces` });
  for (const batch of batches) {
    const owned = batch.map((span) => Object.create(span, { resource: { value: RESOURCE } }) as ReadableSpan);
    await new Promise((resolve) => exporter.export(owned, resolve));
  }
  await exporter.shutdown();
  const sums: Record<string, number> = {};
  for (const point of pipeline.metrics(pipeline.snapshot(Date.now()))) {
    if (point.kind !== 'counter' || point.value === 0) continue;
    const { [ATTR_LLM_FALLBACK_TARGET_NAME]: target, [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome } = {
      ...point.attributes,
      ...point.extra,
    };
    if (![METRIC_LLM_FALLBACK_CALLS, METRIC_LLM_FALLBACK_TOKENS, METRIC_LLM_FALLBACK_COST].includes(point.name))
      continue;
    const key = [point.name.slice('llm_fallback.'.length), target, outcome].filter(Boolean).join(' ');
    sums[key] = Number(((sums[key] ?? 0) + point.value).toFixed(9));
  }
  await receiver.close();
  await pipeline.close();
  return sums;
}

test('evidence alone, traces alone and both in either order count the same', async () => {
  const { evidence, traces } = await traffic();
  const expected = await counted(evidence);
  expect(expected).toMatchObject({
    'calls gpt-5 success': 2,
    // Its own, and the one that the declared fallback stood in for.
    'calls gpt-5 error': 2,
    'calls claude-opus-4-5 refused': 1,
    'calls claude-haiku-4-5 success': 2,
    'calls gpt schema_invalid': 1,
    'calls claude success': 1,
    'tokens gpt': 110,
    'tokens claude': 110,
    'cost gpt': expect.any(Number),
  });
  expect(await counted(traces)).toEqual(expected);
  expect(await counted(evidence, traces)).toEqual(expected);
  expect(await counted(traces, evidence)).toEqual(expected);
  expect(await counted(evidence, evidence)).toEqual(expected);
});

test('a sampler that takes nothing changes nothing', async () => {
  const sampled = await traffic();
  const unsampled = await traffic(new AlwaysOffSampler());
  expect(unsampled.traces).toEqual([]);
  expect(await counted(unsampled.evidence)).toEqual(await counted(sampled.evidence));
});
