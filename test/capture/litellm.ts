/**
 * Captures the spans of a LiteLLM proxy for the corpus in test/fixtures, and the headers of its answers: `litellm.yaml` in front of
 * a local provider, one request a scenario. README.md says how.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { answer, fail, type Step, startOpenAI } from '@warmspare/providers';
import { otlpJson, withoutPaths } from './otlp-json.ts';
import { startSink } from './sink.ts';

const RATE_LIMITED = fail('rate_limit', { retryAfter: 0 });
const FALLEN = answer({ tokens: { input: 2010, output: 810 } });

/** What is asked of the proxy, and what the provider answers to the proxy; `mocked` is answered by the proxy itself. */
const SCENARIOS: Readonly<Record<string, { readonly ask: object; readonly steps: readonly Step[] }>> = {
  '1-primary-success': {
    ask: { model: 'gpt-5' },
    steps: [answer({ tokens: { input: 2000, output: 800, cachedInput: 128, reasoning: 16 } })],
  },
  '2-primary-429-fallback-success': { ask: { model: 'gpt-5', seed: 2 }, steps: [RATE_LIMITED, FALLEN] },
  '3-primary-503-fallback-500': {
    ask: { model: 'gpt-5', seed: 3 },
    steps: [fail('unavailable'), fail('server_error')],
  },
  '5-primary-429-fallback-stream': {
    ask: { model: 'gpt-5', seed: 5, stream: true, stream_options: { include_usage: true } },
    steps: [RATE_LIMITED, FALLEN],
  },
  '6-primary-from-cache': { ask: { model: 'gpt-5' }, steps: [] },
  '7-primary-429-fallback-mocked': { ask: { model: 'gpt-5', seed: 7, fallbacks: ['mocked'] }, steps: [RATE_LIMITED] },
};

const { values } = parseArgs({ options: { venv: { type: 'string' }, name: { type: 'string' } } });
const { venv, name } = values;
if (venv === undefined || name === undefined) throw new Error('--venv and --name are needed');
const folder = fileURLToPath(new URL(`../fixtures/${name}/`, import.meta.url));
const config = fileURLToPath(new URL('./litellm.yaml', import.meta.url));
mkdirSync(folder, { recursive: true });

const PORT = 4999;
const provider = await startOpenAI();
const sink = await startSink();
const proxy = spawn(`${venv}/bin/litellm`, ['--config', config, '--host', '127.0.0.1', '--port', String(PORT)], {
  env: {
    ...process.env,
    PROVIDER_URL: `${provider.url}/v1`,
    OTEL_SERVICE_NAME: 'support-api',
    OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=acme,deployment.environment.name=prod',
    OTEL_EXPORTER: 'otlp_http',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_ENDPOINT: sink.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
  },
  stdio: 'ignore',
});
await until(async () => (await fetch(`http://127.0.0.1:${PORT}/health/liveliness`)).ok);
sink.take();

const headers: Record<string, Record<string, string>> = {};
for (const [scenario, { ask, steps }] of Object.entries(SCENARIOS)) {
  provider.script(...steps);
  const response = await fetch(`http://127.0.0.1:${PORT}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer none' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Summarise ticket 4711.' }], ...ask }),
  });
  await response.text();
  headers[scenario] = {
    status: String(response.status),
    ...Object.fromEntries([...response.headers].filter(([header]) => header.startsWith('x-litellm-'))),
  };
  // The proxy's own exporter sends every five seconds.
  await pause(8000);
  const places = [[venv, '/app/venv']] as const;
  const body = withoutPaths(sink.take(), places);
  writeFileSync(`${folder}${scenario}.otlp.pb`, body);
  writeFileSync(`${folder}${scenario}.otlp.json`, `${JSON.stringify(otlpJson(body), null, 2)}\n`);
  console.log(`${scenario}: ${response.status}, ${body.length} bytes`);
}
writeFileSync(`${folder}headers.json`, `${JSON.stringify(headers, null, 2)}\n`);
proxy.kill();
await provider.close();
await sink.close();

async function until(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    if (await check().catch(() => false)) return;
    await pause(1000);
  }
  throw new Error('the proxy did not start');
}
