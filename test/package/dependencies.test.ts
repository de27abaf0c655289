/** Every dependency of every workspace has its sentence in ARCHITECTURE.md, and every sentence a dependency. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKAGES, ROOT } from './pack.ts';

const WORKSPACES = ['.', ...PACKAGES, 'examples/app', 'test', 'test/providers'] as const;
const FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

type Manifest = Partial<Record<(typeof FIELDS)[number], Record<string, string>>>;

async function dependencies(workspace: string): Promise<Map<string, string>> {
  const manifest = JSON.parse(await readFile(join(ROOT, workspace, 'package.json'), 'utf8')) as Manifest;
  const named = FIELDS.flatMap((field) => Object.entries(manifest[field] ?? {}));
  return new Map(named.filter(([name]) => !name.startsWith('@warmspare/')));
}

const all = new Map((await Promise.all(WORKSPACES.map(dependencies))).flatMap((one) => [...one]));
const chapter = (await readFile(join(ROOT, 'ARCHITECTURE.md'), 'utf8')).split('\n## Dependencies\n')[1] ?? '';
const rows = chapter.split('\n').filter((line) => line.startsWith('| `'));
const explained = new Set(rows.flatMap((row) => row.split('|')[1]?.match(/(?<=`)[^`, ]+(?=`)/g) ?? []));

describe('the dependencies', () => {
  it('are each explained in ARCHITECTURE.md', () => {
    expect([...all.keys()].filter((name) => !explained.has(name)).sort()).toEqual([]);
  });

  it('explained in ARCHITECTURE.md are all there', () => {
    expect([...explained].filter((name) => !all.has(name)).sort()).toEqual([]);
  });

  it('come from the registry or from this repository, never from an address', () => {
    const foreign = [...all].filter(([, range]) => !/^(npm:.+@)?[\^~<>=*]*\s?\d[\w.<>=|^~ -]*$/.test(range));
    expect(foreign).toEqual([]);
  });
});
