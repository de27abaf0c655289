import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createLog } from '../base/log.ts';
import { defaultConfig, type TlsConfig } from '../config/config.ts';
import { startService } from './service.ts';
import { StartError } from './start-error.ts';

const directory = mkdtempSync(join(tmpdir(), 'warmspare-start-'));
afterAll(() => rmSync(directory, { recursive: true }));
const nonsense = join(directory, 'nonsense.pem');
writeFileSync(nonsense, 'no PEM');
const pem = (name: string): string => new URL(`../receive/testdata/tls/${name}.pem`, import.meta.url).pathname;

const defaults = defaultConfig({});
const anyPort = { host: '127.0.0.1', port: 0 };

function start(host: string, tls?: Partial<TlsConfig>): Promise<unknown> {
  const files = { certFile: pem('server'), keyFile: pem('server-key'), clientCaFile: undefined, ...tls };
  const http = defaults.http && { ...defaults.http, endpoint: { host, port: 0 }, tls: tls && files };
  return startService({
    config: {
      ...defaults,
      http,
      grpc: undefined,
      admin: { ...defaults.admin, endpoint: anyPort },
      store: { path: join(directory, 'warmspare.db') },
    },
    version: '0',
    now: Date.now,
    log: createLog({ write: () => undefined }, 'silent'),
  });
}

it.each<[string, string, Partial<TlsConfig> | undefined, string]>([
  [
    'a certificate that is not there',
    '127.0.0.1',
    { certFile: join(directory, 'none.pem') },
    'http.tls cannot be read',
  ],
  ['a key that is a directory', '127.0.0.1', { keyFile: directory }, 'http.tls cannot be read'],
  ['a certificate that is none', '127.0.0.1', { certFile: nonsense }, 'http.tls cannot be used'],
  ['a key of another certificate', '127.0.0.1', { keyFile: pem('client-key') }, 'http.tls cannot be used'],
  ['an authority that is none', '127.0.0.1', { clientCaFile: nonsense }, 'http.tls cannot be used'],
  ['an address of another machine', '192.0.2.1', undefined, 'Correct receivers.otlp.protocols.http.endpoint'],
])('does not start with %s, and names the key to correct', async (_, host, tls, words) => {
  const failed = await start(host, tls).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(StartError);
  expect(String(failed)).toContain(words);
});
