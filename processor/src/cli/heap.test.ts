import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const MODULE = new URL('./heap.ts', import.meta.url).href;

/** What a process of its own, with or without the call, says on stderr and how far its space for short-lived objects grew (MiB). */
async function grown(call: string): Promise<{ stderr: string; by: number }> {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { keepHeapSmall, keepNurserySmall } from '${MODULE}';
    const nursery = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size;
    ${call};
    const before = nursery();
    const held = [];
    for (let index = 0; index < 1_000_000; index++) held.push({ index });
    console.log(nursery() - before);`;
  const child = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  return { stderr: child.stderr, by: Number(child.stdout) / 1024 / 1024 };
}

describe('the heap of a service', () => {
  it('keeps its space for short-lived objects, which V8 would grow', async () => {
    const alone = await grown('');
    const kept = await grown('keepNurserySmall()');
    expect(kept.by).toBeLessThan(alone.by / 4);
  });

  it('knows no flag that this Node.js has not', async () => {
    expect((await grown('keepNurserySmall(); keepHeapSmall()')).stderr).toBe('');
  });
});
