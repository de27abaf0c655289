/** An HTTP receiver on a free port that keeps what it is sent, for tests: what becomes of a batch is the test's to say. */
import { onTestFinished } from 'vitest';
import { createKeyTable } from '../../base/keys.ts';
import type { BatchResult } from '../../types/pipeline.ts';
import { createHttpReceiver } from '../http.ts';
import type { ReceiverOptions } from '../receiver.ts';
import { type CollectingBatches, collectingBatches } from './collecting-batches.ts';
import { request, spanOf, textField } from './messages.ts';

export const PROTOBUF = 'application/x-protobuf';
/** Two spans. */
export const BODY: Uint8Array = request(
  [],
  [spanOf(textField(5, 'chat gpt-5')), spanOf(textField(5, 'chat claude-haiku'))],
);

export interface Started {
  readonly port: number;
  readonly batches: CollectingBatches;
  readonly rejected: string[];
  readonly errors: unknown[];
  close(): Promise<void>;
  post(body: Uint8Array | string, headers?: Record<string, string>, path?: string): Promise<Response>;
}

/** Closed when the test is over. */
export async function start(
  options: Partial<ReceiverOptions> & {
    maxRequestBodySize?: number;
    settle?: () => Promise<Partial<BatchResult>>;
  } = {},
): Promise<Started> {
  const { maxRequestBodySize = 1024 * 1024, settle, ...rest } = options;
  const batches = collectingBatches(settle);
  const rejected: string[] = [];
  const errors: unknown[] = [];
  const receiver = await createHttpReceiver({
    config: { endpoint: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestBodySize },
    keys: createKeyTable(),
    openBatch: batches.openBatch,
    now: () => 1_700_000_000_000,
    onRejected: (reason) => rejected.push(reason),
    onError: (error) => errors.push(error),
    ...rest,
  });
  onTestFinished(() => receiver.close());
  return {
    port: receiver.port,
    batches,
    rejected,
    errors,
    close: () => receiver.close(),
    post: (body, headers = {}, path = '/v1/traces') =>
      fetch(`http://127.0.0.1:${receiver.port}${path}`, {
        method: 'POST',
        body: typeof body === 'string' ? body : Uint8Array.from(body),
        headers: { 'content-type': PROTOBUF, ...headers },
      }),
  };
}
