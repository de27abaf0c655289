/** A request's bytes in, a durable batch out: the part that HTTP and gRPC share. All spans of a body are read in one go, without a pause. */
import type { Batch, BatchResult } from '../types/pipeline.ts';
import type { KeyTable } from '../types/span.ts';
import type { Form } from './answer.ts';
import { createJsonReader } from './json.ts';
import type { ReceiverLimits } from './limits.ts';
import { createProtobufReader, type SpanReader } from './protobuf.ts';
import { tooSlow } from './refusal.ts';

export interface IngestOptions {
  readonly keys: KeyTable;
  readonly openBatch: (receivedAt: number) => Batch;
  /** Epoch ms. */
  readonly now: () => number;
  readonly limits: ReceiverLimits;
}

/**
 * Resolves when the spans are durable. Rejects with MalformedRequest, Refusal or StoreUnavailable. The body is read before
 * the call returns: its bytes may be used again at once.
 */
export type Ingest = (body: Uint8Array, form: Form) => Promise<BatchResult>;

export function createIngest(options: IngestOptions): Ingest {
  const { keys, openBatch, now, limits } = options;
  const readers: Readonly<Record<Form, SpanReader>> = {
    protobuf: createProtobufReader(keys),
    json: createJsonReader(keys),
  };
  // Not async: what is thrown while reading is a rejection too, but reading happens before the caller goes on.
  return async (body, form) => {
    const batch = openBatch(now());
    readers[form].read(body, (span) => batch.add(span));
    return within(limits.answerTimeout, batch.commit(), () => tooSlow(limits.retryAfter));
  };
}

/** The commit goes on after the time is up; a sender that repeats it meets the window of duplicates. */
async function within<T>(milliseconds: number, promise: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
