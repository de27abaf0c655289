/** The official exporters against a real server: what it says reaches the evidence exporter, and they stay what they are to others. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDelivery, type EvidenceTransport } from './delivery.ts';
import { type EvidenceSpan, evidenceSpan } from './evidence-span.ts';

let server: Server;
let url: string;
let answer: { readonly status: number; readonly headers?: Record<string, string>; readonly body?: Buffer };

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(answer.status, answer.headers).end(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const spans: EvidenceSpan[] = ['a', 'b', 'c'].map((name, n) =>
  evidenceSpan(
    { name, startTime: 0, endTime: 1, attributes: {} },
    { traceId: 'a'.repeat(32), spanId: `${n}`.repeat(16), traceFlags: 1 },
    { attributes: {} },
  ),
);
/** `timeoutMillis`: the exporter's own tries end with it. */
const exporter = (): EvidenceTransport => new ProtoExporter({ url, timeoutMillis: 900 });

/** partial_success { rejected_spans: 2, error_message: "no" } */
const PARTIAL = Buffer.from([0x0a, 0x06, 0x08, 0x02, 0x12, 0x02, 0x6e, 0x6f]);

describe('a batch is', () => {
  it.each([
    ['sent', { status: 200 }, { kind: 'sent', rejected: 0 }],
    ['sent but for what was rejected', { status: 200, body: PARTIAL }, { kind: 'sent', rejected: 2, error: 'no' }],
    ['refused with 400', { status: 400 }, { kind: 'refused' }],
    ['to be sent again after 401', { status: 401 }, { kind: 'again' }],
    ['to be sent again after 500', { status: 500 }, { kind: 'again' }],
    [
      'to be sent again when the server says',
      { status: 429, headers: { 'retry-after': '90' } },
      { kind: 'again', after: 90_000 },
    ],
    [
      'not put off for more than ten minutes',
      { status: 503, headers: { 'retry-after': '86400' } },
      { kind: 'again', after: 600_000 },
    ],
  ])('%s', async (_, given, expected) => {
    answer = given;
    const transport = exporter();
    expect(await createDelivery(transport)(spans)).toMatchObject(expected);
    await transport.shutdown();
  });

  it('sent by what comes after a refusal', async () => {
    const transport = exporter();
    const deliver = createDelivery(transport);
    answer = { status: 200, body: PARTIAL };
    await deliver(spans);
    answer = { status: 200 };
    expect(await deliver(spans)).toEqual({ kind: 'sent', rejected: 0, error: undefined });
    await transport.shutdown();
  });

  it('to be sent again where nobody listens', async () => {
    const transport = new ProtoExporter({ url: 'http://127.0.0.1:1/v1/traces', timeoutMillis: 500 });
    expect(await createDelivery(transport)(spans)).toMatchObject({ kind: 'again' });
    await transport.shutdown();
  });
});
