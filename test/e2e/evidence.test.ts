/**
 * An app that samples nothing, the OTLP exporter that it has, and the processor: the evidence arrives, and a copy of the same
 * spans in the trace pipeline counts nothing twice.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { AlwaysOffSampler, type Sampler } from '@opentelemetry/sdk-trace';
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALLS,
} from '@warmspare/semconv';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chain } from '../../instrumentation/src/api/chain.ts';
import { startEvidenceExporter } from '../../instrumentation/src/evidence/evidence-exporter.ts';
import { createPipeline } from '../../processor/src/commit/pipeline.ts';
import { defaultConfig } from '../../processor/src/config/config.ts';
import { createHttpReceiver } from '../../processor/src/receive/http.ts';
import type { Receiver } from '../../processor/src/receive/receiver.ts';
import { createMemoryStore } from '../../processor/src/store/memory.ts';
import type { Pipeline } from '../../processor/src/types/pipeline.ts';
import { recordSpans } from '../recorded-spans.ts';

let pipeline: Pipeline;
let receiver: Receiver;

beforeEach(async () => {
  pipeline = await createPipeline({
    policies: defaultConfig({}).policies,
    store: await createMemoryStore(),
    now: Date.now,
  });
  receiver = await createHttpReceiver({
    config: { endpoint: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestBodySize: 1_000_000 },
    keys: pipeline.keys,
    openBatch: (receivedAt) => pipeline.batch(receivedAt),
    now: Date.now,
  });
});
afterEach(async () => {
  await receiver.close();
  await pipeline.close();
});

const exporter = (): OTLPTraceExporter => new OTLPTraceExporter({ url: `http://127.0.0.1:${receiver.port}/v1/traces` });

/** Three runs: the primary fails in two of them. */
async function traffic(name: string, sampler?: Sampler) {
  const recorded = recordSpans(sampler === undefined ? {} : { sampler });
  const evidence = startEvidenceExporter({
    exporter: exporter(),
    resource: { attributes: { 'service.name': 'support' } },
  });
  let runs = 0;
  const ask = chain(name, {
    targets: [
      {
        name: 'gpt',
        type: 'primary',
        run: () => {
          runs += 1;
          if (runs > 1) throw new Error('down');
          return 'gpt';
        },
      },
      { name: 'rules', type: 'heuristic', run: () => 'rules' },
      { name: 'never', type: 'cache', run: () => 'never' },
    ],
  });
  for (let n = 0; n < 3; n += 1) await ask();
  await evidence.shutdown();
  recorded.close();
  return recorded;
}

/** Calls by target and outcome, those that happened. */
function calls(): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const point of pipeline.metrics(pipeline.snapshot(Date.now()))) {
    if (point.kind !== 'counter' || point.name !== METRIC_LLM_FALLBACK_CALLS || point.value === 0) continue;
    const { [ATTR_LLM_FALLBACK_TARGET_NAME]: target, [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome } = {
      ...point.attributes,
      ...point.extra,
    };
    counted[`${target} ${outcome}`] = point.value;
  }
  return counted;
}

const HAPPENED = { 'gpt success': 1, 'gpt error': 2, 'rules success': 2 };

test('a sampler that drops everything loses no evidence', async () => {
  const { spans } = await traffic('unsampled', new AlwaysOffSampler());
  expect(spans).toEqual([]);
  expect(calls()).toEqual(HAPPENED);
  const targets = pipeline.snapshot(Date.now()).targets;
  expect(targets.map(({ target, state, service }) => [service.name, target, state])).toEqual([
    ['support', 'gpt', undefined],
    ['support', 'rules', 'fresh'],
    ['support', 'never', 'never_exercised'],
  ]);
});

test('the same spans in the trace pipeline as well count nothing twice', async () => {
  const { spans } = await traffic('twice');
  expect(spans.length).toBeGreaterThan(0);
  const pipelineOfTraces = exporter();
  // What a Collector in front of the processor would send: the app's own spans under the app's own resource.
  const owned = spans.map((span) =>
    Object.create(span, { resource: { value: { attributes: { 'service.name': 'support' } } } }),
  );
  const sent = await new Promise<number>((resolve) => pipelineOfTraces.export(owned, ({ code }) => resolve(code)));
  await pipelineOfTraces.shutdown();
  expect(sent).toBe(0);
  expect(pipeline.stats().duplicates).toBeGreaterThan(0);
  expect(calls()).toEqual(HAPPENED);
});

/** Inside the repository, so that the app finds its packages as an app does. */
const APPS = fileURLToPath(new URL('../.tsbuild/', import.meta.url));

test.each([
  { what: 'with an SDK that samples nothing', env: { OTEL_TRACES_SAMPLER: 'always_off' } },
  { what: 'without an SDK', env: { OTEL_SDK_DISABLED: 'true' } },
])('the register entry sends the evidence of an app $what, before the app ends', async ({ env }) => {
  mkdirSync(APPS, { recursive: true });
  const app = mkdtempSync(join(APPS, 'evidence-'));
  writeFileSync(
    join(app, 'app.mjs'),
    `import { chain } from '@warmspare/instrumentation';
     const ask = chain('registered', { targets: [
       { name: 'gpt', type: 'primary', run: () => { throw new Error('down'); } },
       { name: 'rules', type: 'heuristic', run: () => 'rules' },
     ] });
     await ask();`,
  );
  try {
    await promisify(execFile)(process.execPath, ['--import', '@warmspare/instrumentation/register', 'app.mjs'], {
      cwd: app,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        OTEL_SERVICE_NAME: 'registered-app',
        OTEL_TRACES_EXPORTER: 'none',
        WARMSPARE_ENDPOINT: `http://127.0.0.1:${receiver.port}`,
        ...env,
      },
    });
  } finally {
    rmSync(app, { recursive: true, force: true });
  }
  expect(calls()).toEqual({ 'gpt error': 1, 'rules success': 1 });
  expect(pipeline.snapshot(Date.now()).targets.map(({ service }) => service.name)).toEqual([
    'registered-app',
    'registered-app',
  ]);
});
