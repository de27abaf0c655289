/** What a reader decides by: the README is short, in order, and leads to files that are there. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './pack.ts';

const read = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8');
const READMES = [
  'README.md',
  'semconv/README.md',
  'instrumentation/README.md',
  'processor/README.md',
  'examples/README.md',
  'examples/app/README.md',
  'examples/ci/README.md',
  'examples/prometheus/README.md',
  'examples/kubernetes/README.md',
];

it('has at most 1,800 words and keeps its order', async () => {
  const readme = await read('README.md');
  expect(readme.split(/\s+/).length).toBeLessThanOrEqual(1800);
  expect(readme.match(/^## .+$/gm)).toEqual([
    '## Is it for me?',
    '## Try it',
    '## Quick start: one alert, in five minutes',
    '## I already have',
    '## What it says',
    '## Drills',
    '## In CI',
    '## More',
    '## Status and licence',
  ]);
  expect(readme).toContain('\nnpm ci && npm run demo ');
  expect(readme).toContain('\nnpm ci && npm test ');
});

describe.each(READMES)('%s', (path) => {
  it('leads to files and headings that are there', async () => {
    const text = await read(path);
    const links = [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken: string[] = [];
    for (const link of links) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : join(dirname(path), file);
      if (!existsSync(join(ROOT, target))) broken.push(link);
      else if (anchor !== undefined && !(await headings(target)).includes(anchor)) broken.push(link);
    }
    expect(broken).toEqual([]);
  });
});

async function headings(path: string): Promise<readonly string[]> {
  return [...(await read(path)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
