import { setTimeout as realTimeout } from 'node:timers';
import { context, createContextKey, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AlwaysOffSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  type CallMessage,
} from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordSpans } from '../../test/recorded-spans.ts';
import { chain } from './chain.ts';
import { publishCall } from './channel.ts';
import type { EvidenceSpan } from './evidence/evidence-span.ts';
import { type EvidenceExporter, type EvidenceExporterOptions, startEvidenceExporter } from './evidence-exporter.ts';

type Done = (result: { code: number; error?: Error }) => void;

let exporter: EvidenceExporter | undefined;
beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(async () => {
  await exporter?.shutdown();
  exporter = undefined;
  vi.useRealTimers();
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

  it('makes the queue no longer than its bound', async () => {
    let away = true;
    const { batches, exporter } = start((_, done) => done({ code: away ? 1 : 0 }), { maxQueue: 3 });
    for (let n = 0; n < 10; n += 1) publishCall(message(`m${n}`));
    away = false;
    await exporter.flush();
    expect(batches.flat().map(({ name }) => name)).toEqual(['m0', 'm1', 'm2']);
  });

  it('does not block later messages for good: a batch refused ten times is given up', async () => {
    const { batches, exporter } = start((spans, done) => done({ code: spans[0]?.name === 'bad' ? 1 : 0 }), {
      interval: 100,
    });
    publishCall(message('bad'));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(batches).toHaveLength(10);
    publishCall(message('good'));
    await exporter.flush();
    expect(batches.at(-1)?.map(({ name }) => name)).toEqual(['good']);
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
