import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { fileURLToPath } from 'node:url';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { createKeyTable } from '../base/keys.ts';
import { createGrpcReceiver } from './grpc.ts';
import { createHttpReceiver } from './http.ts';
import type { Receiver, ReceiverOptions } from './receiver.ts';
import { collectingBatches } from './testdata/collecting-batches.ts';
import { request, spanOf, textField } from './testdata/messages.ts';
import { openSocket, untilClosed } from './testdata/raw-connections.ts';

const pathOf = (name: string): string => fileURLToPath(new URL(`./testdata/tls/${name}.pem`, import.meta.url));
const [CA, CERT, KEY] = ['ca', 'client', 'client-key'].map((name) => readFileSync(pathOf(name))) as [
  Buffer,
  Buffer,
  Buffer,
];
const BODY = Buffer.from(request([], [spanOf(textField(5, 'chat'))]));

const open: Receiver[] = [];
afterEach(async () => {
  for (const receiver of open.splice(0)) await receiver.close();
});

async function start(
  create: (options: ReceiverOptions) => Promise<Receiver>,
  clientCaFile?: string,
  limits: ReceiverOptions['limits'] = {},
): Promise<number> {
  const receiver = await create({
    config: {
      endpoint: { host: '127.0.0.1', port: 0 },
      tls: { certFile: pathOf('server'), keyFile: pathOf('server-key'), clientCaFile },
      maxRequestBodySize: 1000,
    },
    keys: createKeyTable(),
    openBatch: collectingBatches().openBatch,
    now: () => 0,
    limits,
  });
  open.push(receiver);
  return receiver.port;
}

const postHttps = (port: number, identity: object): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf' };
    httpsRequest({
      host: '127.0.0.1',
      port,
      path: '/v1/traces',
      method: 'POST',
      headers,
      ca: CA,
      agent: false,
      ...identity,
    })
      .on('response', (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end(BODY);
  });

function exportGrpc(port: number, channel: ReturnType<typeof credentials.createSsl>): Promise<Buffer | undefined> {
  const client = new Client(`127.0.0.1:${port}`, channel);
  const asIs = (bytes: Buffer): Buffer => bytes;
  const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  return new Promise<Buffer | undefined>((resolve, reject) => {
    client.makeUnaryRequest(path, asIs, asIs, BODY, new Metadata(), {}, (error, answer) =>
      error === null ? resolve(answer) : reject(error),
    );
  }).finally(() => client.close());
}

describe('TLS', () => {
  it('is spoken by the HTTP receiver', async () => {
    const port = await start(createHttpReceiver);
    expect(await postHttps(port, {})).toBe(200);
  });

  it('lets in over HTTP only whoever has a certificate, where a client CA is set', async () => {
    const port = await start(createHttpReceiver, pathOf('ca'));
    await expect(postHttps(port, {})).rejects.toThrow();
    expect(await postHttps(port, { cert: CERT, key: KEY })).toBe(200);
  });

  it('is spoken by the gRPC receiver', async () => {
    const port = await start(createGrpcReceiver);
    expect(await exportGrpc(port, credentials.createSsl(CA))).toHaveLength(0);
  });

  it('lets in over gRPC only whoever has a certificate, where a client CA is set', async () => {
    const port = await start(createGrpcReceiver, pathOf('ca'));
    await expect(exportGrpc(port, credentials.createSsl(CA))).rejects.toThrow();
    expect(await exportGrpc(port, credentials.createSsl(CA, KEY, CERT))).toHaveLength(0);
  });

  it.each([
    ['HTTP', createHttpReceiver],
    ['gRPC', createGrpcReceiver],
  ])('ends a connection to the %s receiver whose handshake does not come', async (_, create) => {
    const port = await start(create, undefined, { headersTimeout: 30 });
    expect(await untilClosed(await openSocket(port))).toBe('');
  });

  it('does not start without its files', async () => {
    const config = {
      endpoint: { host: '127.0.0.1', port: 0 },
      tls: { certFile: '/nowhere', keyFile: '/nowhere', clientCaFile: undefined },
      maxRequestBodySize: 1,
    };
    const options = { config, keys: createKeyTable(), openBatch: collectingBatches().openBatch, now: () => 0 };
    await expect(createHttpReceiver(options)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(createGrpcReceiver(options)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
