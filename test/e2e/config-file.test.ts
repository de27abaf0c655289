/** An app behind the register entry whose SDK is configured by a file, as `OTEL_CONFIG_FILE` names it. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const APPS = fileURLToPath(new URL('../.tsbuild/', import.meta.url));

test('its spans go where the file says', async () => {
  mkdirSync(APPS, { recursive: true });
  const app = mkdtempSync(join(APPS, 'config-'));
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding('latin1').on('data', (chunk: string) => bodies.push(chunk));
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
    writeFileSync(
      join(app, 'otel.yaml'),
      `file_format: '1.0'
tracer_provider:
  processors:
    - batch: { exporter: { otlp_http: { endpoint: '${endpoint}' } } }
`,
    );
    writeFileSync(
      join(app, 'app.mjs'),
      `import { chain } from '@warmspare/instrumentation';
await chain('from-file', { targets: [{ name: 'gpt', type: 'primary', run: () => 'x' }] })();\n`,
    );
    const child = spawn(process.execPath, ['--import', '@warmspare/instrumentation/register', 'app.mjs'], {
      cwd: app,
      env: { ...process.env, NODE_OPTIONS: '', OTEL_CONFIG_FILE: 'otel.yaml' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
    expect(bodies.join('')).toContain('from-file');
  } finally {
    server.close();
    rmSync(app, { recursive: true, force: true });
  }
});
