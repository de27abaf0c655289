/**
 * A local HTTP server that records each request and answers it by script: the part that all providers share. A provider
 * gives it a function from a request and an outcome to a response; it never knows a wire format itself.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { RecordedRequest } from './request.ts';
import { type Answer, answer, type Failure, type Outcome, type Step } from './steps.ts';

/** One response, complete or as the events of a stream. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A value is sent as JSON, a string as it is. */
  readonly body?: unknown;
  /** Server-sent events, or what else the headers name, each already rendered, in place of a body. */
  readonly events?: readonly (string | Uint8Array)[];
  /** The event that tells of an error in the middle of a stream. */
  readonly errorEvent?: string | Uint8Array;
}

/** What a provider does with a request that is to be answered or refused. `undefined`: the provider has no such path. */
export interface Provider {
  readonly render: (request: RecordedRequest, outcome: Answer | Failure) => Reply | undefined;
  /** Its clients may speak HTTP/2 as well, without TLS and without asking first. */
  readonly http2?: boolean;
}

export interface ProviderServer {
  /** Without a trailing slash and without a path. */
  readonly url: string;
  readonly port: number;
  /** Every request so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Queues one step for each of the next requests. */
  script(...steps: readonly Step[]): void;
  /** What every request gets while the queue is empty; without an argument again the sensible default. */
  otherwise(step?: Step): void;
  /** Ends every connection, those that hang included. */
  close(): Promise<void>;
}

export interface ServerOptions {
  /** A free one where left out. */
  readonly port?: number;
}

/** Starts a server on the loopback address. */
export async function startServer(provider: Provider, options: ServerOptions = {}): Promise<ProviderServer> {
  const requests: RecordedRequest[] = [];
  const queue: Step[] = [];
  const sockets = new Set<Socket>();
  let fallback: Step | undefined;

  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    // A client that goes away in the middle is the test's business, seen as `aborted`.
    respond(incoming, response).catch(() => incoming.socket.destroy());
  };
  const server = provider.http2 === true ? bothVersions(listener) : createServer(listener);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  const respond = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(incoming);
    const request = {
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: incoming.headers,
      body,
      number: requests.length + 1,
      aborted: false,
    };
    response.on('close', () => {
      request.aborted = !response.writableFinished;
    });
    requests.push(request);
    const step = queue.shift() ?? fallback ?? answer();
    await perform(provider, request, typeof step === 'function' ? step(request) : step, response);
  };

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    script: (...steps) => {
      queue.push(...steps);
    },
    otherwise: (step) => {
      fallback = step;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

type Listener = (incoming: IncomingMessage, response: ServerResponse) => void;

/** HTTP/2 begins with a preface of its own; whatever begins otherwise is HTTP/1. */
function bothVersions(listener: Listener): Server {
  const first = createServer(listener);
  const second = createHttp2Server((incoming, response) => {
    // What both have is all that is used here.
    listener(incoming as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  return createTcpServer((socket) => {
    socket.once('readable', () => {
      const begin: Buffer = socket.read() ?? Buffer.alloc(0);
      socket.unshift(begin);
      (begin.toString('latin1').startsWith('PRI') ? second : first).emit('connection', socket);
    });
  });
}

/** The whole connection, or its one stream of HTTP/2. */
function cutOff(response: ServerResponse): void {
  const { stream } = response as { readonly stream?: { close(code: number): void } };
  // 2: INTERNAL_ERROR
  if (stream === undefined) response.socket?.resetAndDestroy();
  else stream.close(2);
}

async function perform(
  provider: Provider,
  request: RecordedRequest,
  outcome: Outcome,
  response: ServerResponse,
): Promise<void> {
  switch (outcome.kind) {
    case 'hang':
      return;
    case 'reset':
      cutOff(response);
      return;
    case 'raw':
      response.writeHead(outcome.status, { 'content-type': 'application/json', ...outcome.headers });
      response.end(outcome.body);
      return;
    case 'answer':
    case 'failure': {
      if (outcome.delay !== undefined) await pause(outcome.delay, response);
      const reply = provider.render(request, outcome) ?? { status: 404, body: { error: 'no such path' } };
      await send(reply, outcome, response);
    }
  }
}

async function send(reply: Reply, outcome: Answer | Failure, response: ServerResponse): Promise<void> {
  if (reply.events === undefined) {
    const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers, ...outcome.headers });
    response.end(text);
    return;
  }
  response.writeHead(reply.status, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...reply.headers,
    ...outcome.headers,
  });
  const cut = outcome.kind === 'answer' ? outcome.cut : undefined;
  for (const event of reply.events.slice(0, cut?.after)) await write(response, event);
  switch (cut?.how) {
    case undefined:
      response.end();
      return;
    case 'stall':
      return;
    case 'error':
      response.end(reply.errorEvent ?? '');
      return;
    case 'reset':
      cutOff(response);
  }
}

/** Waits until the event has left: a reset right after it must not swallow it. */
function write(response: ServerResponse, event: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(event, (error) => (error ? reject(error) : resolve()));
  });
}

function pause(milliseconds: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    response.on('close', () => clearTimeout(timer));
  });
}

async function readBody(incoming: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
