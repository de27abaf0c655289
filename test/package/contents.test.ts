/** What the three tarballs carry, and what they must never carry: tests, their data, build state, or scripts that run at install. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PACKAGES, pack, ROOT } from './pack.ts';

const folder = await mkdtemp(join(tmpdir(), 'warmspare-contents-'));
afterAll(() => rm(folder, { recursive: true }));
const tarballs = await pack(folder);

interface Manifest {
  readonly version: string;
  readonly license?: string;
  readonly engines?: { readonly node?: string };
  readonly scripts?: Record<string, string>;
  readonly repository?: unknown;
  readonly dependencies?: Record<string, string>;
}

const manifest = async (workspace: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(ROOT, workspace, 'package.json'), 'utf8')) as Manifest;

describe.each(tarballs)('the tarball of $name', ({ folder: workspace, files }) => {
  it('has its licence, its README and its compiled entry with types', () => {
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts']));
  });

  it('carries no test, no test data and no build state', () => {
    expect(files.filter((file) => /\.test\.|testdata|tsbuildinfo|__snapshots__|\.db$|\.env/.test(file))).toEqual([]);
  });

  it('carries the source that every source map points to', () => {
    const compiled = files.filter((file) => /^dist\/.*\.js$/.test(file)).map((file) => file.slice(5, -3));
    const sources = new Set(files.filter((file) => /^src\/.*\.ts$/.test(file)).map((file) => file.slice(4, -3)));
    const orphans = compiled.filter((file) => !sources.has(file));
    expect(orphans, 'dist has output of sources that are gone: npm run clean && npm run build').toEqual([]);
  });

  it('has the same licence text as the repository', async () => {
    expect(await readFile(join(ROOT, workspace, 'LICENSE'), 'utf8')).toBe(
      await readFile(join(ROOT, 'LICENSE'), 'utf8'),
    );
  });

  it('runs nothing when it is installed, and says which Node it needs', async () => {
    const { scripts, license, engines } = await manifest(workspace);
    expect(scripts ?? {}).toEqual({});
    expect(license).toBe('Apache-2.0');
    expect(engines?.node).toMatch(/\d/);
  });
});

it('the command comes with the licences of the libraries that are in it', async () => {
  const files = tarballs.find(({ folder: workspace }) => workspace === 'processor')?.files;
  const licences = 'bundle/THIRD-PARTY-LICENSES.txt';
  expect(files).toEqual(expect.arrayContaining(['bin/warmspare.js', 'bundle/cli.js', licences]));
  const text = await readFile(join(ROOT, 'processor', licences), 'utf8');
  for (const library of ['zod', 'yaml', 'hono', 'pino', '@grpc/grpc-js']) {
    expect(text).toMatch(new RegExp(`^${library} \\d.*\n[^]*?Copyright`, 'm'));
  }
});

it('the packages name the repository that the root names, each its own folder, and what they are about', async () => {
  const root = (await manifest('.')) as Manifest & { readonly repository: object };
  for (const workspace of PACKAGES) {
    const own = (await manifest(workspace)) as Manifest & Readonly<Record<string, unknown>>;
    expect(own.repository).toEqual({ ...root.repository, directory: workspace });
    expect(own.description).toMatch(/^[A-Z].+\.$/);
    expect(own.keywords).toEqual(expect.arrayContaining(['opentelemetry', 'llm', 'fallback']));
    expect(own.publishConfig).toEqual({ access: 'public', provenance: true });
  }
});

it('the packages depend on each other at the version in this repository', async () => {
  const { version } = await manifest('semconv');
  for (const workspace of PACKAGES.filter((one) => one !== 'semconv')) {
    expect((await manifest(workspace)).dependencies).toMatchObject({ '@warmspare/semconv': version });
  }
});

it('the instrumentation names itself in spans with the version in its manifest', async () => {
  const { version } = await manifest('instrumentation');
  expect(await readFile(join(ROOT, 'instrumentation/src/base/version.ts'), 'utf8')).toContain(`'${version}'`);
});
