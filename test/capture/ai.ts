/**
 * Captures what the AI SDK exports through `@ai-sdk/otel`, for the corpus in test/fixtures: runs `ai.mjs` once a scenario, in a folder that
 * has the packages, against two local providers. README.md says how.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { answer, fail, json, type Step, startAnthropic, startOpenAI } from '@warmspare/providers';
import { otlpJson, withoutPaths } from './otlp-json.ts';
import { startSink } from './sink.ts';

const RATE_LIMITED = fail('rate_limit', { retryAfter: 0 });
const INVALID = { summary: 'Wrong VAT number on invoice 2026-118.', priority: 'asap' };

interface Scenario {
  readonly primary: readonly Step[];
  readonly fallback: readonly Step[];
}

/** What the two providers answer, request by request; the SDK tries each call twice. */
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  '1-primary-success': {
    primary: [answer({ tokens: { input: 2000, output: 800, cachedInput: 128, reasoning: 16 } })],
    fallback: [],
  },
  '2-primary-429-fallback-success': {
    primary: [RATE_LIMITED, RATE_LIMITED],
    fallback: [answer({ tokens: { input: 2010, output: 810 } })],
  },
  '3-primary-503-fallback-500': {
    primary: [fail('unavailable'), fail('unavailable')],
    fallback: [fail('server_error'), fail('server_error')],
  },
  '4-primary-429-fallback-schema-invalid': {
    primary: [RATE_LIMITED, RATE_LIMITED],
    fallback: [json(INVALID, { tokens: { input: 2020, output: 820 } })],
  },
  '5-primary-stream-success': {
    primary: [answer({ tokens: { input: 2030, output: 830, cachedInput: 128, reasoning: 16 } })],
    fallback: [],
  },
};

const { values } = parseArgs({ options: { packages: { type: 'string' }, name: { type: 'string' } } });
if (values.packages === undefined || values.name === undefined) throw new Error('--packages and --name are needed');
const packages = resolve(values.packages);
const folder = fileURLToPath(new URL(`../fixtures/${values.name}/`, import.meta.url));
const app = join(packages, 'app.mjs');
copyFileSync(fileURLToPath(new URL('./ai.mjs', import.meta.url)), app);
mkdirSync(folder, { recursive: true });

const openai = await startOpenAI();
const anthropic = await startAnthropic();
const sink = await startSink();
for (const [scenario, { primary, fallback }] of Object.entries(SCENARIOS)) {
  openai.script(...primary);
  anthropic.script(...fallback);
  const env = { ...process.env, SINK_URL: sink.url, OPENAI_URL: openai.url, ANTHROPIC_URL: anthropic.url };
  const child = spawn(process.execPath, [app, scenario], { env, stdio: 'inherit' });
  const code = await new Promise((done) => child.on('exit', done));
  if (code !== 0) throw new Error(`${scenario}: the app ended with ${code}`);
  const body = withoutPaths(sink.take(), [[packages, '/app']]);
  writeFileSync(`${folder}${scenario}.otlp.pb`, body);
  writeFileSync(`${folder}${scenario}.otlp.json`, `${JSON.stringify(otlpJson(body), null, 2)}\n`);
  console.log(`${scenario}: ${body.length} bytes`);
}
await openai.close();
await anthropic.close();
await sink.close();
