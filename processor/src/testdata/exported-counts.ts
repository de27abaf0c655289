/** A receiver of OTLP metrics in a test: what one counter's data points add up to, as they come in. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Body, bodyOf, cursor, readTag, skipField } from '../receive/wire.ts';

export interface MetricsReceiver {
  readonly endpoint: string;
  /** Of all requests that were accepted. */
  readonly total: number;
  /** While false, requests are refused for good. */
  accepts: boolean;
  /** Resolves with the next request after which the condition holds. */
  until(holds: () => boolean): Promise<void>;
  close(): void;
}

export async function receiveMetrics(counter: string): Promise<MetricsReceiver> {
  let total = 0;
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (receiver.accepts) total += sumOf(Buffer.concat(chunks), counter);
      response.writeHead(receiver.accepts ? 200 : 400).end();
      for (const look of waiting) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: MetricsReceiver = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accepts: true,
    get total() {
      return total;
    },
    until: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
      }),
    close: () => void server.close(),
  };
  return receiver;
}

/** Field numbers of opentelemetry/proto/metrics/v1: down to the metrics, and from one to the values of its points. */
const METRICS = [1, 2, 2];
const SUM_VALUES = [7, 1, 4];
const NAME = [1];

function sumOf(bytes: Uint8Array, counter: string): number {
  const body = bodyOf(bytes);
  let sum = 0;
  each(body, 0, bytes.length, METRICS, (from, end) => {
    let name = '';
    each(body, from, end, NAME, (at, to) => {
      name = body.bytes.toString('utf8', at, to);
    });
    if (name !== counter) return;
    each(body, from, end, SUM_VALUES, (at) => {
      sum += body.view.getFloat64(at, true);
    });
  });
  return sum;
}

function each(body: Body, from: number, end: number, path: readonly number[], take: (at: number, end: number) => void) {
  const [field, ...rest] = path;
  for (let at = from; at < end; ) {
    const tag = readTag(body.bytes, at, end);
    const valueAt = cursor.at;
    at = skipField(body.bytes, valueAt, end, tag);
    if (tag >> 3 !== field) continue;
    // Of what has a length, the cursor stands behind it.
    const start = (tag & 7) === 2 ? cursor.at : valueAt;
    if (rest.length === 0) take(start, at);
    else each(body, start, at, rest, take);
  }
}
