/** A request's bytes in, a durable batch out: the part that HTTP and gRPC share. All spans of a body are read in one go, without a pause. */
import type { Batch, BatchResult } from '../types/pipeline.ts';
import type { KeyTable } from '../types/span.ts';
import type { Form } from './answer.ts';
import { createJsonReader } from './json.ts';
import { createProtobufReader, type SpanReader } from './protobuf.ts';

export interface IngestOptions {
  readonly keys: KeyTable;
  readonly openBatch: (receivedAt: number) => Batch;
  /** Epoch ms. */
  readonly now: () => number;
}

/**
 * Resolves when the spans are durable. Rejects with MalformedRequest or StoreUnavailable. The body is read before the call
 * returns: its bytes may be used again at once. A sender that gave up before it resolves and sends the same again meets the
 * window of duplicates.
 */
export type Ingest = (body: Uint8Array, form: Form) => Promise<BatchResult>;

export function createIngest(options: IngestOptions): Ingest {
  const { keys, openBatch, now } = options;
  const readers: Readonly<Record<Form, SpanReader>> = {
    protobuf: createProtobufReader(keys),
    json: createJsonReader(keys),
  };
  // Not async: what is thrown while reading is a rejection too, but reading happens before the caller goes on.
  return async (body, form) => {
    const batch = openBatch(now());
    readers[form].read(body, (span) => batch.add(span));
    return batch.commit();
  };
}
