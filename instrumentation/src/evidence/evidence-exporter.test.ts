import { setTimeout as realTimeout } from 'node:timers';
import { context, createContextKey, diag, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AlwaysOffSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  type CallMessage,
} from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordSpans } from '../../../test/recorded-spans.ts';
import { chain } from '../api/chain.ts';
import { publishCall } from '../call/channel.ts';
import {
  type EvidenceExporter,
  type EvidenceExporterOptions,
  flush,
  startEvidenceExporter,
  WarmspareEvidenceExporter,
} from './evidence-exporter.ts';
import type { EvidenceSpan } from './evidence-span.ts';

type Done = (result: { code: number; error?: Error }) => void;

let exporter: EvidenceExporter | undefined;
beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(async () => {
  await exporter?.shutdown();
  exporter = undefined;
  vi.useRealTimers();
  vi.restoreAllMocks();
  trace.disable();
  context.disable();
});

function start(
  answer: (spans: readonly EvidenceSpan[], done: Done) => void = (_, done) => done({ code: 0 }),
  options: Partial<EvidenceExporterOptions> = {},
) {
  const batches: EvidenceSpan[][] = [];
  const transport = {
    export: vi.fn((spans: EvidenceSpan[], done: Done) => {
      batches.push(spans);
      answer(spans, done);
    }),
    shutdown: vi.fn(() => Promise.resolve()),
  };
  exporter = startEvidenceExporter({ exporter: transport, ...options });
  return { batches, transport, exporter };
}

const message = (name: string, attributes: CallMessage['attributes'] = {}): CallMessage => ({
  name,
  startTime: 1_700_000_000_000.25,
  endTime: 1_700_000_001_500,
  attributes,
});

describe('a message on the channel', () => {
  it("is sent as a span, under the call's own ids", async () => {
    const { batches, exporter } = start();
    publishCall({
      ...message('chat gpt', { [ATTR_GEN_AI_OPERATION_NAME]: 'chat', [ATTR_ERROR_TYPE]: '500' }),
      spanContext: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0 },
    });
    await exporter.flush();
    const [[span] = []] = batches;
    expect(span).toMatchObject({
      name: 'chat gpt',
      kind: SpanKind.CLIENT,
      startTime: [1_700_000_000, 250_000],
      endTime: [1_700_000_001, 500_000_000],
      status: { code: SpanStatusCode.ERROR },
      attributes: { [ATTR_ERROR_TYPE]: '500' },
    });
    expect(span?.spanContext()).toEqual({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0 });
  });

  it('gets fresh ids where there is no SDK, and keeps them when it is sent again', async () => {
    const codes = [1, 0];
    const { batches, exporter } = start((_, done) => done({ code: codes.shift() ?? 0 }));
    publishCall(message('a'));
    publishCall(message('b'));
    await exporter.flush();
    await exporter.flush();
    const ids = batches.map((batch) => batch.map((span) => span.spanContext().traceId + span.spanContext().spanId));
    expect(ids[0]?.[0]).toMatch(/^[0-9a-f]{48}$/);
    expect(new Set(ids[0]).size).toBe(2);
    expect(ids[1]).toEqual(ids[0]);
    expect(batches).toHaveLength(2);
  });

  it('is sent after a moment without anybody asking', async () => {
    const { batches } = start(undefined, { interval: 100 });
    publishCall(message('a'));
    await vi.advanceTimersByTimeAsync(99);
    expect(batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(batches).toHaveLength(1);
  });

  it('is sent whatever the sampler says, with the ids of the unsampled span', async () => {
    const recorded = recordSpans({ sampler: new AlwaysOffSampler() });
    const { batches, exporter } = start();
    await chain('sampled-out', { targets: [{ name: 'gpt', type: 'primary', run: () => 'x' }] })();
    await exporter.flush();
    expect(recorded.spans).toEqual([]);
    expect(batches.flat().map(({ name }) => name)).toEqual(['llm_fallback.declare', 'sampled-out gpt', 'sampled-out']);
    expect(recorded.message('sampled-out gpt').spanContext).toEqual(batches.flat()[1]?.spanContext());
    recorded.close();
  });

  it('is sent with tracing suppressed, so that the request makes no spans', async () => {
    const recorded = recordSpans();
    const key = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
    const seen: unknown[] = [];
    const { exporter } = start((_, done) => {
      seen.push(context.active().getValue(key));
      done({ code: 0 });
    });
    publishCall(message('a'));
    await exporter.flush();
    expect(seen).toEqual([true]);
    recorded.close();
  });
});

describe('whose calls they are', () => {
  it("is what the app's SDK says", async () => {
    trace.setGlobalTracerProvider(
      new TracerProvider({ resource: { attributes: { [ATTR_SERVICE_NAME]: 'from-sdk' } } as never }),
    );
    const { batches, exporter } = start();
    publishCall(message('a'));
    await exporter.flush();
    expect(batches[0]?.[0]?.resource.attributes[ATTR_SERVICE_NAME]).toBe('from-sdk');
  });

  it('is what the environment says where there is no SDK', async () => {
    const environment = {
      OTEL_SERVICE_NAME: 'support',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,service.namespace=a%20b,broken',
    };
    const { batches, exporter } = start(undefined, { environment });
    publishCall(message('a'));
    await exporter.flush();
    expect(batches[0]?.[0]?.resource.attributes).toEqual({
      [ATTR_SERVICE_NAME]: 'support',
      [ATTR_SERVICE_NAMESPACE]: 'a b',
    });
  });
});

describe('a processor that is away', () => {
  it('gets the messages when it is back, in their order', async () => {
    let away = true;
    const { batches, exporter } = start((_, done) => done({ code: away ? 1 : 0 }), { interval: 100 });
    publishCall(message('a'));
    await exporter.flush();
    publishCall(message('b'));
    away = false;
    await vi.advanceTimersByTimeAsync(100);
    expect(batches.map((batch) => batch.map(({ name }) => name))).toEqual([['a'], ['a', 'b']]);
  });

  it.each([
    { what: 'messages', bound: { maxQueue: 3 } },
    { what: 'bytes', bound: { maxBytes: 1_000 } },
  ])('makes the queue no longer than its bound in $what: the oldest go', async ({ bound }) => {
    let away = true;
    const { batches, exporter } = start((_, done) => done({ code: away ? 1 : 0 }), bound);
    for (let n = 0; n < 10; n += 1) publishCall(message(`m${n}`));
    away = false;
    await exporter.flush();
    expect(batches.flat().map(({ name }) => name)).toEqual(['m7', 'm8', 'm9']);
    expect(exporter.dropped).toBe(7);
  });

  it('keeps 4 MiB where nothing else is said', async () => {
    const { batches, exporter } = start();
    for (let n = 0; n < 50; n += 1) publishCall(message('large', { text: 'ä'.repeat(50_000) }));
    await exporter.flush();
    expect(batches.flat()).toHaveLength(41);
  });

  const http = (code: number): Error => Object.assign(new Error(`HTTP ${code}`), { code });

  it.each([
    ['an hour of refused connections', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    ['an hour of 401 while a token is rotated', http(401)],
    ['an hour of 403', http(403)],
    ['an hour of 404 of a proxy without a backend', http(404)],
    ['an hour of 408', http(408)],
    ['an hour of 429', http(429)],
    ['an hour of 500', http(500)],
    ['an hour of 503 whose status the exporter does not tell', undefined],
    ['an hour of UNAVAILABLE', http(14)],
  ])('loses nothing to %s, and asks ever more seldom', async (_, error) => {
    let away = true;
    const { batches, exporter } = start((_, done) => done(away ? { code: 1, ...(error && { error }) } : { code: 0 }));
    publishCall(message('a'));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(batches.length).toBeGreaterThan(60);
    expect(batches.length).toBeLessThan(130);
    publishCall(message('b'));
    away = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(batches.at(-1)?.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(exporter.dropped).toBe(0);
  });

  it.each([http(400), http(413), http(3)])('is not asked again where it refuses for good: %s', async (error) => {
    const { batches, exporter } = start((spans, done) =>
      done(spans[0]?.name === 'bad' ? { code: 1, error } : { code: 0 }),
    );
    publishCall(message('bad'));
    await vi.advanceTimersByTimeAsync(2_000);
    publishCall(message('good'));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(batches.map((batch) => batch.map(({ name }) => name))).toEqual([['bad'], ['good']]);
    expect(exporter.dropped).toBe(1);
  });

  it.each([
    { random: 0, tries: 2 },
    { random: 1, tries: 1 },
  ])('is not asked by every process at once when it is back: $tries tries', async ({ random, tries }) => {
    vi.spyOn(Math, 'random').mockReturnValue(random);
    const { batches } = start((_, done) => done({ code: 1 }), { interval: 100 });
    publishCall(message('a'));
    await vi.advanceTimersByTimeAsync(160);
    expect(batches).toHaveLength(tries);
  });
});

describe('what was lost', () => {
  let said: string[];
  beforeEach(() => {
    said = [];
    const keep = (text: string): void => void said.push(text.replace(/^@warmspare\/instrumentation: /, ''));
    diag.setLogger({ error: keep, warn: keep, info() {}, debug() {}, verbose() {} }, { suppressOverrideMessage: true });
  });
  afterEach(() => diag.disable());

  it('is said with its number: once while the outage lasts, and at its end', async () => {
    let away = true;
    const { exporter } = start((_, done) => done({ code: away ? 1 : 0 }), { interval: 100, maxQueue: 2 });
    for (let n = 0; n < 5; n += 1) publishCall(message('m'));
    await vi.advanceTimersByTimeAsync(300);
    for (let n = 0; n < 5; n += 1) publishCall(message('m'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(said).toEqual(['3 messages of evidence lost: more waited than are kept (3 in all)']);
    away = false;
    await exporter.flush();
    expect(said.slice(1)).toEqual(['5 messages of evidence lost: more waited than are kept (8 in all)']);
  });

  it('is nothing yet in an outage, and that is said once', async () => {
    start((_, done) => done({ code: 1 }), { interval: 100 });
    publishCall(message('m'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(said).toEqual(['evidence could not be sent to the processor; it is kept within a bound and sent again']);
  });

  it('is said of what a shutdown leaves behind', async () => {
    const { exporter } = start((_, done) => done({ code: 1 }));
    for (let n = 0; n < 3; n += 1) publishCall(message('m'));
    await exporter.shutdown();
    expect(said.at(-1)).toBe(
      '3 messages of evidence lost: the process ended before the processor took them (3 in all)',
    );
    expect(exporter.dropped).toBe(3);
  });

  it('is said of what a shutdown could not wait for', async () => {
    let finish: Done = () => {};
    const { exporter } = start((_, done) => {
      finish = done;
    });
    publishCall(message('m'));
    const ended = exporter.shutdown({ timeout: 2_000 });
    await vi.advanceTimersByTimeAsync(2_000);
    await ended;
    finish({ code: 0 });
    expect(said).toEqual(['1 message of evidence lost: the process ended before the processor took them (1 in all)']);
  });

  it.each([
    { left: true, lost: [] },
    { left: false, lost: ['1 message of evidence lost: the process ended before the processor took them (1 in all)'] },
  ])('is said of an exit: $left', ({ left, lost }) => {
    const { exporter } = start();
    publishCall(message('m'));
    exporter.leave(() => left);
    expect(said).toEqual(lost);
  });

  it('is said where the logger itself throws, too: to nobody', async () => {
    diag.disable();
    const broken = (): never => {
      throw new Error('logger');
    };
    diag.setLogger({ error: broken, warn: broken, info() {}, debug() {}, verbose() {} });
    const { exporter } = start((_, done) => done({ code: 1 }));
    publishCall(message('m'));
    await expect(exporter.shutdown()).resolves.toBeUndefined();
  });
});

describe('flush()', () => {
  it('sends at once what every exporter of the process has', async () => {
    const { batches } = start();
    publishCall(message('a'));
    await flush();
    expect(batches).toHaveLength(1);
  });

  it('holds nobody longer than its timeout', async () => {
    let finish: Done = () => {};
    const { exporter } = start((_, done) => {
      finish = done;
    });
    publishCall(message('a'));
    const flushed = vi.fn();
    void flush({ timeout: 1_000 }).then(flushed);
    await vi.advanceTimersByTimeAsync(999);
    expect(flushed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(flushed).toHaveBeenCalledTimes(1);
    const hand = vi.fn(() => true);
    exporter.leave(hand);
    expect(hand.mock.calls).toMatchObject([[[{ name: 'a' }]]]);
    finish({ code: 0 });
  });

  it('asks an exporter that answers nothing once more after a minute', async () => {
    const { batches } = start((_, done) => (batches.length > 1 ? done({ code: 0 }) : undefined));
    publishCall(message('a'));
    await vi.advanceTimersByTimeAsync(70_000);
    expect(batches).toHaveLength(2);
  });

  it.each([
    ['nothing is sent', () => {}],
    ['nothing waits', () => void start()],
  ])('resolves where %s', async (_, prepare) => {
    prepare();
    await expect(flush()).resolves.toBeUndefined();
  });
});

describe('an exporter that misbehaves', () => {
  it.each([
    {
      what: 'throws',
      answer: (): never => {
        throw new Error('bug');
      },
    },
    { what: 'fails', answer: (_: unknown, done: Done): void => done({ code: 1, error: new Error('no') }) },
  ])('harms nobody where it $what', async ({ answer }) => {
    const { exporter } = start(answer);
    expect(() => publishCall(message('a'))).not.toThrow();
    await expect(exporter.flush()).resolves.toBeUndefined();
    await expect(exporter.shutdown()).resolves.toBeUndefined();
  });
});

it('splits what waits into batches and closes the exporter after the last', async () => {
  const { batches, transport, exporter } = start((_, done) => realTimeout(() => done({ code: 0 }), 0));
  for (let n = 0; n < 1_100; n += 1) publishCall(message('m'));
  await exporter.shutdown();
  expect(batches.map((batch) => batch.length)).toEqual([512, 512, 76]);
  expect(transport.shutdown).toHaveBeenCalledTimes(1);
  publishCall(message('late'));
  expect(batches).toHaveLength(3);
});

describe('in the form that an SDK takes', () => {
  it('flushes and ends with the SDK, as one of its span processors', async () => {
    const batches: (readonly EvidenceSpan[])[] = [];
    const transport = {
      export: (spans: readonly EvidenceSpan[], done: Done) => {
        batches.push(spans);
        done({ code: 0 });
      },
      shutdown: vi.fn(() => Promise.resolve()),
    };
    const evidence = new WarmspareEvidenceExporter({ exporter: transport });
    const provider = new TracerProvider({ sampler: new AlwaysOffSampler(), spanProcessors: [evidence] });
    provider.getTracer('app').startSpan('of the app').end();
    publishCall(message('chat gpt'));
    await provider.forceFlush();
    expect(batches.flat().map(({ name }) => name)).toEqual(['chat gpt']);
    await provider.shutdown();
    expect(transport.shutdown).toHaveBeenCalledOnce();
    publishCall(message('chat late'));
    expect(evidence.dropped).toBe(0);
    expect(batches).toHaveLength(1);
  });

  it('takes the spans of a processor around it, and sends none of them', () => {
    const transport = { export: vi.fn(), shutdown: () => Promise.resolve() };
    const evidence = new WarmspareEvidenceExporter({ exporter: transport });
    const done = vi.fn();
    evidence.export([{}], done);
    expect(done).toHaveBeenCalledWith({ code: 0 });
    expect(transport.export).not.toHaveBeenCalled();
    return evidence.shutdown();
  });
});
