import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type handleUnaryCall, type MethodDefinition, Server, ServerCredentials } from '@grpc/grpc-js';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { METRIC_LLM_FALLBACK_CALLS, METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS } from '@warmspare/semconv';
import { afterEach, describe, expect, it } from 'vitest';
import type { MetricPoint, SumPoint } from '../types/metric.ts';
import { createDeltaState } from './delta.ts';
import { createOtlpOutput, type MetricExporter, openExporter } from './otlp.ts';

const a = { namespace: 'shop', name: 'a', environment: 'prod' };
const b = { namespace: '', name: 'b', environment: '' };
const ofA = { chain: 'c' };
const ofB = { chain: 'c' };
const calls = (service: typeof a, attributes: typeof ofA, value: number): SumPoint => ({
  kind: 'counter',
  name: METRIC_LLM_FALLBACK_CALLS,
  service,
  attributes,
  value,
  startTime: 1000,
});
const age: MetricPoint = {
  kind: 'gauge',
  name: METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
  service: a,
  attributes: ofA,
  value: 12,
};
const context = { version: '1.2.3', instanceId: 'i-1' };

function collecting(refuses: (metrics: ResourceMetrics) => boolean = () => false) {
  const sent: ResourceMetrics[] = [];
  const exporter: MetricExporter = {
    export(metrics, done) {
      if (refuses(metrics)) return done({ code: 1, error: new Error('refused') });
      sent.push(metrics);
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
  return { sent, exporter };
}

const nameOf = (metrics: ResourceMetrics) => metrics.resource.attributes['service.name'];
const callsOf = (metrics: ResourceMetrics) =>
  metrics.scopeMetrics.flatMap((scope) =>
    scope.metrics.filter(({ descriptor }) => descriptor.name === METRIC_LLM_FALLBACK_CALLS),
  );

describe('OTLP out', () => {
  it('sends one resource for each observed service, under the persisted instance id', async () => {
    const { sent, exporter } = collecting();
    await createOtlpOutput(exporter, context).export(
      [{ ...calls(a, ofA, 3), extra: { own: 'x' } }, calls(b, ofB, 1), age],
      5500,
    );
    expect(sent.map(({ resource }) => resource.attributes)).toEqual([
      {
        'service.namespace': 'shop',
        'service.name': 'a',
        'deployment.environment.name': 'prod',
        'service.instance.id': 'i-1',
      },
      { 'service.name': 'b', 'service.instance.id': 'i-1' },
    ]);
    expect(sent[0]?.scopeMetrics[0]?.scope).toEqual({ name: '@warmspare/processor', version: '1.2.3' });
    expect(sent[0]?.scopeMetrics[0]?.metrics).toMatchObject([
      {
        descriptor: { name: METRIC_LLM_FALLBACK_CALLS, unit: '{call}' },
        aggregationTemporality: 1,
        isMonotonic: true,
        dataPoints: [{ startTime: [1, 0], endTime: [5, 500_000_000], attributes: { chain: 'c', own: 'x' }, value: 3 }],
      },
      { descriptor: { name: METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS, unit: 's' }, dataPoints: [{ value: 12 }] },
    ]);
  });

  it('keeps the delta of a refused service for the next export, and does not hold up the others', async () => {
    let refused = 'a';
    const { sent, exporter } = collecting((metrics) => nameOf(metrics) === refused);
    const output = createOtlpOutput(exporter, context, createDeltaState());
    await expect(output.export([calls(a, ofA, 3), calls(b, ofB, 1)], 2000)).rejects.toThrow('refused');
    refused = '';
    await output.export([calls(a, ofA, 5), calls(b, ofB, 2)], 3000);
    const values = sent.map((metrics) => [
      nameOf(metrics),
      callsOf(metrics)[0]?.aggregationTemporality,
      callsOf(metrics)[0]?.dataPoints[0]?.value,
    ]);
    expect(values).toEqual([
      ['b', 0, 1],
      ['a', 0, 5],
      ['b', 0, 1],
    ]);
  });

  it.each([
    ['cumulative', undefined, 1, [3, 5]],
    ['delta', createDeltaState(), 0, [3, 2]],
  ] as const)('counts as %s asks', async (_, deltas, aggregation, values) => {
    const { sent, exporter } = collecting();
    const output = createOtlpOutput(exporter, context, deltas);
    for (const value of [3, 5]) await output.export([calls(a, ofA, value)], 2000 + value);
    const data = sent.flatMap(callsOf);
    expect(data.map(({ aggregationTemporality }) => aggregationTemporality)).toEqual([aggregation, aggregation]);
    expect(data.map(({ dataPoints }) => dataPoints[0]?.value)).toEqual(values);
  });

  it('sends several services at a time, and does not try them all when the receiver is down', async () => {
    const many = Array.from({ length: 100 }, (_, index) => calls({ ...b, name: `s${index}` }, { chain: 'c' }, 1));
    let underWay = 0;
    let most = 0;
    let tried = 0;
    const slow = (code: number): MetricExporter => ({
      export(_metrics, done) {
        tried += 1;
        most = Math.max(most, ++underWay);
        setImmediate(() => {
          underWay -= 1;
          done({ code });
        });
      },
      shutdown: () => Promise.resolve(),
    });
    await createOtlpOutput(slow(0), context).export(many, 2000);
    expect([tried, most]).toEqual([100, 8]);
    tried = 0;
    await expect(createOtlpOutput(slow(1), context).export(many, 2000)).rejects.toThrow();
    expect(tried).toBeLessThan(20);
  });

  it('is sent by gRPC with the configured headers', async () => {
    const server = new Server();
    const requests: { bytes: number; key: unknown }[] = [];
    const raw = (bytes: Buffer): Buffer => bytes;
    const path = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
    const definition: MethodDefinition<Buffer, Buffer> = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: raw,
      requestDeserialize: raw,
      responseSerialize: raw,
      responseDeserialize: raw,
    };
    const answer: handleUnaryCall<Buffer, Buffer> = (call, done) => {
      requests.push({ bytes: call.request.length, key: call.metadata.get('x-key')[0] });
      done(null, Buffer.alloc(0));
    };
    server.addService({ Export: definition }, { Export: answer });
    const port = await new Promise<number>((resolve, reject) => {
      const credentials = ServerCredentials.createInsecure();
      server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
    });
    try {
      const endpoint = `http://127.0.0.1:${port}`;
      const exporter = await openExporter({
        endpoint,
        protocol: 'grpc',
        timeout: 5,
        headers: { 'x-key': 'k' },
      });
      const output = createOtlpOutput(exporter, context);
      await output.export([calls(a, ofA, 3)], 2000);
      expect(requests).toEqual([{ bytes: expect.any(Number) as number, key: 'k' }]);
      expect(requests[0]?.bytes).toBeGreaterThan(50);
      await output.close();
    } finally {
      server.forceShutdown();
    }
  });

  describe('over HTTP', () => {
    const closers: (() => void)[] = [];
    afterEach(() => {
      for (const close of closers.splice(0)) close();
    });

    async function receiver(status: number) {
      const requests: { url: string | undefined; type: string | undefined; key: string | undefined; bytes: number }[] =
        [];
      const server = createServer((request, response) => {
        let bytes = 0;
        request.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        request.on('end', () => {
          requests.push({
            url: request.url,
            type: request.headers['content-type'],
            key: request.headers['x-key']?.toString(),
            bytes,
          });
          response.writeHead(status).end();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closers.push(() => server.close());
      return { requests, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    }

    const target = (endpoint: string) =>
      ({
        endpoint,
        protocol: 'http/protobuf',
        timeout: 5,
        headers: { 'x-key': 'k' },
      }) as const;

    it('is sent to /v1/metrics of a bare address, with the configured headers', async () => {
      const { requests, endpoint } = await receiver(200);
      const output = createOtlpOutput(await openExporter(target(endpoint)), context);
      await output.export([calls(a, ofA, 3)], 2000);
      expect(requests).toEqual([
        { url: '/v1/metrics', type: 'application/x-protobuf', key: 'k', bytes: expect.any(Number) as number },
      ]);
      expect(requests[0]?.bytes).toBeGreaterThan(50);
      await output.close();
    });

    it('is an error when the receiver refuses', async () => {
      const { endpoint } = await receiver(400);
      const output = createOtlpOutput(await openExporter(target(`${endpoint}/custom`)), context);
      await expect(output.export([calls(a, ofA, 3)], 2000)).rejects.toThrow();
      await output.close();
    });
  });
});
