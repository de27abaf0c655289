/** The example's sampling Collector: Warmspare counts every span, the tracing backend gets the traces in which a fallback ran. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { ATTR_LLM_FALLBACK_TARGET_NAME } from '@warmspare/semconv';
import { afterEach, expect, test } from 'vitest';
import { RequestType } from '../bench/reference.ts';
import { freePort, startChild } from './child.ts';
import { eventually } from './eventually.ts';
import { otlpBody, sendBody } from './otlp-body.ts';
import { placeService, startService } from './service.ts';

const COLLECTOR = fileURLToPath(new URL('../bench/.collector/otelcol-spanmetrics', import.meta.url));
const CONFIGURATION = fileURLToPath(new URL('../../examples/collector/tail-sampled.yaml', import.meta.url));

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

test('of fifty traces the backend gets the one with a fallback, and Warmspare counts all', async () => {
  if (!existsSync(COLLECTOR)) throw new Error(`there is no ${COLLECTOR}. Build it with: bash test/system/install.sh`);
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-tail-'));
  open.push(() => rm(directory, { recursive: true, force: true }));
  const service = await startService(await placeService(directory, ''));
  open.push(() => service.kill());
  const backend = await startBackend();
  const gateway = await freePort();
  const collector = startChild(COLLECTOR, ['--config', CONFIGURATION], directory, {
    GATEWAY_HTTP: `127.0.0.1:${gateway}`,
    GATEWAY_GRPC: `127.0.0.1:${await freePort()}`,
    GATEWAY_METRICS_PORT: String(await freePort()),
    WARMSPARE_ENDPOINT: service.otlp,
    BACKEND_ENDPOINT: backend.url,
    DECISION_WAIT: '1s',
    SAMPLING_PERCENTAGE: '0',
  });
  open.push(() => collector.end('SIGKILL'));

  const endTime = Date.now();
  const primaries = Array.from({ length: 49 }, (_, index) => ({ id: index + 1, rank: 0 as const }));
  const spans = [...primaries, { id: 50, rank: 1 as const }];
  const body = otlpBody(
    'support-api',
    spans.map((span) => ({ ...span, chain: 'summarize-ticket', outcome: 'success', endTime })),
  );
  await eventually('the Collector takes the spans', async () => {
    if (collector.exitCode() !== undefined) throw new Error(collector.output());
    return (await sendBody(`http://127.0.0.1:${gateway}`, body)) || undefined;
  });

  await eventually('all count', async () => {
    const metrics = await (await fetch(`${service.admin}/metrics`)).text();
    const of = (target: string): boolean =>
      metrics.split('\n').some((line) => /^llm_fallback_calls_total/.test(line) && line.includes(target));
    return /primary.* 49$/m.test(metrics) && of('claude-haiku') ? true : undefined;
  });
  expect(await eventually('the backend has something', () => backend.targets.at(0))).toBe('claude-haiku');
  expect(backend.targets).toEqual(['claude-haiku']);
});

/** A tracing backend that remembers whose spans it got. */
async function startBackend(): Promise<{ url: string; targets: string[] }> {
  const targets: string[] = [];
  const server = createServer(async (request, response) => {
    const bytes = await buffer(request);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
    const message = RequestType.toObject(RequestType.decode(body)) as Body;
    for (const { scopeSpans } of message.resourceSpans) {
      for (const { attributes } of scopeSpans.flatMap(({ spans }) => spans)) {
        targets.push(attributes.find(({ key }) => key === ATTR_LLM_FALLBACK_TARGET_NAME)?.value.stringValue ?? '');
      }
    }
    response.setHeader('content-type', 'application/x-protobuf').end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, targets };
}

interface Body {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
      }[];
    }[];
  }[];
}
