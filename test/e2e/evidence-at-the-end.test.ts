/** Apps behind the register entry that end in every way a process ends: their evidence is at the processor, and they end as they would. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ATTR_LLM_FALLBACK_CALL_OUTCOME, ATTR_LLM_FALLBACK_TARGET_NAME } from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPipeline } from '../../processor/src/commit/pipeline.ts';
import { defaultConfig } from '../../processor/src/config/config.ts';
import { createHttpReceiver } from '../../processor/src/receive/http.ts';
import type { Receiver } from '../../processor/src/receive/receiver.ts';
import { createMemoryStore } from '../../processor/src/store/memory.ts';
import type { Pipeline } from '../../processor/src/types/pipeline.ts';

let pipeline: Pipeline;
let receiver: Receiver;
let app: string;
/** Inside the repository, so that the app finds its packages as an app does. */
const APPS = fileURLToPath(new URL('../.tsbuild/', import.meta.url));

beforeEach(async () => {
  mkdirSync(APPS, { recursive: true });
  app = mkdtempSync(join(APPS, 'end-'));
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
  rmSync(app, { recursive: true, force: true });
  await receiver.close();
  await pipeline.close();
});

const CHAIN = `import { chain, flush } from '@warmspare/instrumentation';
  const ask = chain('ends', { targets: [{ name: 'gpt', type: 'primary', run: () => 'x' }] });
  await ask();\n`;
const RUN_ON = 'setInterval(() => {}, 1_000);';
const READY = "console.log('ready');";

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly ms: number;
  readonly errors: string;
}

/** Runs the app; sends `signal` once it says that it is ready. */
function run(source: string, signal?: NodeJS.Signals, port = receiver.port): Promise<Ended> {
  writeFileSync(join(app, 'app.mjs'), CHAIN + source);
  const child = spawn(process.execPath, ['--import', '@warmspare/instrumentation/register', 'app.mjs'], {
    cwd: app,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      OTEL_SDK_DISABLED: 'true',
      OTEL_SERVICE_NAME: 'ending',
      WARMSPARE_ENDPOINT: `http://127.0.0.1:${port}`,
    },
  });
  let errors = '';
  let asked = performance.now();
  child.stderr.on('data', (text) => {
    errors += text;
  });
  child.stdout.on('data', (text) => {
    if (signal === undefined || !String(text).includes('ready')) return;
    asked = performance.now();
    child.kill(signal);
  });
  return new Promise((resolve) => {
    child.on('exit', (code, by) => resolve({ code, signal: by, ms: performance.now() - asked, errors }));
  });
}

/** Successes of the chain's target that the processor counted. */
function counted(): number {
  let calls = 0;
  for (const point of pipeline.metrics(pipeline.snapshot(Date.now()))) {
    const all: Record<string, unknown> = { ...point.attributes, ...('extra' in point ? point.extra : {}) };
    if (
      point.kind === 'counter' &&
      all[ATTR_LLM_FALLBACK_TARGET_NAME] === 'gpt' &&
      all[ATTR_LLM_FALLBACK_CALL_OUTCOME] === 'success'
    )
      calls += point.value;
  }
  return calls;
}

describe('evidence leaves', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('on %s, which ends the process as it would', async (signal) => {
    expect(await run(READY + RUN_ON, signal)).toMatchObject({ code: null, signal });
    expect(counted()).toBe(1);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('on %s where the app itself exits at once', async (signal) => {
    const ended = await run(`process.on('${signal}', () => process.exit(7));${READY}${RUN_ON}`, signal);
    expect(ended).toMatchObject({ code: 7, signal: null, errors: '' });
    expect(counted()).toBe(1);
  });

  test('of an app that outlives a signal, before and after it', async () => {
    const source = `process.on('SIGHUP', async () => { await ask(); process.exit(0); });${READY}${RUN_ON}`;
    expect(await run(source, 'SIGHUP')).toMatchObject({ code: 0 });
    expect(counted()).toBe(2);
  });

  test.each([
    ['process.exit()', 'process.exit(3);', { code: 3, errors: '' }],
    ['an uncaught error', "setTimeout(() => { throw new Error('crash'); });", { code: 1 }],
    ['an unhandled rejection', "Promise.reject(new Error('crash'));", { code: 1 }],
    ['nothing left to do', '', { code: 0, errors: '' }],
    [
      'flush() in a handler, and a freeze',
      "await flush(); process.kill(process.pid, 'SIGKILL');",
      { signal: 'SIGKILL' },
    ],
  ])('on %s', async (_, source, expected) => {
    expect(await run(source)).toMatchObject(expected);
    expect(counted()).toBe(1);
  });

  const worker = `const { Worker } = await import('node:worker_threads');
    const worker = new Worker(new URL('./worker.mjs', import.meta.url));`;

  test.each([
    ['ends', `${worker} await new Promise((resolve) => worker.on('exit', resolve));`],
    [
      'is terminated',
      `${worker} await new Promise((resolve) => worker.on('message', resolve)); await worker.terminate();`,
    ],
    ['is there when the process exits', `${worker} worker.on('message', () => process.exit(0));`],
  ])('of a worker that %s', async (_, source) => {
    writeFileSync(
      join(app, 'worker.mjs'),
      `import { parentPort } from 'node:worker_threads';\n${CHAIN}parentPort.postMessage('done');`,
    );
    expect(await run(source)).toMatchObject({ code: 0, errors: '' });
    expect(counted()).toBe(2);
  });
});

describe('a processor that answers nothing', () => {
  let silent: Server;
  beforeEach(async () => {
    silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    silent.closeAllConnections();
    silent.close();
  });

  test.each([
    ['a signal', READY + RUN_ON, 'SIGINT', { signal: 'SIGINT' }],
    ["the app's own exit", `process.on('SIGINT', () => process.exit(7));${READY}${RUN_ON}`, 'SIGINT', { code: 7 }],
  ] as const)('holds %s for a moment only', async (_, source, signal, expected) => {
    const ended = await run(source, signal, (silent.address() as AddressInfo).port);
    expect(ended).toMatchObject(expected);
    expect(ended.ms).toBeLessThan(5_000);
  });
});
