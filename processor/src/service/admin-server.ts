/** Gives the admin application a socket, with TLS where it is configured. Limits how many callers there are and how long one may take. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createAdaptorServer } from '@hono/node-server';
import type { ListenerConfig } from '../config/config.ts';
import { listen } from '../receive/listen.ts';
import { tlsOptions } from '../receive/tls.ts';
import type { createAdminApp } from './admin.ts';

/** A listening admin port. */
export interface AdminServer {
  readonly port: number;
  /** Takes no more requests and resolves when no connection is left. */
  close(): Promise<void>;
}

/** Times in milliseconds. */
export interface AdminLimits {
  /** Open connections; more are closed at once. */
  readonly connections: number;
  /** Answers under way; where there is one more, the oldest is cut off. Each may hold a text of all rows until its caller has read it. */
  readonly answers: number;
  /** How long nothing may move on a connection, in neither direction, while a request or its answer is under way. */
  readonly stallTimeout: number;
  /** How long a caller that is still sending or reading may hold up the end. */
  readonly closeTimeout: number;
  /** From a connection to the end of its TLS handshake. */
  readonly handshakeTimeout: number;
}

const DEFAULT_LIMITS: AdminLimits = {
  connections: 256,
  answers: 8,
  stallTimeout: 35_000,
  closeTimeout: 2000,
  handshakeTimeout: 10_000,
};

const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1000,
};

/** Resolves once it listens; rejects with the system's error where it cannot. */
export async function startAdminServer(
  app: ReturnType<typeof createAdminApp>,
  { endpoint, tls }: Pick<ListenerConfig, 'endpoint' | 'tls'>,
  onError: (error: unknown) => void,
  overrides: Partial<AdminLimits> = {},
): Promise<AdminServer> {
  const limits: AdminLimits = { ...DEFAULT_LIMITS, ...overrides };
  const fetch = app.fetch as Parameters<typeof createAdaptorServer>[0]['fetch'];
  const server =
    tls === undefined
      ? createAdaptorServer({ fetch, createServer, serverOptions: TIMEOUTS })
      : createAdaptorServer({
          fetch,
          createServer: createTlsServer,
          serverOptions: { ...TIMEOUTS, ...tlsOptions(tls), handshakeTimeout: limits.handshakeTimeout },
        });
  server.maxConnections = limits.connections;
  if ('setTimeout' in server) server.setTimeout(limits.stallTimeout);
  const answers = new Set<ServerResponse>();
  server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    answers.add(response);
    response.once('close', () => answers.delete(response));
    const [oldest] = answers;
    if (answers.size > limits.answers) oldest?.destroy();
  });
  const port = await listen(server, endpoint, onError);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if (!('closeIdleConnections' in server)) return;
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), limits.closeTimeout).unref();
      }),
  };
}
