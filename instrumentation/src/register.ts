/**
 * `node --import @warmspare/instrumentation/register app.js`: hooks the clients in ESM and CJS and starts the app's own
 * OpenTelemetry SDK, configured by `OTEL_*`. It holds no top-level await, so that `--require` can load it as well.
 */
import { createRequire, register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { CLIENTS } from './clients/clients.ts';
import { LlmFallbackInstrumentation } from './instrumentation.ts';

interface Sdk {
  start(): void;
  shutdown(): Promise<void>;
}

hookModules();
registerInstrumentations({
  instrumentations: [
    new LlmFallbackInstrumentation({ promptFingerprint: process.env.WARMSPARE_PROMPT_FINGERPRINT !== 'false' }),
  ],
});
startSdk();

/**
 * Only the modules that are patched: a hook on everything breaks packages that have nothing to do with us (openai 4 as ESM
 * is one). On the thread itself where Node can, as `module.register()` is deprecated from Node 26 on (DEP0205).
 */
function hookModules(): void {
  const include = CLIENTS.map(({ module }) => module);
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

function startSdk(): void {
  const provider = trace.getTracerProvider();
  // An SDK that an earlier --import started stays the only one.
  if (!(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer('') !== undefined) return;
  const found = findSdk();
  if (found === undefined) {
    warn(
      '@opentelemetry/sdk-node is not installed, so no spans leave this process: npm install @opentelemetry/sdk-node ' +
        '(calls still reach subscribers in this process)',
    );
    return;
  }
  try {
    const sdk = new found();
    sdk.start();
    stopWithProcess(sdk);
  } catch (error) {
    warn(`the OpenTelemetry SDK could not be started: ${String(error)}`);
  }
}

/** The app's own SDK; ours to find, never ours to bring. */
function findSdk(): (new () => Sdk) | undefined {
  const main = process.argv[1];
  for (const from of [main ?? join(process.cwd(), 'app.js'), join(process.cwd(), 'app.js'), import.meta.filename]) {
    try {
      const found: unknown = createRequire(pathToFileURL(from))('@opentelemetry/sdk-node');
      if (hasNodeSdk(found)) return found.NodeSDK;
    } catch (error) {
      if (!isNotFound(error)) {
        warn(`@opentelemetry/sdk-node could not be loaded: ${String(error)}`);
        return undefined;
      }
    }
  }
  return undefined;
}

/** Spans in the queue leave before the process does. */
function stopWithProcess(sdk: Sdk): void {
  const stop = (): Promise<void> => sdk.shutdown().catch(() => {});
  process.once('beforeExit', () => void stop());
  process.once('SIGTERM', () => {
    void stop().then(() => {
      // Our listener took the signal's default from an app that has none of its own: give it back.
      if (process.listenerCount('SIGTERM') === 0) process.kill(process.pid, 'SIGTERM');
    });
  });
}

function warn(message: string): void {
  process.emitWarning(message, { type: 'Warmspare', code: 'WARMSPARE_REGISTER' });
}

function hasNodeSdk(value: unknown): value is { readonly NodeSDK: new () => Sdk } {
  return typeof value === 'object' && value !== null && 'NodeSDK' in value && typeof value.NodeSDK === 'function';
}

function isNotFound(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'MODULE_NOT_FOUND';
}

function isSyncHooks(
  value: unknown,
): value is { supportsSyncHooks(): boolean; register(options: { readonly include: readonly string[] }): void } {
  return typeof value === 'object' && value !== null && 'supportsSyncHooks' in value && 'register' in value;
}
