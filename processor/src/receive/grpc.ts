/**
 * OTLP/gRPC: TraceService/Export in, an answer out once the spans are durable. Messages are handed over as bytes; nothing is
 * decoded but by our own reader. It never acknowledges what is not stored.
 */
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { encodeResult } from './answer.ts';
import { createAuth } from './auth.ts';
import { createGrpcGuard, statusOf } from './grpc-guard.ts';
import { createIngest } from './ingest.ts';
import { createByteBudget, DEFAULT_LIMITS, type ReceiverLimits } from './limits.ts';
import type { Receiver, ReceiverOptions } from './receiver.ts';
import { toRefusal } from './refusal.ts';
import { tlsOptions } from './tls.ts';

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
/** Of one connection: each may hold a message in memory. */
const CONCURRENT_STREAMS = 16;

/** Resolves once it listens. Rejects with the system's error where it cannot, or where a file of `tls` cannot be read. */
export async function createGrpcReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { config, onRejected = () => {}, onError = () => {} } = options;
  const limits: ReceiverLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const ingest = createIngest(options);
  const isAuthorized = createAuth(options.token ?? (() => undefined));
  const budget = createByteBudget(limits);

  const server = new Server({
    'grpc.max_receive_message_length': config.maxRequestBodySize,
    'grpc.enable_channelz': 0,
    'grpc.max_concurrent_streams': CONCURRENT_STREAMS,
    'grpc.max_connection_idle_ms': limits.idleTimeout,
    // A peer that is gone without a word is noticed, and its connection counts no longer.
    'grpc.keepalive_time_ms': limits.idleTimeout,
    'grpc.keepalive_timeout_ms': limits.headersTimeout,
    interceptors: [createGrpcGuard({ isAuthorized, budget, limits, onRejected })],
  });
  const asIs = (bytes: Buffer): Buffer => bytes;
  server.register(EXPORT, handle, asIs, asIs, 'unary');

  function handle(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void {
    ingest(call.request, 'protobuf').then(
      (result) => answer(null, encodeResult(result, 'protobuf')),
      (error: unknown) => {
        const refusal = toRefusal(error, limits.retryAfter);
        if (refusal.reason === 'internal') onError(error);
        // A call that was refused meanwhile, or whose sender went away, has been counted or is none of ours.
        if (call.cancelled) return;
        onRejected(refusal.reason);
        answer(statusOf(refusal));
      },
    );
  }

  // The sockets are ours, so that their number is limited; gRPC gets each one when it is open.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets =
    config.tls === undefined
      ? createServer((socket) => injector.injectConnection(socket))
      : createTlsServer(
          { ...tlsOptions(config.tls), ALPNProtocols: ['h2'], handshakeTimeout: limits.headersTimeout },
          (socket) => injector.injectConnection(socket),
        );
  sockets.maxConnections = limits.connections;
  // A handshake that fails or does not come in time is only told: the connection would stay.
  sockets.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy());
  await listen(sockets, config.endpoint, onError);
  return {
    port: (sockets.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => sockets.close(() => resolve()));
      injector.drain(limits.answerTimeout);
      await closed;
      server.forceShutdown();
    },
  };
}

function listen(
  server: NetServer,
  endpoint: { readonly host: string; readonly port: number },
  onError: (error: unknown) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(endpoint.port, endpoint.host, () => {
      server.off('error', reject);
      server.on('error', onError);
      resolve();
    });
  });
}
