import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { Client, type ClientUnaryCall, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { ResponseType } from '../../../test/bench/reference.ts';
import { StoreUnavailable } from '../base/errors.ts';
import { createKeyTable } from '../base/keys.ts';
import type { BatchResult } from '../types/pipeline.ts';
import { createGrpcReceiver } from './grpc.ts';
import type { ReceiverOptions } from './receiver.ts';
import { type CollectingBatches, collectingBatches } from './testdata/collecting-batches.ts';
import { request, spanOf, textField } from './testdata/messages.ts';
import { openSocket, untilClosed } from './testdata/raw-connections.ts';

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const BODY = Buffer.from(request([], [spanOf(textField(5, 'chat gpt-5'))]));
/** What a client of HTTP/2 says first: its preface and empty settings. */
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0';
const GZIP = { 'grpc.default_compression_algorithm': 2 } as const;

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Started {
  readonly port: number;
  readonly batches: CollectingBatches;
  readonly rejected: string[];
  /** The answer's bytes, or the error that the client sees. */
  send(body: Buffer, metadata?: Record<string, string>, path?: string): Promise<Buffer>;
}

async function start(
  options: Partial<ReceiverOptions> & { settle?: () => Promise<Partial<BatchResult>>; channel?: object } = {},
): Promise<Started> {
  const { settle, channel = {}, ...rest } = options;
  const batches = collectingBatches(settle);
  const rejected: string[] = [];
  const receiver = await createGrpcReceiver({
    config: { endpoint: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestBodySize: 2000 },
    keys: createKeyTable(),
    openBatch: batches.openBatch,
    now: () => 1_700_000_000_000,
    onRejected: (reason) => rejected.push(reason),
    ...rest,
  });
  const client = new Client(`127.0.0.1:${receiver.port}`, credentials.createInsecure(), channel);
  closers.push(
    () => receiver.close(),
    () => client.close(),
  );
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    port: receiver.port,
    batches,
    rejected,
    send: (body, entries = {}, path = EXPORT) =>
      new Promise((resolve, reject): ClientUnaryCall => {
        const metadata = new Metadata();
        for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
        return client.makeUnaryRequest(path, asIs, asIs, body, metadata, {}, (error, answer) =>
          error === null && answer !== undefined ? resolve(answer) : reject(error),
        );
      }),
  };
}

/** A connection of its own, for what no client library would send. */
function session(port: number): ClientHttp2Session {
  const opened = connect(`http://127.0.0.1:${port}`);
  opened.on('error', () => undefined);
  closers.push(() => opened.destroy());
  return opened;
}

/** A call with one message, which is compressed. */
function sent(opened: ClientHttp2Session, message: Buffer, headers: Record<string, string> = {}): ClientHttp2Stream {
  const stream = opened.request({
    ':method': 'POST',
    ':path': EXPORT,
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-encoding': 'gzip',
    ...headers,
  });
  const head = Buffer.alloc(5);
  head.writeUInt8(1);
  head.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([head, message]));
  return stream;
}

/** Of the call's status. */
async function codeOf(stream: ClientHttp2Stream): Promise<number> {
  const code = new Promise<number>((resolve) => {
    for (const part of ['response', 'trailers'] as const) {
      stream.on(part, (headers: Record<string, unknown>) => {
        if (headers['grpc-status'] !== undefined) resolve(Number(headers['grpc-status']));
      });
    }
  });
  stream.resume();
  return code;
}

/** Begins a message of `length` bytes and sends `sent` of them. */
function halfSent(opened: ClientHttp2Session, length: number, sent: number): ClientHttp2Stream {
  const stream = opened.request({
    ':method': 'POST',
    ':path': EXPORT,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => undefined);
  const frame = Buffer.alloc(5 + sent);
  frame.writeUInt32BE(length, 1);
  stream.write(frame);
  return stream;
}

const errorOf = (sending: Promise<Buffer>): Promise<ServiceError> =>
  sending.then(
    () => Promise.reject(new Error('was taken')),
    (error: ServiceError) => error,
  );

describe('gRPC receiver', () => {
  it.each([
    ['plain', {}],
    ['gzip', GZIP],
  ])('answers a %s request once the spans are committed', async (_, channel) => {
    const { send, batches } = await start({ channel });
    expect(await send(BODY)).toHaveLength(0);
    expect(batches.committed).toEqual(['chat gpt-5']);
  });

  it('tells how many spans were rejected', async () => {
    const rejected = [{ reason: 'name_too_long', count: 1 }] as const;
    const { send } = await start({ settle: async () => ({ rejected }) });
    const answer = ResponseType.toObject(ResponseType.decode(await send(BODY)), { longs: Number });
    expect(answer).toMatchObject({ partialSuccess: { rejectedSpans: 1 } });
  });

  it('refuses bytes that are no request as INVALID_ARGUMENT', async () => {
    const { send, rejected } = await start();
    const error = await errorOf(send(Buffer.from([0x0a, 0x7f])));
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.details).toContain('at byte 1');
    expect(rejected).toEqual(['malformed']);
  });

  it('refuses a body without a field of a trace request as INVALID_ARGUMENT', async () => {
    const { send, batches } = await start();
    const error = await errorOf(send(Buffer.from(textField(2, 'another message'))));
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.details).toContain('none of a trace request');
    expect(batches.committed).toEqual([]);
  });

  it('asks to retry while the store cannot write, with RetryInfo', async () => {
    const { send } = await start({
      settle: () => Promise.reject(new StoreUnavailable('disk full')),
      limits: { retryAfter: 7 },
    });
    const error = await errorOf(send(BODY));
    expect(error.code).toBe(status.UNAVAILABLE);
    const [details] = error.metadata.get('grpc-status-details-bin');
    // Status.details (3) = Any { type_url (1), value (2) = RetryInfo { retry_delay (1) = Duration { seconds (1) = 7 } } }
    expect(details?.toString('latin1')).toContain('type.googleapis.com/google.rpc.RetryInfo\x12\x04\x0a\x02\x08\x07');
  });

  it('asks to retry when the commit takes too long', async () => {
    const { send } = await start({ settle: () => new Promise(() => {}), limits: { answerTimeout: 1 } });
    expect((await errorOf(send(BODY))).code).toBe(status.UNAVAILABLE);
  });

  it.each([
    ['as it is', {}],
    ['once inflated', GZIP],
  ])('refuses a message that is too large %s as RESOURCE_EXHAUSTED', async (_, channel) => {
    const { send, batches, rejected } = await start({ channel });
    expect((await errorOf(send(Buffer.alloc(100_000)))).code).toBe(status.RESOURCE_EXHAUSTED);
    expect(batches.opened).toEqual([]);
    expect(rejected).toEqual(['too_large']);
  });

  it('answers another method with UNIMPLEMENTED', async () => {
    const { send } = await start();
    const path = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
    expect((await errorOf(send(BODY, {}, path))).code).toBe(status.UNIMPLEMENTED);
  });

  it('asks for a token where one is set', async () => {
    const { send, batches, rejected } = await start({ tokens: () => [{ tokens: 'secret', services: undefined }] });
    expect((await errorOf(send(BODY))).code).toBe(status.UNAUTHENTICATED);
    expect((await errorOf(send(BODY, { authorization: 'Bearer other' }))).code).toBe(status.UNAUTHENTICATED);
    expect(batches.opened).toEqual([]);
    expect(rejected).toEqual(['unauthorized', 'unauthorized']);
    await send(BODY, { authorization: 'Bearer secret' });
    expect(batches.committed).toEqual(['chat gpt-5']);
  });

  it('takes of a token that is bound to services their spans only', async () => {
    const { send, batches } = await start({ tokens: () => [{ tokens: 'secret', services: ['other'] }] });
    const answer = ResponseType.toObject(ResponseType.decode(await send(BODY, { authorization: 'Bearer secret' })));
    expect(answer).toMatchObject({ partialSuccess: { errorMessage: expect.stringContaining('may not write') } });
    expect(batches.committed).toEqual([]);
  });

  it.each([
    [{ ':authority': 'localhost:4317' }, status.OK],
    [{ ':authority': 'evil.example:4317' }, status.PERMISSION_DENIED],
    [{ ':authority': 'localhost:4317', origin: 'https://evil.example' }, status.PERMISSION_DENIED],
  ])('on loopback without a token answers %j with %i', async (headers, code) => {
    const { port, rejected } = await start();
    expect(await codeOf(sent(session(port), gzipSync(BODY), headers))).toBe(code);
    expect(rejected).toEqual(code === status.OK ? [] : ['unauthorized']);
  });

  it.each([
    ['gzip', gzipSync(BODY), status.OK],
    ['deflate', deflateSync(BODY), status.OK],
    ['zstd', zstdCompressSync(BODY), status.OK],
    ['snappy', BODY, status.UNIMPLEMENTED],
    ['identity', BODY, status.INVALID_ARGUMENT],
    ['gzip', BODY, status.INVALID_ARGUMENT],
  ])('answers a message compressed by %s', async (encoding, message, code) => {
    const { port, batches } = await start();
    expect(await codeOf(sent(session(port), message, { 'grpc-encoding': encoding }))).toBe(code);
    expect(batches.committed).toHaveLength(code === status.OK ? 1 : 0);
  });

  it.each([
    ['no message', Buffer.alloc(0)],
    ['a head that is cut off', Buffer.alloc(3)],
    ['a message that is cut off', Buffer.from([0, 0, 0, 0, 9, 1])],
    ['a second message', Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ])('refuses a call of %s', async (_, bytes) => {
    const { port, rejected, batches } = await start();
    const stream = session(port).request({
      ':method': 'POST',
      ':path': EXPORT,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.end(bytes);
    expect(await codeOf(stream)).toBe(status.INVALID_ARGUMENT);
    expect([rejected, batches.opened]).toEqual([['malformed'], []]);
  });

  it('tells a client that speaks no gRPC so', async () => {
    const { port } = await start();
    const stream = session(port).request({ ':method': 'POST', ':path': EXPORT, 'content-type': 'text/html' });
    const [headers] = (await once(stream, 'response')) as [Record<string, number>];
    expect(headers[':status']).toBe(415);
  });

  it.each([
    ['says nothing', '', {}],
    ['says something else', 'GET / HTTP/1.1\r\n\r\n', {}],
    ['greets, makes no call and reads nothing', PREFACE, { idleTimeout: 20, lingerTimeout: 20 }],
  ])(
    'frees the place of a connection that %s, though its owner neither reads nor closes it',
    async (_, bytes, more) => {
      const { port, send } = await start({ limits: { connections: 1, headersTimeout: 20, ...more } });
      const silent = connectSocket({ port, host: '127.0.0.1', allowHalfOpen: true });
      silent.on('error', () => undefined);
      closers.push(() => void silent.destroy());
      await once(silent, 'connect');
      silent.write(bytes, 'latin1');
      await expect
        .poll(
          () =>
            send(BODY).then(
              () => 'taken',
              () => 'refused',
            ),
          { timeout: 5000 },
        )
        .toBe('taken');
    },
  );

  it('frees the place of a connection whose calls are answered and not read', async () => {
    const { port, send } = await start({
      limits: { connections: 1, headersTimeout: 20, idleTimeout: 20, lingerTimeout: 20 },
    });
    const opened = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
    opened.on('error', () => undefined);
    closers.push(() => opened.destroy());
    sent(opened, gzipSync(BODY)).on('error', () => undefined);
    await once(opened, 'remoteSettings');
    await expect
      .poll(
        () =>
          send(BODY).then(
            () => 'taken',
            () => 'refused',
          ),
        { timeout: 5000 },
      )
      .toBe('taken');
  });

  it('tells a sender whose message does not arrive to come again, and ends the call', async () => {
    const { port, rejected, batches } = await start({ limits: { answerTimeout: 20, retryAfter: 7 } });
    const stream = halfSent(session(port), 1500, 1000);
    const [headers] = (await once(stream, 'response')) as [Record<string, string>];
    expect(headers['grpc-status']).toBe(String(status.UNAVAILABLE));
    expect(Buffer.from(headers['grpc-status-details-bin'] ?? '', 'base64').toString('latin1')).toContain('RetryInfo');
    stream.resume();
    await once(stream, 'close');
    expect(rejected).toEqual(['timeout']);
    expect(batches.opened).toEqual([]);
  });

  it('refuses bombs in parallel streams, and takes the next message after them', async () => {
    const bomb = gzipSync(Buffer.alloc(1 << 20));
    const { port, rejected, send } = await start({ limits: { inflating: 2 }, channel: GZIP });
    const sessions = [session(port), session(port), session(port)];
    const codes = await Promise.all(
      Array.from({ length: 36 }, (_, index) => codeOf(sent(sessions[index % 3] as ClientHttp2Session, bomb))),
    );
    expect(new Set(codes)).toEqual(new Set([status.RESOURCE_EXHAUSTED]));
    expect(rejected).toEqual(codes.map(() => 'too_large'));
    await send(BODY);
  });

  it('asks to retry when too many bytes are in flight, and takes more when they are gone', async () => {
    const { port, send, rejected, batches } = await start({ limits: { inFlightBytes: 1200 } });
    const slow = halfSent(session(port), 1500, 1000);
    const body = Buffer.from(request([], [spanOf(textField(5, 'chat '.repeat(80)))]));
    // The first bytes have been read when another message that was sent later is refused.
    let code: number;
    do
      code = (
        await send(body).then(
          () => ({ code: status.OK }),
          (error: ServiceError) => error,
        )
      ).code;
    while (code === status.OK);
    expect(code).toBe(status.UNAVAILABLE);
    expect(rejected).toEqual(['overload']);
    batches.committed.length = 0;
    slow.destroy();
    do
      code = (
        await send(body).then(
          () => ({ code: status.OK }),
          (error: ServiceError) => error,
        )
      ).code;
    while (code !== status.OK);
    expect(batches.committed).toHaveLength(1);
  });

  it('closes a connection without calls, one that says nothing too', async () => {
    const { port } = await start({ limits: { idleTimeout: 20 } });
    await once(session(port), 'close');
    await untilClosed(await openSocket(port));
  });

  it('closes connections beyond the cap at once, and takes others when one has gone', async () => {
    const { port, send } = await start({ limits: { connections: 1 } });
    const first = await openSocket(port);
    expect(await untilClosed(await openSocket(port))).toBe('');
    first.destroy();
    await once(first, 'close');
    await expect
      .poll(() =>
        send(BODY).then(
          ({ length }) => length,
          () => undefined,
        ),
      )
      .toBe(0);
  });

  it('closes although a sender stalls, and one says nothing', async () => {
    const { port } = await start({ limits: { answerTimeout: 30 } });
    const stalled = session(port);
    halfSent(stalled, 1500, 1000);
    const silent = await openSocket(port);
    await once(stalled, 'remoteSettings');
    const close = closers.shift();
    await Promise.all([close?.(), untilClosed(silent)]);
  });

  it('answers what it has read before it closes', async () => {
    let finish: () => void = () => {};
    let begun: () => void = () => {};
    const began = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const settle = (): Promise<object> =>
      new Promise((resolve) => {
        finish = () => resolve({});
        begun();
      });
    const { send } = await start({ settle });
    const answer = send(BODY);
    await began;
    const closing = closers.shift()?.();
    finish();
    expect(await answer).toHaveLength(0);
    await closing;
  });
});
