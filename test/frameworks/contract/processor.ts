/** A real processor behind a port: OTLP of the app in, its rows, its spans and its bytes out. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALLS,
} from '@warmspare/semconv';
import { createPipeline } from '../../../processor/src/commit/pipeline.ts';
import { defaultConfig } from '../../../processor/src/config/config.ts';
import { createHttpReceiver } from '../../../processor/src/receive/http.ts';
import { createMemoryStore } from '../../../processor/src/store/memory.ts';
import type { Pipeline } from '../../../processor/src/types/pipeline.ts';
import type { SentSpan } from './span.ts';

/** Longer than a trace is waited for, ms. */
const SETTLED = 120_000;

export interface Heard {
  /** `chain | target type | success 1, error 1 | state`, sorted. */
  readonly rows: readonly string[];
  /** Calls that no row has. */
  readonly unassigned: number;
  /** What the app's SDK sent. */
  readonly spans: readonly SentSpan[];
  /** What the evidence exporter sent. */
  readonly evidence: Buffer;
}

export interface Processor {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT (as JSON) and WARMSPARE_ENDPOINT. */
  readonly traces: string;
  readonly evidence: string;
  /** All since the last time; what comes later finds an empty processor. */
  take(): Promise<Heard>;
  close(): Promise<void>;
}

export async function startProcessor(): Promise<Processor> {
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  let bodies: { readonly path: string; readonly type: string; readonly body: Buffer }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const type = request.headers['content-type'] ?? '';
      bodies.push({ path: request.url ?? '', type, body: Buffer.concat(chunks) });
      response.writeHead(200, { 'content-type': type }).end(type.includes('json') ? '{}' : '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    traces: `${url}/sdk`,
    evidence: `${url}/evidence`,
    async take() {
      const taken = bodies;
      bodies = [];
      ahead = 0;
      const policies = defaultConfig({}).policies;
      const pipeline = await createPipeline({ policies, store: await createMemoryStore(), now });
      const receiver = await createHttpReceiver({
        config: { endpoint: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestBodySize: 20_000_000 },
        keys: pipeline.keys,
        openBatch: (receivedAt) => pipeline.batch(receivedAt),
        now,
      });
      for (const { path, type, body } of taken) {
        if (!path.endsWith('/v1/traces')) continue;
        const headers = { 'content-type': type };
        const init = { method: 'POST', headers, body: new Uint8Array(body) };
        const answer = await fetch(`http://127.0.0.1:${receiver.port}/v1/traces`, init);
        if (!answer.ok) throw new Error(`the processor refused a body: ${await answer.text()}`);
      }
      ahead = SETTLED;
      await pipeline.settle();
      const heard = {
        rows: rowLines(pipeline, now()),
        unassigned: pipeline.snapshot(now()).unassigned.reduce((sum, { calls }) => sum + calls, 0),
        spans: taken.filter(({ path }) => path.startsWith('/sdk')).flatMap(({ body }) => spansIn(body)),
        evidence: Buffer.concat(taken.filter(({ path }) => path.startsWith('/evidence')).map(({ body }) => body)),
      };
      await receiver.close();
      await pipeline.close();
      return heard;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function rowLines(pipeline: Pipeline, now: number): readonly string[] {
  const snapshot = pipeline.snapshot(now);
  const counts = new Map<string, string[]>();
  for (const point of pipeline.metrics(snapshot)) {
    if (point.kind !== 'counter' || point.name !== METRIC_LLM_FALLBACK_CALLS || point.value === 0) continue;
    const said: Readonly<Record<string, unknown>> = { ...point.attributes, ...point.extra };
    const key = JSON.stringify([said[ATTR_LLM_FALLBACK_CHAIN_NAME], said[ATTR_LLM_FALLBACK_TARGET_NAME]]);
    counts.set(key, [...(counts.get(key) ?? []), `${said[ATTR_LLM_FALLBACK_CALL_OUTCOME]} ${point.value}`]);
  }
  return snapshot.targets
    .map(({ chain, target, routeType, state }) => {
      const calls = counts.get(JSON.stringify([chain, target])) ?? ['no call'];
      return `${chain} | ${target} ${routeType} | ${calls.sort().join(', ')} | ${state ?? '-'}`;
    })
    .sort();
}

interface Exported {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly {
      readonly scope?: { readonly name?: string };
      readonly spans?: readonly { readonly name: string; readonly attributes?: readonly Attribute[] }[];
    }[];
  }[];
}

interface Attribute {
  readonly key: string;
  readonly value: unknown;
}

function spansIn(body: Buffer): SentSpan[] {
  const { resourceSpans = [] } = JSON.parse(body.toString('utf8')) as Exported;
  return resourceSpans
    .flatMap(({ scopeSpans = [] }) => scopeSpans)
    .flatMap(({ scope, spans = [] }) =>
      spans.map(({ name, attributes = [] }) => ({
        name,
        scope: scope?.name ?? '',
        attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, value])),
      })),
    );
}
