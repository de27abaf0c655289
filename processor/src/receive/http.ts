/**
 * OTLP/HTTP: POST /v1/traces in, an answer out once the spans are durable. What it refuses it names, with a Status in the
 * form of the request (OTLP 1.11). It never acknowledges what is not stored.
 */
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { CONTENT_TYPES, encodeResult, encodeStatus, type Form } from './answer.ts';
import { createAuth, type MayWrite } from './auth.ts';
import { createJoiner, readBody } from './body.ts';
import { type Encoding, encodingOf, inflate } from './inflate.ts';
import { createIngest, type Read } from './ingest.ts';
import { answerLast } from './last-answer.ts';
import { createByteBudget, createGate, DEFAULT_LIMITS, type Gate, type ReceiverLimits, type Share } from './limits.ts';
import { listen } from './listen.ts';
import { type Patience, startPatience } from './patience.ts';
import type { Receiver, ReceiverOptions, TlsFiles } from './receiver.ts';
import {
  otherSite,
  tooLarge,
  tooSlow,
  toRefusal,
  unauthorized,
  unknownPath,
  wrongContentType,
  wrongHost,
  wrongMethod,
} from './refusal.ts';
import { isLoopback, isLoopbackHost, isSameSite } from './site.ts';
import { tlsOptions } from './tls.ts';

/** A refused body up to this size is read to its end, so that the connection can stay. */
const DRAIN_BYTES = 1024 * 1024;

/** Between the last answer that is owed and the end of its connection, in ms. */
const CLOSE_SLACK = 500;

/** Resolves once it listens. Rejects with the system's error where it cannot, or where a file of `tls` cannot be read. */
export async function createHttpReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { config, onRejected = () => {}, onError = () => {} } = options;
  const limits: ReceiverLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const tokens = options.tokens ?? (() => undefined);
  const authorize = createAuth(tokens);
  const onLoopback = isLoopback(config.endpoint.host);
  const ingest = createIngest(options);
  const budget = createByteBudget(limits);
  const join = createJoiner();
  const inflating = createGate(limits.inflating);

  const server = listener(limits, config.tls, (request, response) => {
    const patience = startPatience(limits.answerTimeout, () => tooSlow(limits.retryAfter));
    take(request, response, patience)
      .catch((error: unknown) => {
        const refusal = toRefusal(error, limits.retryAfter);
        if (refusal.reason === 'internal') onError(error);
        // A sender that went away has nothing to be told.
        if (response.destroyed) return;
        onRejected(refusal.reason);
        const form = formOf(request.headers['content-type']) ?? 'json';
        if (refusal.retryAfter !== undefined) response.setHeader('retry-after', refusal.retryAfter);
        for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
        const body = encodeStatus(refusal, form);
        const isSmall = Number(request.headers['content-length']) <= DRAIN_BYTES;
        const isLast = !request.complete && (!isSmall || refusal.reason === 'timeout');
        if (!isLast) send(response, refusal.httpStatus, form, body);
        else answerLast(request, response, refusal.httpStatus, headersOf(form, body), body, limits.lingerTimeout);
      })
      .finally(() => patience.end());
  });

  async function take(request: IncomingMessage, response: ServerResponse, patience: Patience): Promise<void> {
    const path = (request.url ?? '').replace(/\?.*$/s, '');
    if (path !== '/v1/traces') throw unknownPath(path);
    if (request.method !== 'POST') throw wrongMethod();
    const { authorization, host, origin } = request.headers;
    if (onLoopback && tokens() === undefined && !isLoopbackHost(host)) throw wrongHost();
    if (!isSameSite(origin, host)) throw otherSite();
    const mayWrite = authorize(authorization);
    if (mayWrite === undefined) throw unauthorized();
    const form = formOf(request.headers['content-type']);
    if (form === undefined) throw wrongContentType(request.headers['content-type'] ?? '');
    const encoding = encodingOf(request.headers['content-encoding']);
    if (Number(request.headers['content-length']) > config.maxRequestBodySize)
      throw tooLarge(config.maxRequestBodySize);
    const share = budget.open();
    // What waits for the store holds none of the request's bytes.
    const reading = readSpans(request, share, form, encoding, mayWrite, patience).finally(() => share.release());
    const { durable } = await patience.within(reading);
    send(response, 200, form, encodeResult(await patience.within(durable), form));
  }

  async function readSpans(
    request: IncomingMessage,
    share: Share,
    form: Form,
    encoding: Encoding,
    mayWrite: MayWrite,
    patience: Patience,
  ): Promise<Read> {
    const limit = config.maxRequestBodySize;
    const sent = join(await readBody(request, limit, share, patience));
    const read = (body: Buffer): Promise<Read> => ingest(body, form, mayWrite);
    if (encoding === 'identity') return read(sent);
    // Refused meanwhile: it will come again, and is not worth reading twice.
    const gate: Gate = (task) => inflating(() => (patience.isUp ? patience.up : task()));
    return inflate(sent, encoding, limit, gate, read);
  }

  server.on('drop', () => onRejected('overload'));
  server.on('clientError', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'ERR_HTTP_REQUEST_TIMEOUT') onRejected('timeout');
  });
  const port = await listen(server, config.endpoint, onError);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        // Whoever has no answer by then would hold the shutdown for as long as it likes.
        setTimeout(() => server.closeAllConnections(), limits.answerTimeout + CLOSE_SLACK).unref();
      }),
  };
}

function listener(
  limits: ReceiverLimits,
  tls: TlsFiles | undefined,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const timeouts = {
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.idleTimeout,
    connectionsCheckingInterval: Math.min(1000, limits.headersTimeout),
  };
  const server =
    tls === undefined
      ? createServer(timeouts, onRequest)
      : createTlsServer({ ...timeouts, ...tlsOptions(tls), handshakeTimeout: limits.headersTimeout }, onRequest);
  server.maxConnections = limits.connections;
  // Of a connection on which nothing moves, in neither direction: a peer that does not read its answers.
  server.setTimeout(limits.stallTimeout);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Without a handshake there is nobody who could read an answer.
    if (error.code === 'ECONNRESET' || /^ERR_(TLS|SSL)/.test(error.code ?? '') || !socket.writable) {
      socket.destroy();
      return;
    }
    socket.end(answerTo(error.code, limits.retryAfter));
    // The peer may never close its side.
    const timer = setTimeout(() => socket.destroy(), limits.lingerTimeout);
    socket.once('close', () => clearTimeout(timer));
  });
  return server;
}

/** A request that never became one. A slow one may come again: to OTLP senders a 408 would mean that its spans are lost. */
function answerTo(code: string | undefined, retryAfter: number): string {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return `HTTP/1.1 503 Service Unavailable\r\nRetry-After: ${retryAfter}\r\nConnection: close\r\n\r\n`;
  if (code === 'HPE_HEADER_OVERFLOW')
    return 'HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n';
  return 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n';
}

function formOf(contentType: string | undefined): Form | undefined {
  const type = (contentType ?? '').replace(/;.*$/s, '').trim().toLowerCase();
  if (type === CONTENT_TYPES.protobuf) return 'protobuf';
  return type === CONTENT_TYPES.json ? 'json' : undefined;
}

function send(response: ServerResponse, status: number, form: Form, body: Buffer): void {
  response.writeHead(status, headersOf(form, body));
  response.end(body);
}

const headersOf = (form: Form, body: Buffer): OutgoingHttpHeaders => ({
  'content-type': CONTENT_TYPES[form],
  'content-length': body.length,
});
