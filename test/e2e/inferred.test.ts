/**
 * A hand-written fallback, known to nobody: the real client makes the calls, in one trace or in several, and the rows are the same by
 * the spans that a Collector sends, by the evidence exporter, by both, and in the same process.
 */
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { startInProcess } from '@warmspare/processor/in-process';
import { answer, fail, type ProviderServer, type Step, startOpenAI } from '@warmspare/providers';
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALLS,
} from '@warmspare/semconv';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { startEvidenceExporter } from '../../instrumentation/src/evidence/evidence-exporter.ts';
import { LlmFallbackInstrumentation } from '../../instrumentation/src/instrumentation.ts';
import { createPipeline } from '../../processor/src/commit/pipeline.ts';
import { defaultConfig } from '../../processor/src/config/config.ts';
import { createHttpReceiver } from '../../processor/src/receive/http.ts';
import { createMemoryStore } from '../../processor/src/store/memory.ts';
import type { MetricPoint } from '../../processor/src/types/metric.ts';
import type { Snapshot } from '../../processor/src/types/snapshot.ts';
import { recordSpans } from '../recorded-spans.ts';

/** Longer than a trace is waited for, ms. */
const SETTLED = 120_000;
const RESOURCE = { attributes: { 'service.name': 'shop' } };

let provider: ProviderServer;

beforeAll(async () => {
  provider = await startOpenAI();
});
afterAll(() => provider.close());

type Ask = (model: string, system?: string) => Promise<unknown>;
type Work = (ask: Ask) => Promise<unknown>;

/** How the app's calls hang together. */
const APPS = {
  'one trace': async (work: () => Promise<unknown>) => {
    const span = trace.getTracer('app').startSpan('handle ticket');
    await context.with(trace.setSpan(context.active(), span), work);
    span.end();
  },
  /** Zero code, without an HTTP instrumentation: each call is a trace of its own. */
  'a trace a call': async (work: () => Promise<unknown>) => {
    const app = createServer((_, response) => {
      void work().finally(() => response.end());
    }).listen(0, '127.0.0.1');
    await once(app, 'listening');
    const [response] = await once(get({ port: (app.address() as AddressInfo).port }), 'response');
    response.resume();
    await once(response, 'end');
    app.close();
  },
} satisfies Record<string, (work: () => Promise<unknown>) => Promise<void>>;

interface Sent {
  readonly traces: readonly ReadableSpan[];
  readonly evidence: readonly ReadableSpan[];
  readonly inProcess: readonly string[];
}

async function run(app: keyof typeof APPS, works: readonly Work[], ...steps: readonly Step[]): Promise<Sent> {
  const recorded = recordSpans();
  const instrumentation = new LlmFallbackInstrumentation();
  instrumentation.instrument(OpenAI);
  let ahead = 0;
  const warmspare = startInProcess({ service: { name: 'shop' }, now: () => Date.now() + ahead });
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
  onTestFinished(() => {
    instrumentation.disable();
    recorded.close();
  });
  const client = new OpenAI({ apiKey: 'key', baseURL: `${provider.url}/v1`, maxRetries: 0 });
  const ask: Ask = (model, system) =>
    client.chat.completions.create({
      model,
      messages: [...(system === undefined ? [] : [{ role: 'system' as const, content: system }]), USER],
    });
  provider.script(...steps);
  for (const work of works) await APPS[app](() => work(ask));
  await exporter.shutdown();
  // As an SDK hands them on.
  const spanProcessor = warmspare.createSpanProcessor();
  for (const span of recorded.spans) spanProcessor.onEnd(span as Parameters<typeof spanProcessor.onEnd>[0]);
  await warmspare.snapshot();
  ahead = SETTLED;
  const snapshot = await warmspare.snapshot();
  const { resourceMetrics } = await warmspare.createMetricProducer().collect();
  const points = resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .filter(({ descriptor }) => descriptor.name === METRIC_LLM_FALLBACK_CALLS)
    .flatMap(({ dataPoints }) => dataPoints as readonly { readonly attributes: object; readonly value: number }[]);
  await warmspare.close();
  return { traces: recorded.spans, evidence, inProcess: rowsOf(snapshot, points) };
}

const USER = { role: 'user' as const, content: 'hello' };

type Count = { readonly attributes: object; readonly value: number };

/** `chain / target type rank state successes,failures`, and how many calls are listed as unassigned. */
function rowsOf({ targets }: Snapshot, points: readonly Count[]): readonly string[] {
  return targets.map(({ chain, target, routeType, rank, state }) => {
    const count = (isSuccess: boolean): number =>
      points
        .filter(({ attributes }) => {
          const said = attributes as Record<string, unknown>;
          const isOwn = said[ATTR_LLM_FALLBACK_TARGET_NAME] === target && said[ATTR_LLM_FALLBACK_CHAIN_NAME] === chain;
          return isOwn && (said[ATTR_LLM_FALLBACK_CALL_OUTCOME] === 'success') === isSuccess;
        })
        .reduce((sum, { value }) => sum + value, 0);
    return `${chain} / ${target} ${routeType} ${rank} ${state ?? '-'} ${count(true)},${count(false)}`;
  });
}

/** The rows of a service that gets these batches. */
async function rows(...batches: readonly (readonly ReadableSpan[])[]): Promise<readonly string[]> {
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const pipeline = await createPipeline({
    policies: defaultConfig({}).policies,
    store: await createMemoryStore(),
    now,
  });
  const receiver = await createHttpReceiver({
    config: { endpoint: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestBodySize: 1_000_000 },
    keys: pipeline.keys,
    openBatch: (receivedAt) => pipeline.batch(receivedAt),
    now,
  });
  const exporter = new OTLPTraceExporter({ url: `http://127.0.0.1:${receiver.port}/v1/traces` });
  for (const batch of batches) {
    const owned = batch.map((span) => Object.create(span, { resource: { value: RESOURCE } }) as ReadableSpan);
    await new Promise((resolve) => exporter.export(owned, resolve));
  }
  await exporter.shutdown();
  ahead = SETTLED;
  await pipeline.settle();
  const snapshot = pipeline.snapshot(now());
  const counted = [...pipeline.metrics(snapshot)]
    .filter((point): point is Extract<MetricPoint, { kind: 'counter' }> => point.kind === 'counter')
    .filter(({ name }) => name === METRIC_LLM_FALLBACK_CALLS)
    .map(({ attributes, extra, value }) => ({ attributes: { ...attributes, ...extra }, value }));
  await receiver.close();
  await pipeline.close();
  return rowsOf(snapshot, counted);
}

const falls: Work = (ask) => ask('gpt-5').catch(() => ask('gpt-4.1-mini'));

const CASES: readonly [string, readonly Work[], readonly Step[], readonly string[]][] = [
  [
    'a try with a catch around it makes a row for the model that stood in, and one for the model that failed',
    [falls],
    [fail('unavailable'), answer('fine')],
    ['inferred:gpt-5 / gpt-5 primary 0 - 0,1', 'inferred:gpt-5 / gpt-4.1-mini fallback 1 fresh 1,0'],
  ],
  [
    'each target that failed on the way has its own failure',
    [(ask) => ask('o1').catch(() => ask('o3').catch(() => ask('o4-mini')))],
    [fail('rate_limit'), fail('unavailable'), answer('fine')],
    [
      'inferred:o1 / o1 primary 0 - 0,1',
      'inferred:o1 / o3 fallback 1 failing 0,1',
      'inferred:o1 / o4-mini fallback 2 fresh 1,0',
    ],
  ],
  [
    'a retry makes no row',
    [(ask) => ask('gpt-5').catch(() => ask('gpt-5-2025-08-07'))],
    [fail('unavailable'), answer('fine')],
    [],
  ],
  [
    'where only the prompts differ, no row is made',
    [(ask) => ask('gpt-5', 'Is it rude?').catch(() => ask('gpt-4.1-mini', 'Describe it.'))],
    [fail('unavailable'), answer('fine')],
    [],
  ],
];

/** As an application's helper does it. */
function inSpan<T>(work: () => Promise<T>): Promise<T> {
  const span = trace.getTracer('app').startSpan('llm');
  return context.with(trace.setSpan(context.active(), span), work).finally(() => span.end());
}

it('a span around each call hides nothing, wherever the span and its call come from', async () => {
  const works: readonly Work[] = [(ask) => inSpan(() => ask('gpt-5')).catch(() => inSpan(() => ask('gpt-4.1-mini')))];
  const expected = ['inferred:gpt-5 / gpt-5 primary 0 - 0,1', 'inferred:gpt-5 / gpt-4.1-mini fallback 1 fresh 1,0'];
  const { traces, evidence, inProcess } = await run('one trace', works, fail('unavailable'), answer('fine'));
  expect(inProcess).toEqual(expected);
  expect(await rows(traces)).toEqual(expected);
  expect(await rows(evidence, traces)).toEqual(expected);
  expect(await rows(traces, evidence)).toEqual(expected);
  // The evidence alone does not say what its calls are below.
  expect(await rows(evidence)).toEqual([]);
});

for (const app of ['one trace', 'a trace a call'] as const) {
  it.each(CASES)(`${app}: %s`, async (_what, works, steps, expected) => {
    const { traces, evidence, inProcess } = await run(app, works, ...steps);
    expect(inProcess).toEqual(expected);
    expect(await rows(traces)).toEqual(expected);
    expect(await rows(evidence)).toEqual(expected);
    expect(await rows(evidence, traces)).toEqual(expected);
    expect(await rows(traces, evidence)).toEqual(expected);
  });

  it(`${app}: once a chain is known, the run that every target of it fails is each one’s failure`, async () => {
    const works: readonly Work[] = [falls, (ask) => falls(ask).catch(() => undefined)];
    const steps = [fail('unavailable'), answer('fine'), fail('unavailable'), fail('rate_limit')];
    const expected = ['inferred:gpt-5 / gpt-5 primary 0 - 0,2', 'inferred:gpt-5 / gpt-4.1-mini fallback 1 failing 1,1'];
    const { traces, evidence, inProcess } = await run(app, works, ...steps);
    expect(inProcess).toEqual(expected);
    expect(await rows(traces)).toEqual(expected);
    expect(await rows(evidence, traces)).toEqual(expected);
  });
}
