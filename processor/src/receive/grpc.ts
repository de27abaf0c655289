/**
 * OTLP/gRPC over node:http2: TraceService/Export in, an answer out once the spans are durable. A unary call is one message with a head of
 * five bytes, and a status in the trailers; nothing else of gRPC is spoken. It never acknowledges what is not stored.
 */
import { constants, type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { encodeResult, encodeStatusDetails } from './answer.ts';
import { createAuth, type MayWrite } from './auth.ts';
import { createJoiner, readBody } from './body.ts';
import { type HeldSession, holdSession } from './grpc-session.ts';
import { encodingOf, inflate } from './inflate.ts';
import { createIngest, type Read } from './ingest.ts';
import { createByteBudget, createGate, DEFAULT_LIMITS, type Gate, type ReceiverLimits, type Share } from './limits.ts';
import { listen } from './listen.ts';
import { MalformedRequest } from './malformed.ts';
import { type Patience, startPatience } from './patience.ts';
import type { Receiver, ReceiverOptions, TlsFiles } from './receiver.ts';
import { otherSite, type Refusal, tooSlow, toRefusal, unauthorized, unknownMethod, wrongHost } from './refusal.ts';
import { isLoopback, isLoopbackHost, isSameSite } from './site.ts';
import { tlsOptions } from './tls.ts';

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
/** Of one connection: each may hold a message in memory. */
const CONCURRENT_STREAMS = 16;
/** Whether the message is compressed, and its length in four bytes. */
const HEAD_BYTES = 5;
const ANSWER_HEADERS = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': 'identity,gzip,deflate,zstd',
};

/** Resolves once it listens. Rejects with the system's error where it cannot, or where a file of `tls` cannot be read. */
export async function createGrpcReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { config, onRejected = () => {}, onError = () => {} } = options;
  const limits: ReceiverLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const ingest = createIngest(options);
  const tokens = options.tokens ?? (() => undefined);
  const authorize = createAuth(tokens);
  const onLoopback = isLoopback(config.endpoint.host);
  const budget = createByteBudget(limits);
  const join = createJoiner(HEAD_BYTES);
  const inflating = createGate(limits.inflating);

  function take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    // A sender that goes away is told nothing.
    stream.on('error', () => undefined);
    if (!/^application\/grpc(\+proto)?(;|$)/i.test(headers['content-type'] ?? '')) {
      onRejected('unsupported');
      stream.respond({ ':status': 415 }, { endStream: true });
      stream.close(constants.NGHTTP2_NO_ERROR);
      return;
    }
    const share = budget.open();
    const patience = startPatience(limits.answerTimeout, () => tooSlow(limits.retryAfter));
    stream.once('close', () => {
      patience.end();
      share.release();
    });
    // What waits for the store holds none of the message's bytes.
    const reading = readSpans(stream, headers, share, patience).finally(() => share.release());
    patience
      .within(reading)
      .then(({ durable }) => patience.within(durable))
      .then(
        (result) => answer(stream, encodeResult(result, 'protobuf')),
        (error: unknown) => {
          const refusal = toRefusal(error, limits.retryAfter);
          if (refusal.reason === 'internal') onError(error);
          if (stream.closed || stream.destroyed) return;
          onRejected(refusal.reason);
          refuse(stream, refusal);
        },
      )
      .finally(() => {
        patience.end();
        // A peer that does not read its answer must not hold the stream.
        const timer = setTimeout(() => stream.destroy(), limits.lingerTimeout);
        timer.unref();
        stream.once('close', () => clearTimeout(timer));
      });
  }

  function mayWriteOf(headers: IncomingHttpHeaders): MayWrite {
    const host = headers[':authority'] ?? headers.host;
    if (onLoopback && tokens() === undefined && !isLoopbackHost(host)) throw wrongHost();
    if (!isSameSite(headers.origin, host)) throw otherSite();
    const mayWrite = authorize(headers.authorization);
    if (mayWrite === undefined) throw unauthorized();
    return mayWrite;
  }

  async function readSpans(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    share: Share,
    patience: Patience,
  ): Promise<Read> {
    if (headers[':path'] !== EXPORT) throw unknownMethod(headers[':path'] ?? '');
    const mayWrite = mayWriteOf(headers);
    const encoding = encodingOf(String(headers['grpc-encoding'] ?? ''));
    const limit = config.maxRequestBodySize;
    const sent = join(await readBody(stream, limit, share, patience, HEAD_BYTES));
    const isCompressed = sent[0] === 1;
    if (sent.length < HEAD_BYTES || sent.readUInt32BE(1) !== sent.length - HEAD_BYTES)
      throw new MalformedRequest('the call has not exactly one whole message');
    const message = sent.subarray(HEAD_BYTES);
    const read = (content: Buffer): Promise<Read> => ingest(content, 'protobuf', mayWrite);
    if (!isCompressed) return read(message);
    if (encoding === 'identity') throw new MalformedRequest('the message is compressed in no named encoding');
    // Refused meanwhile: it will come again, and is not worth reading twice.
    const gate: Gate = (task) => inflating(() => (patience.isUp ? patience.up : task()));
    return inflate(message, encoding, limit, gate, read);
  }

  const sessions = new Set<HeldSession>();
  const server = listener(limits, config.tls, (socket) => {
    const session = performServerHandshake(socket, { settings: { maxConcurrentStreams: CONCURRENT_STREAMS } });
    session.on('stream', take);
    const held = holdSession(session, socket, limits);
    sessions.add(held);
    socket.once('close', () => sessions.delete(held));
  });
  server.on('drop', () => onRejected('overload'));
  const port = await listen(server, config.endpoint, onError);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.close(limits.answerTimeout);
      }),
  };
}

function listener(limits: ReceiverLimits, tls: TlsFiles | undefined, onSocket: (socket: Socket) => void): Server {
  const server =
    tls === undefined
      ? createServer(onSocket)
      : createTlsServer(
          { ...tlsOptions(tls), ALPNProtocols: ['h2'], handshakeTimeout: limits.headersTimeout },
          onSocket,
        );
  server.maxConnections = limits.connections;
  // A handshake that fails or does not come in time is only told: the connection would stay.
  server.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy());
  return server;
}

function answer(stream: ServerHttp2Stream, body: Buffer): void {
  if (stream.closed || stream.destroyed) return;
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.respond(ANSWER_HEADERS, { waitForTrailers: true });
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(body.length, 1);
  stream.end(Buffer.concat([head, body]));
}

/** A status alone. Without RetryInfo, OTLP senders take RESOURCE_EXHAUSTED for final. */
function refuse(stream: ServerHttp2Stream, refusal: Refusal): void {
  const status = {
    'grpc-status': String(refusal.grpcCode),
    'grpc-message': percentEncoded(refusal.message),
    'grpc-status-details-bin': encodeStatusDetails(refusal).toString('base64'),
  };
  stream.respond({ ...ANSWER_HEADERS, ...status }, { endStream: true });
  // A peer that goes on sending would keep what has arrived in memory.
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}

/** The form of `grpc-message`: printable ASCII as it is, but no percent sign. */
const percentEncoded = (text: string): string =>
  Array.from(Buffer.from(text), (byte) =>
    byte >= 0x20 && byte <= 0x7e && byte !== 0x25
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
