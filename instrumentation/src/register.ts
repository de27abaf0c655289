/**
 * `node --import @warmspare/instrumentation/register app.js`: hooks the clients in ESM and CJS and starts the app's own
 * OpenTelemetry SDK, configured by `OTEL_*`, a file that `OTEL_CONFIG_FILE` names included. It holds no top-level await, so that `--require` can load it as well.
 */
import { createRequire, register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { finishWaiting } from './base/after-answer.ts';
import { BREAKERS } from './breakers/breakers.ts';
import { allClients } from './clients/clients.ts';
import { type EnvironmentEvidence, evidenceFromEnvironment } from './evidence/from-environment.ts';
import { hearWorkers, isHeard, tellMainThread } from './evidence/threads.ts';
import { LlmFallbackInstrumentation } from './instrumentation.ts';
import { importsOf, LIBRARIES } from './libraries.ts';

interface Stoppable {
  shutdown(): Promise<void>;
}

interface Sdk extends Stoppable {
  start(): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** ms that a signal waits for what is under way. */
const MAX_STOP = 2_000;

hookModules();
registerInstrumentations({
  instrumentations: [
    new LlmFallbackInstrumentation({ promptFingerprint: process.env.WARMSPARE_PROMPT_FINGERPRINT !== 'false' }),
  ],
});
stopWithProcess(startEvidence(), startSdk());

/**
 * Only the modules that are patched: a hook on everything breaks packages that have nothing to do with us (openai 4 as ESM
 * is one). On the thread itself where Node can, as `module.register()` is deprecated from Node 26 on (DEP0205).
 */
function hookModules(): void {
  const imports = allClients().flatMap(({ module, imports = [] }) => [module, ...imports]);
  const include = [...imports, ...BREAKERS.map(({ module }) => module), ...importsOf(LIBRARIES)];
  try {
    const upstream = createRequire(createRequire(import.meta.url).resolve('@opentelemetry/instrumentation'));
    // In one thread the hook must be that very copy which OpenTelemetry registers its patches with.
    const hooks: unknown = upstream('import-in-the-middle/register-hooks.mjs');
    if (isSyncHooks(hooks) && hooks.supportsSyncHooks()) {
      hooks.register({ include });
      return;
    }
  } catch {
    // An import-in-the-middle without the synchronous loader: the one on a thread is there.
  }
  try {
    register('@opentelemetry/instrumentation/hook.mjs', import.meta.url, { data: { include } });
  } catch (error) {
    warn(`ES modules cannot be hooked (${String(error)}): hand each client's class to instrument() instead`);
  }
}

function startSdk(): Stoppable | undefined {
  const provider = trace.getTracerProvider();
  // An SDK that an earlier --import started stays the only one.
  if (!(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer('') !== undefined) return undefined;
  const found = appPackage('@opentelemetry/sdk-node');
  if (!hasNodeSdk(found)) {
    warn(
      '@opentelemetry/sdk-node is not installed, so no spans leave this process: npm install @opentelemetry/sdk-node ' +
        '(calls still reach subscribers in this process)',
    );
    return undefined;
  }
  try {
    // Only this function reads a configuration file: the class goes by the other variables.
    const fromFile = process.env.OTEL_CONFIG_FILE ? (found.startNodeSdk ?? found.startNodeSDK) : undefined;
    if (fromFile !== undefined) return fromFile();
    const sdk = new found.NodeSDK();
    sdk.start();
    return sdk;
  } catch (error) {
    warn(`the OpenTelemetry SDK could not be started: ${String(error)}`);
    return undefined;
  }
}

/** Evidence that does not depend on the sampler, where WARMSPARE_ENDPOINT names a processor. */
function startEvidence(): EnvironmentEvidence | undefined {
  try {
    if (isHeard()) {
      tellMainThread();
      process.on('exit', finishWaiting);
      return undefined;
    }
    const evidence = evidenceFromEnvironment(process.env, appPackage);
    if (evidence === undefined) return undefined;
    const workers = isMainThread ? hearWorkers((message) => evidence.hear(message)) : undefined;
    process.on('exit', () => {
      workers?.drain();
      evidence.leaveNow();
    });
    return evidence;
  } catch (error) {
    warn(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** A package of the app's own, or what its SDK brings; ours to find, never ours to bring. */
function appPackage(specifier: string): unknown {
  const app = join(process.cwd(), 'app.js');
  for (const from of [process.argv[1] ?? app, app, import.meta.filename]) {
    const own = createRequire(pathToFileURL(from));
    for (const through of [undefined, '@opentelemetry/sdk-node']) {
      try {
        const load = through === undefined ? own : createRequire(own.resolve(through));
        return load(specifier);
      } catch (error) {
        if (!isNotFound(error)) {
          warn(`${specifier} could not be loaded: ${String(error)}`);
          return undefined;
        }
      }
    }
  }
  return undefined;
}

/**
 * What waits in queues leaves before the process does. Where the app has no listener for a signal, the signal ends the process as it would
 * without us; where it has one, that decides, and we go on for as long as the process does.
 */
function stopWithProcess(evidence: EnvironmentEvidence | undefined, sdk: Stoppable | undefined): void {
  if (evidence === undefined && sdk === undefined) return;
  const stop = (timeout?: number): Promise<unknown> =>
    Promise.allSettled([evidence?.shutdown({ timeout }), sdk?.shutdown()]);
  process.once('beforeExit', () => void stop());
  // Signals reach the main thread only.
  if (!isMainThread) return;
  for (const signal of SIGNALS) {
    const heard = (): void => {
      if (process.listenerCount(signal) > 1) {
        void evidence?.flush();
        void flushSdk();
        return;
      }
      // A second one ends the process at once.
      process.off(signal, heard);
      const late = new Promise((resolve) => setTimeout(resolve, MAX_STOP));
      void Promise.race([stop(MAX_STOP - 100), late]).then(() => {
        // Our listener took the signal's default from an app that has none of its own: give it back.
        if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
      });
    };
    process.on(signal, heard);
  }
}

/** The provider of the app's SDK, whatever started it. */
async function flushSdk(): Promise<void> {
  const provider = trace.getTracerProvider();
  const delegate: unknown = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
  if (typeof delegate !== 'object' || delegate === null || !('forceFlush' in delegate)) return;
  if (typeof delegate.forceFlush === 'function') await Promise.resolve(delegate.forceFlush()).catch(() => {});
}

function warn(message: string): void {
  process.emitWarning(message, { type: 'Warmspare', code: 'WARMSPARE_REGISTER' });
}

interface NodeSdkPackage {
  readonly NodeSDK: new () => Sdk;
  /** By its name before 0.300, too. */
  readonly startNodeSdk?: () => Stoppable;
  readonly startNodeSDK?: () => Stoppable;
}

function hasNodeSdk(value: unknown): value is NodeSdkPackage {
  return typeof value === 'object' && value !== null && 'NodeSDK' in value && typeof value.NodeSDK === 'function';
}

function isNotFound(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'MODULE_NOT_FOUND';
}

function isSyncHooks(value: unknown): value is {
  supportsSyncHooks(): boolean;
  register(options: { readonly include: readonly (string | RegExp)[] }): void;
} {
  return typeof value === 'object' && value !== null && 'supportsSyncHooks' in value && 'register' in value;
}
