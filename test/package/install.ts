/**
 * Installs packages from the registry into empty folders, the way a user would: an app that depends on the packed tarballs,
 * and a Node.js of another major version. A peer conflict rejects with what npm says. Nothing runs an install script.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Tarball } from './pack.ts';

const run = promisify(execFile);

const FLAGS = ['--strict-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'] as const;

export interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly hasInstallScript?: boolean }>>;
}

export interface App {
  readonly folder: string;
  readonly lock: Lock;
}

/** Installs an app with these dependencies and all the tarballs into a new folder below `base`. */
export async function installApp(
  base: string,
  tarballs: readonly Tarball[],
  dependencies: Readonly<Record<string, string>>,
): Promise<App> {
  const ours = Object.fromEntries(tarballs.map((one) => [one.name, `file:${one.path}`]));
  const folder = await install(base, { ...dependencies, ...ours });
  return { folder, lock: JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as Lock };
}

/** The path of a Node.js of this version, as in `24` or `22.15`, for the platform at hand; the running one where it is the same. */
export async function installNode(base: string, version: string): Promise<string> {
  if (`${process.versions.node}.`.startsWith(`${version}.`)) return process.execPath;
  const name =
    process.platform === 'linux' ? `node-linux-${process.arch}` : `node-bin-${process.platform}-${process.arch}`;
  const folder = await install(base, { [name]: version });
  return join(folder, 'node_modules', name, 'bin/node');
}

async function install(base: string, dependencies: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(base, 'app-'));
  const manifest = { name: 'app', private: true, type: 'module', dependencies };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', ...FLAGS], { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
  return folder;
}
