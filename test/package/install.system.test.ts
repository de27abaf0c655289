/**
 * Installs the packed tarballs into empty apps on both OpenTelemetry lines, from the registry, and imports every entry.
 * A peer conflict fails the installation; a dependency with an install script fails the test unless it is known here.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { pack } from './pack.ts';

const run = promisify(execFile);

/** protobufjs comes with @grpc/grpc-js; its script only prints a notice about version ranges, and npm 11 leaves it out. */
const KNOWN_SCRIPTS = new Set(['protobufjs']);

const lines = [
  {
    line: '3.x',
    app: {
      '@opentelemetry/api': '^1.10.0',
      '@opentelemetry/sdk-node': '^0.301.0',
      '@opentelemetry/instrumentation': '^0.301.0',
    },
  },
  {
    line: '2.x',
    app: {
      '@opentelemetry/api': '~1.9.0',
      '@opentelemetry/sdk-node': '^0.223.0',
      '@opentelemetry/instrumentation': '^0.223.0',
    },
  },
] as const;

const entries = [
  '@warmspare/semconv',
  '@warmspare/instrumentation',
  '@warmspare/processor',
  '@warmspare/processor/in-process',
] as const;

const base = await mkdtemp(join(tmpdir(), 'warmspare-install-'));
afterAll(() => rm(base, { recursive: true, force: true }));
const tarballs = await pack(base);

interface Lock {
  readonly packages: Record<string, { readonly version?: string; readonly hasInstallScript?: boolean }>;
}

async function install(app: Record<string, string>): Promise<{ folder: string; lock: Lock }> {
  const folder = await mkdtemp(join(base, 'app-'));
  const ours = Object.fromEntries(tarballs.map((one) => [one.name, `file:${one.path}`]));
  const manifest = { name: 'app', private: true, type: 'module', dependencies: { ...app, ...ours } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  const flags = ['--strict-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', ...flags], { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as Lock;
  return { folder, lock };
}

const node = async (folder: string, ...args: readonly string[]): Promise<string> =>
  (await run(process.execPath, [...args], { cwd: folder })).stdout.trim();

describe.each(lines)('an app on OpenTelemetry $line', async ({ app }) => {
  const { folder, lock } = await install(app);

  it('has one @opentelemetry/api, its own', () => {
    const copies = Object.keys(lock.packages).filter((path) => path.endsWith('node_modules/@opentelemetry/api'));
    expect(copies).toContain('node_modules/@opentelemetry/api');
    const ours = copies.filter((path) => /@warmspare\/instrumentation\//.test(path));
    expect(ours).toEqual([]);
  });

  it('has no dependency that runs a script at installation', () => {
    const scripts = Object.entries(lock.packages)
      .filter(([, entry]) => entry.hasInstallScript === true)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
    expect(scripts.filter((name) => !KNOWN_SCRIPTS.has(name))).toEqual([]);
  });

  it.each(entries)('imports %s', async (entry) => {
    const script = `const m = await import(${JSON.stringify(entry)}); console.log(Object.keys(m).length > 0);`;
    expect(await node(folder, '--input-type=module', '-e', script)).toBe('true');
  });

  it('starts with the register entry in front', async () => {
    const args = ['--import', '@warmspare/instrumentation/register', '-e', 'console.log("started")'];
    expect(await node(folder, ...args)).toContain('started');
  });

  it('has the command that teaches itself', async () => {
    expect(await node(folder, 'node_modules/.bin/warmspare', '--help')).toContain('warmspare serve');
  });
});
