/** Starts the app of one library in a process of its own, runs all of its cases there, and gathers what came of each. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RecordedRequest } from '@warmspare/providers';
import type { CallMessage } from '@warmspare/semconv';
import { type Library, type ModuleSystem, SECRET } from './library.ts';
import { type Heard, startProcessor } from './processor.ts';
import type { Order, Reply } from './protocol.ts';
import { type ProviderName, startProviders } from './providers.ts';

export interface Ran extends Heard {
  /** What the app got, as text. */
  readonly result: string;
  /** What the providers got: method, path, headers and body of each request. */
  readonly requests: readonly unknown[];
  readonly messages: readonly CallMessage[];
}

/** ms for one case. */
const PATIENCE = 20_000;

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** By the name of the case. `hooked`: with Warmspare. */
export async function runCases(
  { folder, cases }: Library<unknown>,
  system: ModuleSystem,
  hooked: boolean,
): Promise<ReadonlyMap<string, Ran>> {
  const providers = await startProviders();
  const urls = Object.fromEntries([...providers].map(([name, { url }]) => [name, url]));
  const processor = await startProcessor();
  const child = fork(
    fileURLToPath(new URL('driver.ts', import.meta.url)),
    [folder, system, JSON.stringify(urls), SECRET, hooked ? 'hooked' : ''],
    {
      cwd: ROOT,
      execArgv: hooked ? ['--import', '@warmspare/instrumentation/register'] : [],
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        WARMSPARE_ENDPOINT: hooked ? processor.evidence : '',
        OTEL_EXPORTER_OTLP_ENDPOINT: processor.traces,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_TRACES_EXPORTER: 'otlp',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        OTEL_SERVICE_NAME: 'app',
        LANGSMITH_TRACING: 'false',
        VERCEL_AI_GATEWAY_API_KEY: '',
      },
      // Libraries log what fails.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  );
  const ran = new Map<string, Ran>();
  try {
    await reply(child);
    for (const each of cases) {
      const { name } = each;
      const before = new Map<ProviderName, number>();
      for (const [provider, { requests, script }] of providers) {
        before.set(provider, requests.length);
        script(...(each[provider] ?? []));
      }
      child.send({ name } satisfies Order);
      const { result, messages } = await reply(child);
      const requests = [...providers].flatMap(([provider, server]) =>
        server.requests.slice(before.get(provider)).map(sent),
      );
      const heard = await processor.take();
      ran.set(name, { result, requests, messages: messages as readonly CallMessage[], ...heard });
    }
  } finally {
    child.kill();
    await Promise.all([...[...providers.values()].map((server) => server.close()), processor.close()]);
  }
  return ran;
}

function reply(child: ChildProcess): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let log = '';
    const onLog = (chunk: Buffer): void => {
      log = (log + chunk.toString()).slice(-2_000);
    };
    const timer = setTimeout(() => done(() => reject(new Error(`the app did not answer in time: ${log}`))), PATIENCE);
    const onMessage = (message: Reply): void => done(() => resolve(message));
    const onExit = (code: number | null): void => done(() => reject(new Error(`the app ended with ${code}: ${log}`)));
    const done = (settle: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      child.stderr?.off('data', onLog);
      settle();
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.stderr?.on('data', onLog);
  });
}

/** Differ between two processes: addresses, times, and the trace that some SDKs send on where there is an OpenTelemetry SDK. */
const VOLATILE = /^(?:host|:authority|connection|traceparent|x-amz-date|amz-sdk-invocation-id)$/;

function sent({ method, path, headers, body }: RecordedRequest): unknown {
  const others = Object.entries(headers).filter(([name]) => !VOLATILE.test(name));
  const stable = others.map(([name, value]) => [name, String(value).replace(/Signature=\w+/, 'Signature')]);
  return { method, path, headers: Object.fromEntries(stable), body };
}
