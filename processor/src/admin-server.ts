/** Gives the admin application a socket, with TLS where it is configured. Limits how long a caller may take. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { createAdminApp } from './admin.ts';
import type { ListenerConfig } from './config.ts';

/** A listening admin port. */
export interface AdminServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Resolves once it listens; rejects with the system's error where it cannot. */
export async function startAdminServer(
  app: ReturnType<typeof createAdminApp>,
  config: ListenerConfig,
): Promise<AdminServer> {
  const timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 };
  const { tls } = config;
  const secure = tls && {
    cert: readFileSync(tls.certFile),
    key: readFileSync(tls.keyFile),
    ...(tls.clientCaFile !== undefined && {
      ca: readFileSync(tls.clientCaFile),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  };
  const fetch = app.fetch as Parameters<typeof createAdaptorServer>[0]['fetch'];
  const server = secure
    ? createAdaptorServer({ fetch, createServer: createTlsServer, serverOptions: { ...timeouts, ...secure } })
    : createAdaptorServer({ fetch, createServer, serverOptions: timeouts });
  if ('maxConnections' in server) server.maxConnections = 256;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.endpoint.port, config.endpoint.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeIdleConnections' in server) server.closeIdleConnections();
      }),
  };
}
