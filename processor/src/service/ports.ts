/** The ports of a service: each is listened on in one way, and what keeps it from that is told under its key. */
import { createServer } from 'node:net';
import { type Config, formatEndpoint, type ListenerConfig } from '../config/config.ts';
import { listen } from '../receive/listen.ts';
import { listenError } from './start-error.ts';

/** Where something listens. */
export interface ListeningAddress {
  readonly what: 'OTLP/HTTP' | 'OTLP/gRPC' | 'admin';
  readonly url: string;
}

/** Where each listener stands in the configuration. */
export const KEYS = {
  http: 'receivers.otlp.protocols.http',
  grpc: 'receivers.otlp.protocols.grpc',
  admin: 'admin',
} as const;

/** @throws StartError where the port is taken or is no port of this machine. */
export async function listening<T>({ endpoint }: ListenerConfig, key: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    throw listenError(error, formatEndpoint(endpoint), key);
  }
}

/** Listens for a moment wherever the service will. */
export async function refuseTakenPorts({ http, grpc, admin }: Config): Promise<void> {
  for (const [key, config] of [
    ['http', http],
    ['grpc', grpc],
    ['admin', admin],
  ] as const) {
    if (config === undefined) continue;
    const probe = createServer();
    await listening(config, KEYS[key], () => listen(probe, config.endpoint, () => undefined));
    await new Promise((closed) => probe.close(closed));
  }
}

/** Where a listener can be reached. */
export function addressOf(
  what: ListeningAddress['what'],
  { endpoint, tls }: ListenerConfig,
  port: number,
): ListeningAddress {
  const scheme = tls === undefined ? 'http' : 'https';
  return { what, url: `${scheme}://${formatEndpoint({ host: endpoint.host, port })}` };
}
