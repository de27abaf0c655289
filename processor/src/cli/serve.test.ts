import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from './run.ts';

let directory: string;
let threads: Worker[];
const note = (worker: Worker): void => void threads.push(worker);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warmspare-serve-'));
  threads = [];
  process.on('worker', note);
});
afterEach(() => {
  process.off('worker', note);
  rmSync(directory, { recursive: true });
});

/** `said` resolves to the first line of the log with that text. */
function serve(isTTY = false) {
  const file = join(directory, 'warmspare.yaml');
  writeFileSync(
    file,
    `
store: { sqlite: { path: ${JSON.stringify(join(directory, 'warmspare.db'))} } }
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:0 } } } }
admin: { endpoint: 127.0.0.1:0 }
`,
  );
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const { promise: stopped, resolve: stop } = Promise.withResolvers<string>();
  const output = { write: () => undefined, isTTY: false, columns: undefined };
  const code = run(['serve', '--config', file], {
    env: {},
    version: '1.2.3',
    stdout: output,
    stderr: {
      ...output,
      isTTY,
      write: (text) => {
        lines.push(text);
        for (const look of waiting) look();
      },
    },
    now: Date.now,
    fetch,
    untilStopped: () => stopped,
    onReload: () => undefined,
  });
  const said = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        const line = lines.find((candidate) => candidate.includes(text));
        if (line !== undefined) resolve(line);
      };
      waiting.add(look);
      look();
    });
  return { code, lines, said, stop };
}

it("outlives the death of the store's thread, says so, and ends with 0 when it is asked to", async () => {
  const service = serve();
  await service.said('warmspare is ready');
  await threads[0]?.terminate();
  expect(await service.said('was started again')).toContain('"level":"error"');
  service.stop('SIGTERM');
  expect(await service.code).toBe(0);
});

it("ends with 70 when the store's thread dies again and again, so that a supervisor starts it anew", async () => {
  const service = serve();
  await service.said('warmspare is ready');
  process.on('worker', (worker) => void worker.terminate());
  await threads[0]?.terminate();
  expect(await service.code).toBe(70);
  process.removeAllListeners('worker');
  expect(await service.said('gone for good')).toContain('"level":"fatal"');
});

it('greets a person at a terminal with the address of the page, and logs in lines that one reads', async () => {
  const service = serve(true);
  const greeting = await service.said('is ready');
  expect(greeting).toMatch(/^Warmspare 1\.2\.3 is ready\.\n {2}status page {5}http:\/\/127\.0\.0\.1:\d+\/\n/);
  expect(greeting.split('\n').length).toBeLessThanOrEqual(7);
  service.stop('SIGTERM');
  expect(await service.code).toBe(0);
  expect(service.lines.join('')).toMatch(
    /^\d\d:\d\d:\d\d info {2}stopping: answering what is under way \(signal: SIGTERM\)$/m,
  );
  expect(service.lines.join('')).not.toContain('{"');
});

it('logs JSON lines where there is no terminal', async () => {
  const service = serve();
  expect(JSON.parse(await service.said('warmspare is ready'))).toMatchObject({ level: 'info', version: '1.2.3' });
  service.stop('SIGTERM');
  await service.code;
});
