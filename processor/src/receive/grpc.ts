/**
 * OTLP/gRPC: TraceService/Export in, an answer out once the spans are durable. Messages are handed over as bytes; nothing is
 * decoded but by our own reader. It never acknowledges what is not stored.
 */
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import {
  Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { encodeResult, encodeStatusDetails } from './answer.ts';
import { createAuth, type IsAuthorized } from './auth.ts';
import { createIngest } from './ingest.ts';
import { DEFAULT_LIMITS, type ReceiverLimits } from './limits.ts';
import type { Receiver, ReceiverOptions } from './receiver.ts';
import { type Refusal, type RefusalReason, toRefusal, unauthorized } from './refusal.ts';
import { tlsOptions } from './tls.ts';

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
/** Each may hold a message of full size in memory. */
const CONCURRENT_STREAMS = 16;

/** Resolves once it listens. Rejects with the system's error where it cannot, or where a file of `tls` cannot be read. */
export async function createGrpcReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { config, onRejected = () => {}, onError = () => {} } = options;
  const limits: ReceiverLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const ingest = createIngest({ ...options, limits });

  const server = new Server({
    'grpc.max_receive_message_length': config.maxRequestBodySize,
    'grpc.enable_channelz': 0,
    'grpc.max_concurrent_streams': CONCURRENT_STREAMS,
    'grpc.max_connection_idle_ms': limits.idleTimeout,
    // A peer that is gone without a word is noticed, and its connection counts no longer.
    'grpc.keepalive_time_ms': limits.idleTimeout,
    'grpc.keepalive_timeout_ms': limits.headersTimeout,
    interceptors: [authInterceptor(createAuth(options.token), onRejected)],
  });
  const asIs = (bytes: Buffer): Buffer => bytes;
  server.register(EXPORT, handle, asIs, asIs, 'unary');

  function handle(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void {
    ingest(call.request, 'protobuf').then(
      (result) => answer(null, encodeResult(result, 'protobuf')),
      (error: unknown) => {
        const refusal = toRefusal(error, limits.retryAfter);
        if (refusal.reason === 'internal') onError(error);
        onRejected(refusal.reason);
        answer({ code: refusal.grpcCode, details: refusal.message, metadata: detailsOf(refusal) });
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

/** A google.rpc.Status with RetryInfo: without it, OTLP senders take RESOURCE_EXHAUSTED for final. */
function detailsOf(refusal: Refusal): Metadata {
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', encodeStatusDetails(refusal));
  return metadata;
}

/** Refuses before the message is read. */
function authInterceptor(isAuthorized: IsAuthorized, onRejected: (reason: RefusalReason) => void): ServerInterceptor {
  return (_, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, proceed) {
            const [header] = metadata.get('authorization');
            if (isAuthorized(typeof header === 'string' ? header : undefined)) return proceed(metadata);
            const refusal = unauthorized();
            onRejected(refusal.reason);
            call.sendStatus({ code: refusal.grpcCode, details: refusal.message, metadata: new Metadata() });
          },
        }),
    });
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
