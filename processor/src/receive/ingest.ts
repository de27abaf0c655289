/** A request's bytes in, a durable batch out: the part that HTTP and gRPC share. All spans of a body are read in one go, without a pause. */
import type { Batch, BatchResult } from '../types/pipeline.ts';
import type { KeyTable, ServiceIdentity, Span } from '../types/span.ts';
import type { Form } from './answer.ts';
import { MAY_WRITE_ALL, type MayWrite } from './auth.ts';
import { createJsonReader } from './json.ts';
import { DEFAULT_LIMITS, type ReceiverLimits } from './limits.ts';
import { createProtobufReader, type SpanReader } from './protobuf.ts';

export interface IngestOptions {
  readonly keys: KeyTable;
  readonly openBatch: (receivedAt: number) => Batch;
  /** Epoch ms. */
  readonly now: () => number;
  readonly limits?: Partial<ReceiverLimits>;
}

/**
 * Resolves when the spans are durable. Rejects with MalformedRequest or StoreUnavailable. The body is read before the call
 * returns: its bytes may be used again at once. A sender that gave up before it resolves and sends the same again meets the
 * window of duplicates. Spans of a service that `mayWrite` denies are rejected one by one.
 */
export type Ingest = (body: Uint8Array, form: Form, mayWrite: MayWrite) => Promise<BatchResult>;

export function createIngest(options: IngestOptions): Ingest {
  const { keys, openBatch, now } = options;
  const limits: ReceiverLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const readers: Readonly<Record<Form, SpanReader>> = {
    protobuf: createProtobufReader(keys, limits.protobufFields),
    json: createJsonReader(keys, limits.jsonValues),
  };
  // Not async: what is thrown while reading is a rejection too, but reading happens before the caller goes on.
  return async (body, form, mayWrite) => {
    const batch = openBatch(now());
    readers[form].read(body, mayWrite === MAY_WRITE_ALL ? (span) => batch.add(span) : guarded(batch, mayWrite));
    return batch.commit();
  };
}

/** Spans of one service stand together, and have one identity object. */
function guarded(batch: Batch, mayWrite: MayWrite): (span: Span) => void {
  let service: ServiceIdentity | undefined;
  let may = false;
  return (span) => {
    if (span.service !== service) {
      service = span.service;
      may = mayWrite(service);
    }
    if (may) batch.add(span);
    else batch.reject('unauthorized');
  };
}
