/** The example's two Collectors, the service between them and a real Prometheus at the end: a span goes in, its metrics come out. */
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { freePort, startChild } from './child.ts';
import { eventually } from './eventually.ts';
import { otlpBody, sendBody } from './otlp-body.ts';
import { startPrometheus } from './prometheus.ts';

const COLLECTOR = fileURLToPath(new URL('../bench/.collector/otelcol-spanmetrics', import.meta.url));
const PROMETHEUS = fileURLToPath(new URL('./.servers/prometheus', import.meta.url));
const WARMSPARE = fileURLToPath(new URL('../../processor/bin/warmspare.js', import.meta.url));
const EXAMPLES = fileURLToPath(new URL('../../examples/collector/', import.meta.url));

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

test('a span reaches the service through agent and gateway, and its metrics reach Prometheus through the gateway', async () => {
  for (const program of [COLLECTOR, PROMETHEUS])
    if (!existsSync(program)) throw new Error(`there is no ${program}. Build it with: bash test/system/install.sh`);
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-collector-'));
  open.push(() => rm(directory, { recursive: true, force: true }));
  for (const file of ['agent.yaml', 'gateway.yaml', 'warmspare.yaml'])
    await copyFile(join(EXAMPLES, file), join(directory, file));

  const addresses = ['AGENT_GRPC', 'AGENT_HTTP', 'GATEWAY_GRPC', 'GATEWAY_HTTP', 'WARMSPARE_HTTP', 'WARMSPARE_GRPC'];
  const ports = ['AGENT_METRICS_PORT', 'GATEWAY_METRICS_PORT', 'admin', 'prometheus', ...addresses];
  const free: Record<string, number> = {};
  for (const name of ports) free[name] = await freePort();
  const url = (name: string): string => `http://127.0.0.1:${free[name]}`;
  const env: Record<string, string> = {
    ...Object.fromEntries(addresses.map((name) => [name, `127.0.0.1:${free[name]}`])),
    AGENT_METRICS_PORT: String(free.AGENT_METRICS_PORT),
    GATEWAY_METRICS_PORT: String(free.GATEWAY_METRICS_PORT),
    GATEWAY_ENDPOINT: url('GATEWAY_HTTP'),
    WARMSPARE_ENDPOINT: url('WARMSPARE_HTTP'),
    WARMSPARE_ADMIN: `127.0.0.1:${free.admin}`,
    PROMETHEUS_ENDPOINT: url('prometheus'),
  };

  // Not scraped by this one: what it knows has come through the gateway.
  const prometheus = await startPrometheus(await freePort(), '', {
    program: PROMETHEUS,
    flags: ['--web.enable-otlp-receiver'],
    port: free.prometheus ?? 0,
  });
  open.push(() => prometheus.close());
  const outputs = [
    [process.execPath, WARMSPARE, 'serve', '--config', 'warmspare.yaml'],
    [COLLECTOR, '--config', 'gateway.yaml'],
    [COLLECTOR, '--config', 'agent.yaml'],
  ].map(([program = '', ...parameters]) => {
    const child = startChild(program, parameters, directory, env);
    open.push(() => child.end('SIGKILL'));
    return child.output;
  });

  const span = { id: 1, chain: 'summarize-ticket', rank: 1, outcome: 'success', endTime: Date.now() } as const;
  const body = otlpBody('support-api', [span]);
  await eventually('the agent takes the span', async () => (await sendBody(url('AGENT_HTTP'), body)) || undefined);
  const calls =
    'llm_fallback_calls_total{llm_fallback_call_outcome="success", llm_fallback_target_name="claude-haiku"}';
  const [sample] = await prometheus.until(`${calls} > 0`).catch((cause) => {
    throw new Error(outputs.map((output) => output()).join('\n---\n'), { cause });
  });
  expect(sample?.value).toBe(1);
  expect(sample?.labels).toMatchObject({ job: 'support-api', service_name: 'support-api' });
});
