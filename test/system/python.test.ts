/** The Python example of semconv's README, with the plain OpenTelemetry SDK from PyPI, in front of a real service. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import type { StatusDocument } from '../../processor/src/output/status-json.ts';
import { blocksBelow } from './readme-blocks.ts';
import { placeService, startService } from './service.ts';

const run = promisify(execFile);
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

test('what Python emits with its plain SDK makes rows, with the fallback that served and the one that never ran', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-python-'));
  open.push(() => rm(directory, { recursive: true, force: true }));
  const python = join(directory, 'venv/bin/python');
  await run('python3', ['-m', 'venv', join(directory, 'venv')]);
  const packages = ['opentelemetry-sdk', 'opentelemetry-exporter-otlp-proto-http'];
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
  const service = await startService(await placeService(directory, ''));
  open.push(() => service.kill());

  const [block] = (await blocksBelow('semconv/README.md', 'Emit this from your language')).filter(
    ({ language }) => language === 'python',
  );
  await writeFile(join(directory, 'app.py'), block?.text ?? '');
  await run(python, ['app.py'], { cwd: directory, env: { OTEL_EXPORTER_OTLP_ENDPOINT: service.otlp } });

  const status = (await (await fetch(`${service.admin}/status.json`)).json()) as StatusDocument;
  expect(status.targets.map(({ target, state, service: name }) => [name, target, state])).toEqual([
    ['support-api', 'gpt-5', undefined],
    ['support-api', 'claude-haiku', 'fresh'],
    ['support-api', 'keyword-rules', 'never_exercised'],
  ]);
  expect(status.chains).toMatchObject([
    { urgency: 'on_fallback', serving: { target: 'claude-haiku', rank: 1 }, spares: 0 },
  ]);
});
