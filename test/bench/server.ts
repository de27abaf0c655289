/**
 * One of the servers that are measured, in a process of its own: `warmspare`, `without-analysis`, `full-decode` or `floor` and, for all
 * but the last, the store's file. It says where it listens over IPC and answers each message with what it has used so far.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keepHeapSmall, keepNurserySmall } from '../../processor/dist/cli/heap.js';
import { createPipeline } from '../../processor/dist/commit/pipeline.js';
import { createHttpReceiver } from '../../processor/dist/receive/http.js';
import { openSqliteStore } from '../../processor/dist/store/sqlite/sqlite.js';
import type { Pipeline } from '../../processor/dist/types/pipeline.js';
import type { Policies } from '../../processor/dist/types/policy.js';
import { leaveOutAnalysis } from './without-analysis.ts';

/** What a process has used since it started. */
export interface Usage {
  /** Seconds of all its threads, user and system. */
  readonly cpu: number;
  /** Bytes. */
  readonly rss: number;
  readonly accepted: number;
  readonly ignored: number;
  readonly commits: number;
}

const POLICIES: Policies = {
  defaults: {
    maxAge: 86_400,
    maxCacheAge: undefined,
    maxFailover: 10,
    counts: ['organic', 'drill', 'shadow'],
    sampling: 'unknown',
    retireAfter: 604_800,
  },
  chains: [],
};

const [kind, path = ''] = process.argv.slice(2);
const isOurs = kind === 'warmspare' || kind === 'without-analysis';
if (isOurs) keepNurserySmall();
if (kind === 'without-analysis') leaveOutAnalysis();
let pipeline: Pipeline | undefined;
if (kind !== 'floor')
  pipeline = await createPipeline({ policies: POLICIES, store: await openSqliteStore({ path }), now: Date.now });
if (isOurs) keepHeapSmall();

process.on('message', () => {
  const stats = pipeline?.stats();
  const usage: Usage = {
    cpu: cpuSeconds(),
    rss: process.memoryUsage.rss(),
    accepted: stats?.accepted ?? 0,
    ignored: stats?.ignored ?? 0,
    commits: stats?.commits ?? 0,
  };
  process.send?.(usage);
});
process.on('disconnect', () => process.exit());
process.send?.({ port: await listen() });

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function listen(): Promise<number> {
  if (pipeline === undefined) return plainServer(async (request) => void (await bodyOf(request, () => {})));
  const running = pipeline;
  if (kind === 'full-decode') {
    // With it comes the reference decoder, which no other server should have to load.
    const { createFullDecoder } = await import('./full-decode.ts');
    const decode = createFullDecoder(running.keys);
    return plainServer(async (request) => {
      const chunks: Buffer[] = [];
      await bodyOf(request, (chunk) => chunks.push(chunk));
      const batch = running.batch(Date.now());
      decode(Buffer.concat(chunks), batch);
      await batch.commit();
    });
  }
  const receiver = await createHttpReceiver({
    config: { endpoint: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestBodySize: 20 * 1024 * 1024 },
    keys: running.keys,
    openBatch: (receivedAt) => running.batch(receivedAt),
    now: Date.now,
    onError: (error) => console.error(error),
  });
  return receiver.port;
}

function plainServer(take: (request: IncomingMessage) => Promise<void>): Promise<number> {
  const server = createServer((request, response) => {
    take(request).then(
      () => response.writeHead(200, { 'content-type': 'application/x-protobuf', 'content-length': 0 }).end(),
      (error: Error) => {
        console.error(error);
        response.writeHead(500).end();
      },
    );
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

const bodyOf = (request: IncomingMessage, onChunk: (chunk: Buffer) => void): Promise<void> =>
  new Promise((resolve, reject) => request.on('data', onChunk).on('end', resolve).on('error', reject));
