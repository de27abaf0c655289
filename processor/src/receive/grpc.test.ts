import { Client, type ClientUnaryCall, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { ResponseType } from '../../../test/bench/reference.ts';
import { StoreUnavailable } from '../errors.ts';
import { createKeyTable } from '../keys.ts';
import type { BatchResult } from '../types/pipeline.ts';
import { createGrpcReceiver } from './grpc.ts';
import type { ReceiverOptions } from './receiver.ts';
import { type CollectingBatches, collectingBatches } from './testdata/collecting-batches.ts';
import { request, spanOf, textField } from './testdata/messages.ts';

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const BODY = Buffer.from(request([], [spanOf(textField(5, 'chat gpt-5'))]));
const GZIP = { 'grpc.default_compression_algorithm': 2 } as const;

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Started {
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
    const { send, batches } = await start({ channel });
    expect((await errorOf(send(Buffer.alloc(100_000)))).code).toBe(status.RESOURCE_EXHAUSTED);
    expect(batches.opened).toEqual([]);
  });

  it('answers another method with UNIMPLEMENTED', async () => {
    const { send } = await start();
    const path = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
    expect((await errorOf(send(BODY, {}, path))).code).toBe(status.UNIMPLEMENTED);
  });

  it('asks for a token where one is set', async () => {
    const { send, batches, rejected } = await start({ token: 'secret' });
    expect((await errorOf(send(BODY))).code).toBe(status.UNAUTHENTICATED);
    expect((await errorOf(send(BODY, { authorization: 'Bearer other' }))).code).toBe(status.UNAUTHENTICATED);
    expect(batches.opened).toEqual([]);
    expect(rejected).toEqual(['unauthorized', 'unauthorized']);
    await send(BODY, { authorization: 'Bearer secret' });
    expect(batches.committed).toEqual(['chat gpt-5']);
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
