/**
 * The app: a process of its own, started with or without `--import @warmspare/instrumentation/register`, that loads one library in one
 * module system and runs one case for each message of the test.
 */
import { subscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type ProxyTracerProvider, trace } from '@opentelemetry/api';
import * as warmspare from '@warmspare/instrumentation';
import { LIBRARIES } from '../libraries/libraries.ts';
import { described } from './described.ts';
import type { World } from './library.ts';
import type { Order, Reply } from './protocol.ts';
import type { ProviderName } from './providers.ts';

const [folder = '', system = 'esm', given = '{}', secret = '', hooked = ''] = process.argv.slice(2);
const urls = JSON.parse(given) as Record<ProviderName, string>;
// The packages are looked for from the library's own folder, as an app of that folder would.
const file = join(fileURLToPath(new URL('../libraries/', import.meta.url)), folder, 'app.js');
const require = createRequire(pathToFileURL(file));

const world: World = {
  ...urls,
  secret,
  warmspare,
  load: async (specifier) => {
    if (system === 'cjs') return require(specifier);
    // By its bare name: that is what hooks of ES modules go by.
    const app = (await import(pathToFileURL(file).href)) as { load(specifier: string): Promise<unknown> };
    return app.load(specifier);
  },
};

const messages: unknown[] = [];
if (hooked === 'hooked') subscribe('llm_fallback:call', (message) => messages.push(message));

const library = LIBRARIES.find((each) => each.folder === folder);
if (library === undefined) throw new Error(`no library ${folder}`);
const loaded = await library.load(world);

async function perform({ name }: Order): Promise<Reply> {
  const found = library?.cases.find((each) => each.name === name);
  messages.length = 0;
  let result: string;
  try {
    result = described({ value: await found?.run(loaded, world) });
  } catch (error) {
    result = described({ threw: error });
  }
  await new Promise((resolve) => setImmediate(resolve));
  await warmspare.flush();
  await flushSpans();
  for (const [provider, url] of Object.entries(urls)) result = result.replaceAll(url, provider);
  return { name, result, messages };
}

async function flushSpans(): Promise<void> {
  const provider = trace.getTracerProvider() as Partial<ProxyTracerProvider>;
  const delegate = provider.getDelegate?.() as { readonly forceFlush?: () => Promise<void> } | undefined;
  await delegate?.forceFlush?.();
}

process.on('message', (order: Order) => {
  void perform(order).then((reply) => process.send?.(reply));
});
process.send?.({ name: '', result: 'ready', messages: [] } satisfies Reply);
