/**
 * Packs the three published packages as npm would publish them, into a folder of the caller's, from what `tsc -b` wrote.
 * Nothing is built, installed or sent anywhere.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));
export const PACKAGES = ['semconv', 'instrumentation', 'processor'] as const;
export type PackageFolder = (typeof PACKAGES)[number];

export interface Tarball {
  readonly folder: PackageFolder;
  readonly name: string;
  readonly path: string;
  /** Paths inside the package, without npm's `package/` prefix. */
  readonly files: readonly string[];
}

interface PackReport {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

export async function pack(destination: string): Promise<readonly Tarball[]> {
  const workspaces = PACKAGES.flatMap((folder) => ['--workspace', folder]);
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination, ...workspaces];
  const { stdout } = await run('npm', args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
  const parsed: unknown = JSON.parse(stdout);
  const reports = (Array.isArray(parsed) ? parsed : Object.values(parsed as object)) as readonly PackReport[];
  return PACKAGES.map((folder) => {
    const report = reports.find((one) => one.name === `@warmspare/${folder}`);
    if (report === undefined) throw new Error(`npm pack did not report @warmspare/${folder}`);
    const filename = report.filename.replace('@', '').replace('/', '-');
    return {
      folder,
      name: report.name,
      path: join(destination, filename),
      files: report.files.map((file) => file.path),
    };
  });
}
