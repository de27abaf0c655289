/** Sends batches to a server that runs in a process of its own, and says what the server used for them. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip, zstdCompress } from 'node:zlib';
import type { Usage } from './server.ts';
import { type BatchTemplate, renew } from './traffic.ts';

const CONNECTIONS = 8;

export type ServerKind = 'warmspare' | 'without-analysis' | 'full-decode' | 'floor';

/** How bodies are sent; Collectors send gzip unless told otherwise. */
export const ENCODINGS = {
  raw: undefined,
  gzip: { name: 'gzip', compress: promisify(gzip) },
  zstd: { name: 'zstd', compress: promisify(zstdCompress) },
} as const;
export type EncodingName = keyof typeof ENCODINGS;

export interface Measured {
  /** Seconds of the server process. */
  readonly cpu: number;
  /** Seconds that passed. */
  readonly elapsed: number;
  /** Bytes at the end. */
  readonly rss: number;
  readonly usage: Usage;
}

/** A server that is up: one of ours, or any other that takes OTLP/HTTP. */
export interface Running {
  readonly port: number;
  usage(): Promise<Usage>;
}

/** Starts one of our servers, drives it, and ends it. */
export async function measure(
  kind: ServerKind,
  traffic: readonly BatchTemplate[],
  batches: number,
  encoding: EncodingName = 'raw',
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'warmspare-bench-'));
  const server = fileURLToPath(new URL('./server.ts', import.meta.url));
  const child = fork(server, [kind, join(folder, 'bench.db')]);
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return await drive({ port, usage: () => usageOf(child) }, traffic, batches, encoding);
  } finally {
    child.disconnect();
    await once(child, 'exit');
    rmSync(folder, { recursive: true });
  }
}

/** Warms a server up with a quarter of the batches and measures the rest. */
export async function drive(
  server: Running,
  traffic: readonly BatchTemplate[],
  batches: number,
  encoding: EncodingName = 'raw',
): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const warm = Math.ceil(batches / 4);
  const sendAll = (from: number, to: number): Promise<void> =>
    sendBatches(server.port, agent, traffic, encoding, from, to);
  await sendAll(0, warm);
  const before = await server.usage();
  const startedAt = performance.now();
  await sendAll(warm, warm + batches);
  const elapsed = (performance.now() - startedAt) / 1000;
  const usage = await server.usage();
  agent.destroy();
  return { cpu: usage.cpu - before.cpu, elapsed, rss: usage.rss, usage };
}

/** What a server has used so far. */
async function usageOf(child: ChildProcess): Promise<Usage> {
  child.send('usage');
  const [usage] = (await once(child, 'message')) as [Usage];
  return usage;
}

async function sendBatches(
  port: number,
  agent: Agent,
  traffic: readonly BatchTemplate[],
  encoding: EncodingName,
  from: number,
  to: number,
): Promise<void> {
  let next = from;
  const sender = async (): Promise<void> => {
    for (let sequence = next++; sequence < to; sequence = next++) {
      const template = traffic[sequence % traffic.length];
      if (template !== undefined) await send(port, agent, renew(template, sequence), encoding);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sender));
}

/** Resolves when the server has answered 200. */
export async function send(port: number, agent: Agent, content: Buffer, encoding: EncodingName = 'raw'): Promise<void> {
  const compression = ENCODINGS[encoding];
  const body = compression === undefined ? content : await compression.compress(content);
  const headers = {
    'content-type': 'application/x-protobuf',
    'content-length': body.length,
    ...(compression !== undefined && { 'content-encoding': compression.name }),
  };
  return new Promise((resolve, reject) => {
    request({ port, agent, path: '/v1/traces', method: 'POST', headers }, (response) => {
      response
        .resume()
        .on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`the server answered ${response.statusCode}`)),
        );
    })
      .on('error', reject)
      .end(body);
  });
}
