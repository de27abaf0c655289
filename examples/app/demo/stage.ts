/** Sets the stage: two local servers that play the providers, the real service on a fresh store, and the app as its own process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProviderServer, startAnthropic, startOpenAI } from '@warmspare/providers';
import { type Child, outputOf, startChild } from './child.ts';
import { type FrameworkApp, fileOf } from './frameworks.ts';

export interface Stage {
  readonly openai: ProviderServer;
  readonly anthropic: ProviderServer;
  /** The app's address. */
  readonly app: string;
  /** The service's admin address. */
  readonly admin: string;
  /** What `warmspare status` prints. */
  status(): Promise<string>;
  close(): Promise<void>;
}

/** The command `warmspare`, started without npx so that its process is ours to stop. */
const WARMSPARE = fileURLToPath(
  new URL('./bin/warmspare.js', import.meta.resolve('@warmspare/processor/package.json')),
);

/** `preferredAdminPort` is taken where it is free; everything else always gets a free port. `framework`: an app in place of the demo's own. */
export async function setStage(preferredAdminPort: number | undefined, framework?: FrameworkApp): Promise<Stage> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    // The app first: its last spans still need the service.
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'warmspare-demo-'));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const openai = await startOpenAI();
    closers.push(() => openai.close());
    const anthropic = await startAnthropic();
    closers.push(() => anthropic.close());

    const adminPort = preferredAdminPort !== undefined && (await isFree(preferredAdminPort)) ? preferredAdminPort : 0;
    const config = pathTo(framework === undefined ? '../warmspare.yaml' : 'plain.yaml');
    const service = await startService(config, join(folder, 'warmspare.db'), adminPort);
    closers.push(() => service.stop());
    const app = await startApp(openai.url, anthropic.url, service.ready.otlp, framework);
    closers.push(() => app.stop());

    const { admin } = service.ready;
    const status = (): Promise<string> =>
      outputOf([WARMSPARE, 'status', '--url', admin], process.stdout.isTTY === true ? { FORCE_COLOR: '1' } : {});
    return { openai, anthropic, app: app.ready, admin, status, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function startService(
  config: string,
  store: string,
  adminPort: number,
): Promise<Child<{ admin: string; otlp: string }>> {
  return startChild({
    name: 'warmspare serve',
    args: [WARMSPARE, 'serve', '--config', config],
    env: {
      WARMSPARE_DB: store,
      WARMSPARE_ADMIN_PORT: String(adminPort),
      WARMSPARE_OTLP_HTTP_PORT: '0',
      WARMSPARE_OTLP_GRPC_PORT: '0',
      LOG_LEVEL: 'info',
    },
    readyWhen: (line) => {
      const { addresses = [] } = record(line);
      const urlOf = (what: string): string | undefined => addresses.find((address) => address.what === what)?.url;
      const admin = urlOf('admin');
      const otlp = urlOf('OTLP/HTTP');
      return admin === undefined || otlp === undefined ? undefined : { admin, otlp };
    },
  });
}

function startApp(openai: string, anthropic: string, otlp: string, framework?: FrameworkApp): Promise<Child<string>> {
  const own = ['--import', new URL('../src/telemetry.ts', import.meta.url).href, pathTo('../src/main.ts')];
  const register = import.meta.resolve('@warmspare/instrumentation/register');
  return startChild({
    name: 'the app',
    args: framework === undefined ? own : ['--import', register, fileOf(framework)],
    env: {
      ...(framework !== undefined && {
        WARMSPARE_ENDPOINT: otlp,
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
      }),
      PORT: '0',
      OPENAI_BASE_URL: `${openai}/v1`,
      OPENAI_API_KEY: 'sk-local',
      ANTHROPIC_BASE_URL: anthropic,
      ANTHROPIC_API_KEY: 'sk-ant-local',
      OTEL_SERVICE_NAME: 'support-api',
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
      // The default of five seconds would be most of the demo.
      OTEL_BSP_SCHEDULE_DELAY: '100',
    },
    readyWhen: (line) => /listens on (\S+)/.exec(line)?.[1],
  });
}

interface LogRecord {
  readonly addresses?: readonly { readonly what: string; readonly url: string }[];
}

function record(line: string): LogRecord {
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    return {};
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

function pathTo(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
