/** Metric points go in and are sent by OpenTelemetry's own exporters, one resource for each observed service. It keeps no backlog: what a failed export lacked, the next one carries. */
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { MetricPoint } from '../types/metric.ts';
import type { DeltaState } from './delta.ts';
import { type OtlpContext, resourceMetrics } from './otlp-data.ts';

/**
 * Services that are sent at a time: with thousands of them one after the other would outlast the interval. As many failures
 * in a row mean that the receiver is down, and the rest is left for the next export.
 */
const IN_PARALLEL = 8;

/** Where to send and how. Seconds. */
export interface OtlpTarget {
  readonly endpoint: string;
  readonly protocol: 'http/protobuf' | 'grpc';
  readonly timeout: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The part of the SDK's exporters that is used here. */
export interface MetricExporter {
  export(metrics: ResourceMetrics, done: (result: { readonly code: number; readonly error?: Error }) => void): void;
  shutdown(): Promise<void>;
}

/** Sends points; each call stands for itself. */
export interface OtlpOutput {
  /** Rejects when the points of any service were refused after the exporter's own retries; the others have been sent. */
  export(points: readonly MetricPoint[], now: number): Promise<void>;
  close(): Promise<void>;
}

/** The official exporter for the configured protocol; the other one is not loaded. */
export async function openExporter({ protocol, endpoint, timeout, headers }: OtlpTarget): Promise<MetricExporter> {
  const timeoutMillis = timeout * 1000;
  if (protocol === 'http/protobuf') {
    const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
    return new OTLPMetricExporter({ url: metricsUrl(endpoint), timeoutMillis, headers: { ...headers } });
  }
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-grpc');
  const { Metadata } = await import('@grpc/grpc-js');
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return new OTLPMetricExporter({ url: endpoint, timeoutMillis, metadata });
}

/** Exports by `exporter`, cumulative where `deltas` is left out. */
export function createOtlpOutput(exporter: MetricExporter, context: OtlpContext, deltas?: DeltaState): OtlpOutput {
  const send = (metrics: ResourceMetrics): Promise<void> =>
    new Promise((resolve, reject) => {
      exporter.export(metrics, ({ code, error }) => {
        if (code === 0) resolve();
        else reject(error ?? new Error('the exporter gave no reason'));
      });
    });

  return {
    async export(points, now) {
      const errors: unknown[] = [];
      const services = byService(points)[Symbol.iterator]();
      let failedInARow = 0;
      const sendNext = async (): Promise<void> => {
        for (let next = services.next(); next.done !== true && failedInARow < IN_PARALLEL; next = services.next()) {
          const since = deltas?.since(next.value, now);
          const kind = deltas === undefined ? 'cumulative' : 'delta';
          try {
            for (const metrics of resourceMetrics(since?.points ?? next.value, now, kind, context)) await send(metrics);
            since?.accepted();
            failedInARow = 0;
            // A store that cannot write is told of elsewhere: it keeps this with the next export.
            await since?.kept().catch(() => undefined);
          } catch (error) {
            failedInARow += 1;
            errors.push(error);
          }
        }
      };
      await Promise.all(Array.from({ length: IN_PARALLEL }, sendNext));
      if (errors.length > 0) throw errors[0];
    },
    close: () => exporter.shutdown(),
  };
}

/** Services are sent apart, so that one refused service does not hold up the baseline of another. */
function byService(points: readonly MetricPoint[]): Iterable<readonly MetricPoint[]> {
  return Map.groupBy(points, ({ service }) =>
    JSON.stringify([service.namespace, service.name, service.environment]),
  ).values();
}

/** A bare address gets the path of the signal, as OTEL_EXPORTER_OTLP_ENDPOINT does; a URL with a path is used as it is. */
function metricsUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (url.pathname === '/' || url.pathname === '') url.pathname = '/v1/metrics';
  return url.href;
}
