/** The in-process ledger as an application sees it: messages on the channel, spans through a real SDK, metrics through a real reader. */
import { channel } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { AggregationTemporality, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  CALL_CHANNEL,
  type CallMessage,
  type ChainDeclaration,
  DECLARATIONS_KEY,
  METRIC_LLM_FALLBACK_CALL_DURATION,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
} from '@warmspare/semconv';
import { afterEach, describe, expect, it } from 'vitest';
import { type FinishedSpan, type InProcess, type InProcessOptions, startInProcess } from '../in-process.ts';

const T0 = Date.UTC(2026, 0, 1);
const running: InProcess[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.close()));
  Reflect.deleteProperty(globalThis, DECLARATIONS_KEY);
});

function start(options: Partial<InProcessOptions> = {}): InProcess {
  const started = startInProcess({ service: { name: 'shop' }, now: () => T0, ...options });
  running.push(started);
  return started;
}

let calls = 0;

function message(outcome: string, more: Partial<CallMessage> = {}): CallMessage {
  calls++;
  const spanId = calls.toString(16).padStart(16, '0');
  return {
    name: 'summarize claude',
    startTime: T0 - 2000,
    endTime: T0 - 1000,
    attributes: {
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize',
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt', 'claude'],
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback'],
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude',
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
    },
    spanContext: { traceId: spanId.repeat(2), spanId, traceFlags: 0 },
    ...more,
  };
}

const publish = (sent: unknown): void => channel(CALL_CHANNEL).publish(sent);

/** A span as an SDK ends it, saying what a message says. */
function spanOf({ name, attributes, spanContext }: CallMessage): FinishedSpan {
  return {
    name,
    startTime: [T0 / 1000 - 2, 0],
    endTime: [T0 / 1000 - 1, 500_000_000],
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([key, value]) => [key, typeof value === 'object' ? value.map(String) : value]),
    ),
    status: { code: 0 },
    spanContext: () => spanContext ?? { traceId: '', spanId: '', traceFlags: 0 },
  };
}

/** What is told until `diag.disable()`. */
function warningsOf(): readonly string[] {
  const warnings: string[] = [];
  const silent = (): void => undefined;
  const warn = (text: string): number => warnings.push(text);
  diag.setLogger({ error: silent, warn, info: silent, debug: silent, verbose: silent }, DiagLogLevel.WARN);
  return warnings;
}

class Reader extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

/** What is looked at of a collection, the SDK's or ours. */
interface Collected {
  readonly resourceMetrics: { readonly scopeMetrics: readonly { readonly metrics: readonly CollectedMetric[] }[] };
}

interface CollectedMetric {
  readonly descriptor: { readonly name: string };
  readonly dataPoints: readonly { readonly attributes: Readonly<Record<string, unknown>>; readonly value: unknown }[];
}

function pointOf({ resourceMetrics }: Collected, metric: string, outcome: string): unknown {
  const data = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  const points = data.find(({ descriptor }) => descriptor.name === metric)?.dataPoints ?? [];
  return points.find(
    ({ attributes }) =>
      attributes[ATTR_LLM_FALLBACK_TARGET_NAME] === 'claude' &&
      attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME] === outcome &&
      attributes[ATTR_LLM_FALLBACK_EXERCISE_KIND] !== 'drill',
  )?.value;
}

describe('in process', () => {
  it('counts calls from the channel, those too that came before the store was open', async () => {
    const warmspare = start();
    publish(message('success'));
    expect((await warmspare.snapshot()).targets).toMatchObject([
      { target: 'gpt', service: { name: 'shop' } },
      { target: 'claude', state: 'fresh', lastSuccess: { at: T0 - 1000 } },
    ]);
  });

  it.each(['a snapshot', 'closing'])('counts in %s what is judged in the turn after it was answered', async (way) => {
    const directory = mkdtempSync(join(tmpdir(), 'warmspare-in-process-'));
    const path = join(directory, 'warmspare.db');
    const warmspare = start({ path });
    setImmediate(() => publish(message('success')));
    if (way === 'a snapshot') await warmspare.snapshot();
    await warmspare.close();
    expect((await start({ path }).snapshot()).targets).toMatchObject([{ target: 'gpt' }, { state: 'fresh' }]);
    rmSync(directory, { recursive: true });
  });

  it('knows chains that were declared before it started', async () => {
    const declaration: ChainDeclaration = { name: 'early', targets: [{ name: 'spare', type: 'fallback' }] };
    Reflect.set(globalThis, DECLARATIONS_KEY, new Map([['early', declaration]]));
    expect((await start().snapshot()).targets).toMatchObject([{ chain: 'early', state: 'never_exercised' }]);
  });

  it('gives a metric reader of the SDK what the service would export', async () => {
    const producer = start().createMetricProducer();
    publish(message('success'));
    const reader = new Reader({ metricProducers: [producer] });
    reader.setMetricProducer({
      collect: () => Promise.resolve({ resourceMetrics: { resource: EMPTY, scopeMetrics: [] }, errors: [] }),
    });
    const result = await reader.collect();
    expect(result.errors).toEqual([]);
    expect(pointOf(result, METRIC_LLM_FALLBACK_CALLS, 'success')).toBe(1);
    expect(pointOf(result, METRIC_LLM_FALLBACK_CALL_DURATION, 'success')).toMatchObject({ count: 1, sum: 1 });
    const since = result.resourceMetrics.scopeMetrics[0]?.metrics.find(
      ({ descriptor }) => descriptor.name === METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
    );
    expect(since?.dataPoints).toMatchObject([{ value: 1, endTime: [T0 / 1000, 0] }]);
  });

  it('gives a delta reader what was added since it asked last', async () => {
    const producer = start().createMetricProducer({ temporality: 'delta' });
    publish(message('success'));
    publish(message('success'));
    const first = await producer.collect();
    expect(pointOf(first, METRIC_LLM_FALLBACK_CALLS, 'success')).toBe(2);
    const data = first.resourceMetrics.scopeMetrics[0]?.metrics.find(
      ({ descriptor }) => descriptor.name === METRIC_LLM_FALLBACK_CALLS,
    );
    expect(data?.aggregationTemporality).toBe(AggregationTemporality.DELTA);
    expect(pointOf(await producer.collect(), METRIC_LLM_FALLBACK_CALLS, 'success')).toBeUndefined();
    publish(message('success'));
    expect(pointOf(await producer.collect(), METRIC_LLM_FALLBACK_CALLS, 'success')).toBe(1);
  });

  it.each(['before', 'after'])('takes a call from the channel where its span ended %s the message', async (order) => {
    const warmspare = start();
    const processor = warmspare.createSpanProcessor();
    const call = message('success');
    const poorer = spanOf({ ...call, attributes: { ...call.attributes, [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error' } });
    if (order === 'before') processor.onEnd(poorer);
    publish(call);
    if (order === 'after') processor.onEnd(poorer);
    const { targets } = await warmspare.snapshot();
    expect(targets.find(({ target }) => target === 'claude')).toMatchObject({ state: 'fresh', lastFailure: undefined });
  });

  it('reads spans of other instrumentations that the channel knows nothing of', async () => {
    const warmspare = start();
    warmspare.createSpanProcessor().onEnd(spanOf(message('success')));
    const { targets } = await warmspare.snapshot();
    expect(targets.find(({ target }) => target === 'claude')?.lastSuccess?.at).toBe(T0 - 500);
  });

  it('survives messages that are none, and a service without a name', async () => {
    const warmspare = start({ service: { name: '' } });
    for (const nonsense of [undefined, null, 1, {}, { name: 'x', endTime: 1, attributes: null }]) publish(nonsense);
    publish(message('success'));
    const { targets } = await warmspare.snapshot();
    expect(targets[0]?.service.name).toBe('unknown_service');
  });

  it('keeps its ledger in a file across restarts, one process a file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'warmspare-in-process-'));
    const path = join(directory, 'warmspare.db');
    const first = start({ path });
    publish(message('success'));
    await first.snapshot();
    await expect(start({ path }).snapshot()).rejects.toThrow(/in use/);
    await first.close();
    const second = start({ path });
    const delta = second.createMetricProducer({ temporality: 'delta' });
    const cumulative = second.createMetricProducer();
    expect(pointOf(await cumulative.collect(), METRIC_LLM_FALLBACK_CALLS, 'success')).toBe(1);
    expect(pointOf(await delta.collect(), METRIC_LLM_FALLBACK_CALLS, 'success')).toBeUndefined();
    await second.close();
    rmSync(directory, { recursive: true });
  });

  it('gives a delta reader what an earlier process counted and did not give, and nothing a second time', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'warmspare-in-process-'));
    const path = join(directory, 'warmspare.db');
    const first = start({ path });
    const before = first.createMetricProducer({ temporality: 'delta' });
    await first.snapshot();
    publish(message('success'));
    expect(pointOf(await before.collect(), METRIC_LLM_FALLBACK_CALLS, 'success')).toBe(1);
    publish(message('success'));
    publish(message('success'));
    await first.close();
    const late = await before.collect();
    // Nobody could remember that it was given.
    expect(pointOf(late, METRIC_LLM_FALLBACK_CALLS, 'success')).toBeUndefined();
    expect(late.errors).toHaveLength(1);
    const second = start({ path });
    const after = second.createMetricProducer({ temporality: 'delta' });
    const both = await Promise.all([after.collect(), after.collect()]);
    expect(both.map((result) => pointOf(result, METRIC_LLM_FALLBACK_CALLS, 'success'))).toEqual([2, undefined]);
    await second.close();
    rmSync(directory, { recursive: true });
  });

  it.each([
    ['a trace id of 16 digits', { traceId: '00000000000000ab', spanId: '00000000000000ab', traceFlags: 0 }],
    ['a span id that is no hex', { traceId: 'ab'.repeat(16), spanId: 'call-000000000ab', traceFlags: 0 }],
  ])('refuses %s, on the channel and of a span, and says so once', async (_, spanContext) => {
    const warnings = warningsOf();
    const warmspare = start();
    publish(message('success', { spanContext }));
    publish(message('success'));
    const unpublished = { ...spanContext, spanId: `${spanContext.spanId}0` };
    warmspare.createSpanProcessor().onEnd(spanOf(message('success', { spanContext: unpublished })));
    await warmspare.snapshot();
    publish(message('success', { spanContext }));
    const metrics = await warmspare.createMetricProducer().collect();
    diag.disable();
    expect(pointOf(metrics, METRIC_LLM_FALLBACK_CALLS, 'success')).toBe(1);
    expect(warnings).toEqual([expect.stringContaining('2 with an id of a wrong length')]);
  });

  it('holds a bounded number of calls until they can be committed, and says once that others do not count', async () => {
    const warnings = warningsOf();
    const producer = start().createMetricProducer();
    for (let index = 0; index < 10_003; index++) publish(message('success'));
    expect(pointOf(await producer.collect(), METRIC_LLM_FALLBACK_CALLS, 'success')).toBe(10_000);
    await producer.collect();
    diag.disable();
    expect(warnings).toEqual([expect.stringContaining('3 calls found no room')]);
  });

  it('tells a reader why it has nothing', async () => {
    const { errors } = await start({ path: '/nowhere/at/all.db' }).createMetricProducer().collect();
    expect(errors).toHaveLength(1);
  });

  it('takes policy from the text of a configuration and names every problem of it', async () => {
    expect(() => start({ config: 'defaults: { max_age: soon }' })).toThrow(/max_age/);
    const warmspare = start({ config: 'defaults: { max_age: 500ms }' });
    publish(message('success'));
    expect((await warmspare.snapshot()).targets.map(({ state }) => state)).toEqual([undefined, 'stale']);
  });

  it('hears nothing after it was closed', async () => {
    const warmspare = start();
    await warmspare.close();
    publish(message('success'));
    expect(channel(CALL_CHANNEL).hasSubscribers).toBe(false);
  });
});

const EMPTY = {
  attributes: {},
  getRawAttributes: () => [],
  merge: () => EMPTY,
};
