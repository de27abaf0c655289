/**
 * Captures what Python instrumentations really export, for the corpus in test/fixtures: runs `app.py` once a scenario against a
 * local provider and writes the bodies that the OTLP exporter sent. README.md says how.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { answer, fail, json, type Step, startOpenAI } from '@warmspare/providers';
import { otlpJson } from './otlp-json.ts';
import { startSink } from './sink.ts';

const RATE_LIMITED = fail('rate_limit', { retryAfter: 0 });
const INVALID = { summary: 'Wrong VAT number on invoice 2026-118.', priority: 'asap' };

/** What the provider answers, request by request; the app's client tries each call twice. */
const SCENARIOS: Readonly<Record<string, readonly Step[]>> = {
  '1-primary-success': [answer({ tokens: { input: 2000, output: 800, cachedInput: 128, reasoning: 16 } })],
  '2-primary-429-fallback-success': [RATE_LIMITED, RATE_LIMITED, answer({ tokens: { input: 2010, output: 810 } })],
  '3-primary-503-fallback-500': [fail('unavailable'), fail('unavailable'), fail('server_error'), fail('server_error')],
  '4-primary-429-fallback-schema-invalid': [
    RATE_LIMITED,
    RATE_LIMITED,
    json(INVALID, { tokens: { input: 2020, output: 820 } }),
  ],
  '5-primary-stream-success': [answer({ tokens: { input: 2030, output: 830, cachedInput: 128, reasoning: 16 } })],
};

const { values } = parseArgs({
  options: { python: { type: 'string', default: 'python3' }, library: { type: 'string' }, name: { type: 'string' } },
});
if (values.library === undefined || values.name === undefined) throw new Error('--library and --name are needed');
const folder = fileURLToPath(new URL(`../fixtures/${values.name}/`, import.meta.url));
const app = fileURLToPath(new URL('./app.py', import.meta.url));
mkdirSync(folder, { recursive: true });

const provider = await startOpenAI();
const sink = await startSink();
for (const [scenario, steps] of Object.entries(SCENARIOS)) {
  provider.script(...steps);
  const env = {
    ...process.env,
    OPENAI_BASE_URL: `${provider.url}/v1`,
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    TRACELOOP_TRACE_CONTENT: 'false',
  };
  const child = spawn(values.python, [app, values.library, scenario], { env, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.on('exit', resolve));
  if (code !== 0) throw new Error(`${scenario}: the app ended with ${code}`);
  const body = sink.take();
  writeFileSync(`${folder}${scenario}.otlp.pb`, body);
  writeFileSync(`${folder}${scenario}.otlp.json`, `${JSON.stringify(otlpJson(body), null, 2)}\n`);
  console.log(`${scenario}: ${body.length} bytes`);
}
await provider.close();
await sink.close();
