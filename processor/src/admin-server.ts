/** Gives the admin application a socket, with TLS where it is configured. Limits how many callers there are and how long one may take. */
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createAdaptorServer } from '@hono/node-server';
import type { createAdminApp } from './admin.ts';
import type { ListenerConfig } from './config.ts';
import { listen } from './receive/listen.ts';
import { tlsOptions } from './receive/tls.ts';

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
  /** How long a caller that is still sending or reading may hold up the end. */
  readonly closeTimeout: number;
  /** From a connection to the end of its TLS handshake. */
  readonly handshakeTimeout: number;
}

const DEFAULT_LIMITS: AdminLimits = { connections: 256, closeTimeout: 2000, handshakeTimeout: 10_000 };

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
