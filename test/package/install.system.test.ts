/**
 * The packed tarballs in empty apps, installed from the registry: on both OpenTelemetry lines without a peer conflict, and
 * on every Node.js that the packages name, each entry imports and the command starts or says what it needs.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { installApp, installNode } from './install.ts';
import { pack } from './pack.ts';

const run = promisify(execFile);

/** protobufjs comes with @grpc/grpc-js; its script only prints a notice about version ranges, and npm 11 leaves it out. */
const KNOWN_SCRIPTS: ReadonlySet<string> = new Set(['protobufjs']);

const LINES = [
  {
    line: '3.x',
    nodes: [22, 24, 26],
    app: {
      '@opentelemetry/api': '^1.10.0',
      '@opentelemetry/sdk-node': '^0.301.0',
      '@opentelemetry/instrumentation': '^0.301.0',
      openai: '^6.0.0',
    },
  },
  {
    line: '2.x',
    nodes: [20, 22, 24, 26],
    app: {
      '@opentelemetry/api': '~1.9.0',
      '@opentelemetry/sdk-node': '^0.223.0',
      '@opentelemetry/instrumentation': '^0.223.0',
      openai: '^6.0.0',
    },
  },
] as const;

const IN_ANY_APP = ['@warmspare/semconv', '@warmspare/instrumentation'] as const;
const IN_NEWER_NODE = ['@warmspare/processor', '@warmspare/processor/in-process'] as const;

const base = await mkdtemp(join(tmpdir(), 'warmspare-install-'));
afterAll(() => rm(base, { recursive: true, force: true }));
const tarballs = await pack(base);
const majors = [...new Set(LINES.flatMap(({ nodes }): readonly number[] => nodes))];
const nodes = new Map(
  await Promise.all(majors.map(async (major) => [major, await installNode(base, String(major))] as const)),
);
const apps = await Promise.all(LINES.map(async (one) => ({ ...one, ...(await installApp(base, tarballs, one.app)) })));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function node(major: number, folder: string, ...args: readonly string[]): Promise<Ended> {
  try {
    const env = { ...process.env, NODE_OPTIONS: '', ...CONSOLE };
    const { stdout, stderr } = await run(nodes.get(major) ?? '', [...args], { cwd: folder, timeout: 60_000, env });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

const importing = (entry: string): string =>
  `const m = await import(${JSON.stringify(entry)}); console.log(Object.keys(m).length > 0 ? 'imported' : 'empty');`;

/** An app that falls once, and asks its own metric reader what the ledger in its process knows; another instrumentation traces a call. */
const LADDER = `
import { trace } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { chain } from '@warmspare/instrumentation';
import { startInProcess } from '@warmspare/processor/in-process';

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
const config = 'chains: [{ name: traced, targets: [{ name: big, type: primary }, { name: small, type: fallback, match: { gen_ai.request.model: small-* } }] }]';
const warmspare = startInProcess({ service: { name: 'app' }, config });
const sdk = new NodeSDK({ spanProcessors: [warmspare.createSpanProcessor()], metricReaders: [], logRecordProcessors: [] });
sdk.start();
const reader = new Reader({ metricProducers: [warmspare.createMetricProducer()] });
const provider = new MeterProvider({ readers: [reader] });
const answer = chain('answer', {
  targets: [
    { name: 'model', type: 'primary', run: async () => { throw new Error('down'); } },
    { name: 'rules', type: 'heuristic', run: async () => 'by rules' },
  ],
});
const said = await answer('?');
const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'small-1' };
trace.getTracer('another').startSpan('chat small-1', { attributes }).end();
await warmspare.snapshot();
const { resourceMetrics, errors } = await reader.collect();
const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
const status = metrics.find(({ descriptor }) => descriptor.name === 'llm_fallback.target.status');
const states = status.dataPoints.filter(({ value }) => value === 1).map(({ attributes }) =>
  [attributes['llm_fallback.target.name'], attributes['llm_fallback.target.state']].join(' '));
console.log(JSON.stringify({ said, states, errors: errors.map(String) }));
await provider.shutdown();
await sdk.shutdown();
await warmspare.close();
`;

/** A call that a client answers from memory, its message on the channel, and (by the console exporter) its span. */
const CALL = `
const { subscribe } = process.getBuiltinModule('node:diagnostics_channel');
subscribe('llm_fallback:call', ({ name }) => console.log('message', name));
const answer = { id: 'c', object: 'chat.completion', created: 1, model: 'gpt-5', choices: [
  { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: '{}' } }] };
const client = new OpenAI({ apiKey: 'key', fetch: async () => Response.json(answer) });
const response_format = { type: 'json_schema', json_schema: { name: 'any', schema: { type: 'object' } } };
client.chat.completions.create({ model: 'gpt-5', messages: [], response_format }).then(
  ({ choices }) => console.log('answer', choices[0].message.content));
`;
const IMPORTS = {
  module: "import OpenAI from 'openai';",
  commonjs: "const { OpenAI } = require('openai');",
} as const;
const CONSOLE = { OTEL_TRACES_EXPORTER: 'console', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };

describe.each(apps)('an app on OpenTelemetry $line', ({ folder, lock, nodes: supported }) => {
  it('keeps one @opentelemetry/api for itself and the instrumentation', () => {
    const copies = Object.keys(lock.packages).filter((path) => path.endsWith('node_modules/@opentelemetry/api'));
    expect(copies.filter((path) => !path.includes('@warmspare/processor/'))).toEqual([
      'node_modules/@opentelemetry/api',
    ]);
  });

  it('gets no dependency that wants to run a script at installation', () => {
    const scripts = Object.entries(lock.packages)
      .filter(([, entry]) => entry.hasInstallScript === true)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
    expect(scripts.filter((name) => !KNOWN_SCRIPTS.has(name))).toEqual([]);
  });

  it('says what to install where the app has no SDK, and records its calls all the same', async () => {
    const sdk = join(folder, 'node_modules/@opentelemetry/sdk-node');
    await rename(sdk, `${sdk}-away`);
    try {
      const register = ['--import', '@warmspare/instrumentation/register'];
      const ended = await node(24, folder, ...register, '--input-type=module', '-e', IMPORTS.module + CALL);
      expect(ended.stdout).toBe('answer {}\nmessage chat gpt-5\n');
      expect(ended.stderr).toContain('npm install @opentelemetry/sdk-node');
    } finally {
      await rename(`${sdk}-away`, sdk);
    }
  });

  describe.each(supported)('on Node.js %i', (major) => {
    const newer = major >= 22;
    const entries = newer ? [...IN_ANY_APP, ...IN_NEWER_NODE] : IN_ANY_APP;

    it.each(entries)('imports %s without a warning', async (entry) => {
      const ended = await node(major, folder, '--input-type=module', '-e', importing(entry));
      expect(ended).toMatchObject({ code: 0, stdout: 'imported\n' });
      // Node 22 says once that its SQLite is experimental.
      expect(ended.stderr.replace(/^.*SQLite is an experimental feature.*\n.*--trace-warnings.*\n/m, '')).toBe('');
    });

    it('lets CommonJS require the instrumentation', async () => {
      const script = "console.log(typeof require('@warmspare/instrumentation').LlmFallbackInstrumentation);";
      expect(await node(major, folder, '--input-type=commonjs', '-e', script)).toMatchObject({ stdout: 'function\n' });
    });

    it.each(['module', 'commonjs'] as const)(
      'records the calls of a %s app behind the register entry',
      async (type) => {
        const register = ['--import', '@warmspare/instrumentation/register'];
        const ended = await node(major, folder, ...register, `--input-type=${type}`, '-e', IMPORTS[type] + CALL);
        expect(ended.code, ended.stderr).toBe(0);
        const lines = ended.stdout.split('\n');
        expect(lines.filter((line) => /^(answer|message) /.test(line))).toEqual(['answer {}', 'message chat gpt-5']);
        expect(
          lines.filter((line) => /^ +name: 'chat gpt-5'/.test(line)),
          ended.stdout,
        ).toHaveLength(1);
        expect(ended.stdout).toContain("'llm_fallback.schema.validity': 'valid'");
        expect(ended.stderr).not.toMatch(/Deprecat|DEP0|WARMSPARE/);
      },
    );

    if (newer) {
      it('keeps the ledger in its own process, for its own metric reader', async () => {
        const ended = await node(major, folder, '--input-type=module', '-e', LADDER);
        expect(ended.code, ended.stderr).toBe(0);
        expect(JSON.parse(ended.stdout)).toEqual({
          said: 'by rules',
          states: ['rules fresh', 'small fresh'],
          errors: [],
        });
      });
    }

    it(newer ? 'has the command that teaches itself' : 'is told by the command which Node.js it needs', async () => {
      const ended = await node(major, folder, 'node_modules/@warmspare/processor/bin/warmspare.js', '--help');
      if (newer) {
        expect(ended.code, ended.stderr).toBe(0);
        expect(ended.stdout).toContain('warmspare serve');
      } else {
        expect(ended.code).toBe(2);
        expect(ended.stderr).toContain('needs Node.js 22.15 or newer');
      }
    });
  });
});
