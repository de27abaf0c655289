/** The in-process example of the processor's README, as pasted: what the app's own reader exports arrives at an OTLP receiver. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { blocksBelow } from './readme-blocks.ts';

const run = promisify(execFile);
const HERE = fileURLToPath(new URL('.', import.meta.url));
const APP = `import { chain } from '@warmspare/instrumentation';
const greet = chain('greet', {
  targets: [
    { name: 'model', type: 'primary', run: async () => { throw new Error('down'); } },
    { name: 'rules', type: 'heuristic', run: async () => 'Hello' },
  ],
});
console.log(await greet());
`;

test('the example exports what the ledger knows, and ends by itself', async () => {
  const bodies: string[] = [];
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(`${request.url} ${Buffer.concat(chunks).toString('latin1')}`);
      response.end();
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  // Where the packages can be found, as in an app that has installed them.
  const folder = await mkdtemp(join(HERE, 'in-process-'));
  try {
    const blocks = await blocksBelow('processor/README.md', 'In process');
    const example = blocks.find(({ file }) => file === 'warmspare.mjs');
    await writeFile(join(folder, 'warmspare.mjs'), example?.text ?? '');
    await writeFile(join(folder, 'app.mjs'), APP);
    const imports = ['--import', '@warmspare/instrumentation/register', '--import', './warmspare.mjs'];
    const { port } = receiver.address() as AddressInfo;
    const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_SDK_DISABLED: 'true' };
    const { stdout } = await run(process.execPath, [...imports, 'app.mjs'], { cwd: folder, env, timeout: 30_000 });
    expect(stdout).toBe('Hello\n');
    const metrics = bodies.filter((body) => body.startsWith('/v1/metrics'));
    expect(metrics.join()).toContain('llm_fallback.time_since_last_success');
    expect(metrics.join()).toContain('llm_fallback.chain.serving.rank');
  } finally {
    receiver.close();
    await rm(folder, { recursive: true, force: true });
  }
});
