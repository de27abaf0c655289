/** What a machine does to a service: a full disk, a clock that is wrong, peers that are silent, a sink that hangs, files that are removed. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../child.ts';
import { eventually } from '../eventually.ts';
import { otlpBody, sendBody } from '../otlp-body.ts';
import { placeService, type Service, startService } from '../service.ts';

let directory = '';
let running: Service | undefined;
let nextId = 1;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warmspare-faults-'));
});

afterEach(async () => {
  await running?.kill();
  await rm(directory, { recursive: true, force: true });
});

const body = (count = 1, endTime = Date.now()) => {
  const attempt = () => ({ id: nextId++, chain: `chain-${nextId}`, rank: 1, outcome: 'success', endTime }) as const;
  return otlpBody('support-api', Array.from({ length: count }, attempt));
};

interface Ready {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly troubles: readonly string[];
}

const readiness = async (admin: string): Promise<Ready> => (await (await fetch(`${admin}/readyz`)).json()) as Ready;
const rowsOf = async (admin: string): Promise<number> =>
  ((await (await fetch(`${admin}/status.json`)).json()) as { targets: unknown[] }).targets.length;

test('a disk that takes nothing: what is known is served, spans are refused, and it recovers', async () => {
  const place = await placeService(directory, '');
  running = await startService(place);
  expect(await sendBody(place.otlp, body(20))).toBe(true);
  await running.kill();
  running = await startService(place, { largestFile: 1, answers: true });
  expect(await rowsOf(place.admin)).toBeGreaterThanOrEqual(20);
  expect(await sendBody(place.otlp, body())).toBe(false);
  expect(await readiness(place.admin)).toMatchObject({ ready: false });
  await running.kill();
  running = await startService(place);
  expect(await readiness(place.admin)).toMatchObject({ ready: true, troubles: [] });
  expect(await sendBody(place.otlp, body())).toBe(true);
});

test('a disk that takes nothing where there is no file yet', async () => {
  const place = await placeService(directory, '');
  running = await startService(place, { largestFile: 1, answers: true });
  expect(await sendBody(place.otlp, body())).toBe(false);
  await running.kill();
  running = await startService(place);
  expect(await sendBody(place.otlp, body())).toBe(true);
});

test('a clock twenty years ago changes nothing, and is forgotten once it is right', async () => {
  const place = await placeService(directory, '');
  running = await startService(place);
  expect(await sendBody(place.otlp, body(5))).toBe(true);
  const before = await (await fetch(`${place.admin}/metrics`)).text();
  await running.stop();
  const shift = join(directory, 'shift.mjs');
  await writeFile(shift, 'const now = Date.now; Date.now = () => now() - 20 * 365 * 86400000;\n');
  running = await startService(place, { node: ['--import', shift], answers: true });
  expect(await sendBody(place.otlp, body())).toBe(false);
  const { ready, reasons } = await readiness(place.admin);
  expect([ready, reasons]).toEqual([false, [expect.stringContaining('the clock stands at')]]);
  await running.stop();
  running = await startService(place);
  const timesIn = (text: string): string[] => text.match(/^llm_fallback_last_success_timestamp_seconds.*$/gm) ?? [];
  expect(timesIn(before).length).toBeGreaterThan(0);
  expect(timesIn(await (await fetch(`${place.admin}/metrics`)).text())).toEqual(timesIn(before));
});

test('silent peers and slow readers hold nobody up', async () => {
  const place = await placeService(directory, '');
  running = await startService(place);
  const sockets: Socket[] = [];
  for (const url of [place.otlp, `http://${place.grpc}`, place.admin]) {
    for (let count = 0; count < 200; count++) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
      socket.write(url === place.admin && count < 30 ? 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n' : 'POST ');
      socket.pause();
      sockets.push(socket);
    }
  }
  expect(await sendBody(place.otlp, body())).toBe(true);
  expect((await fetch(`${place.admin}/healthz`)).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});

test('a sink that never answers holds up neither spans nor the end', async () => {
  const sink = createServer(() => undefined).listen(await freePort(), '127.0.0.1');
  await once(sink, 'listening');
  const address = sink.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const place = await placeService(
    directory,
    `exporters: { otlp: { endpoint: 'http://127.0.0.1:${port}', interval: 1s } }`,
  );
  running = await startService(place);
  for (let at = 0; at < 10; at++) expect(await sendBody(place.otlp, body())).toBe(true);
  const since = performance.now();
  await running.stop();
  expect(performance.now() - since).toBeLessThan(15_000);
  sink.closeAllConnections();
  sink.close();
});

test('files that are removed while it runs are written anew', async () => {
  const place = await placeService(directory, '');
  running = await startService(place);
  expect(await sendBody(place.otlp, body())).toBe(true);
  for (const suffix of ['', '-wal']) await rm(join(directory, `warmspare.db${suffix}`));
  await eventually('the removal is told', async () =>
    (await readiness(place.admin)).troubles.find((trouble) => trouble.includes('was removed')),
  );
  expect(await sendBody(place.otlp, body())).toBe(true);
  const rows = await rowsOf(place.admin);
  await running.kill();
  running = await startService(place);
  expect(await rowsOf(place.admin)).toBe(rows);
});
