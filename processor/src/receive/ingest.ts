/** A request's bytes in, a durable batch out: the part that HTTP and gRPC share. A large body is read in pieces, so that others get their turn. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChangedElsewhere } from '../base/errors.ts';
import type { Batch, BatchResult } from '../types/pipeline.ts';
import type { KeyTable, ServiceIdentity, Span } from '../types/span.ts';
import type { Form } from './answer.ts';
import { MAY_WRITE_ALL, type MayWrite } from './auth.ts';
import { createJsonReader } from './json.ts';
import { createGate, DEFAULT_LIMITS, type ReceiverLimits } from './limits.ts';
import { createProtobufReader } from './protobuf.ts';
import { tooManySpans } from './refusal.ts';
import type { Pieces, SpanReader } from './span-reader.ts';

export interface IngestOptions {
  readonly keys: KeyTable;
  readonly openBatch: (receivedAt: number) => Batch;
  /** Epoch ms. */
  readonly now: () => number;
  readonly limits?: Partial<ReceiverLimits>;
  /** Whether a body is read again where another process has counted some of its spans meanwhile. */
  readonly readsAgain?: boolean;
}

/** A body that was read. */
export interface Read {
  /** Resolves when the spans are durable. Rejects with StoreUnavailable. */
  readonly durable: Promise<BatchResult>;
}

/**
 * Resolves when the body was read; the bytes of one up to {@link AT_ONCE_BYTES} may be used again as soon as the call returns. Rejects with
 * MalformedRequest or a Refusal. A sender that gave up before its spans are durable and sends the same again meets the window of duplicates.
 * Spans of a service that `mayWrite` denies are rejected one by one.
 */
export type Ingest = (body: Uint8Array, form: Form, mayWrite: MayWrite) => Promise<Read>;

/** Longer ones are read in pieces, one body after the other. */
export const AT_ONCE_BYTES: number = 1024 * 1024;
/** How often a body is read again, at most. */
const READS_AGAIN = 4;
/** Of reading without a pause, in ms. */
const TURN = 20;

export function createIngest(options: IngestOptions): Ingest {
  const { keys, openBatch, now } = options;
  const limits: ReceiverLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const readers = (): Readonly<Record<Form, SpanReader>> => ({
    protobuf: createProtobufReader(keys, limits.protobufFields),
    json: createJsonReader(keys, limits.jsonValues),
  });
  const atOnce = readers();
  const inPieces = readers();
  const inLine = createGate(1);
  // Not async: what is thrown while reading is a rejection too, but reading happens before the caller goes on.
  const stage = async (body: Uint8Array, form: Form, mayWrite: MayWrite): Promise<Batch> => {
    const batch = openBatch(now());
    const onSpan = upTo(
      limits.spans,
      mayWrite === MAY_WRITE_ALL ? (span) => batch.add(span) : guarded(batch, mayWrite),
    );
    if (body.length <= AT_ONCE_BYTES) atOnce[form].read(body, onSpan);
    else await inLine(() => readInTurns(inPieces[form].pieces(body, onSpan)));
    return batch;
  };
  return async (body, form, mayWrite) => {
    // Read now: what may have to be read again is copied before.
    const copy = options.readsAgain ? Buffer.from(body) : body;
    const batch = await stage(body, form, mayWrite);
    const commit = async (staged: Batch, more: number): Promise<BatchResult> => {
      try {
        return await staged.commit();
      } catch (error) {
        if (!options.readsAgain || more === 0 || !(error instanceof ChangedElsewhere)) throw error;
        return commit(await stage(copy, form, mayWrite), more - 1);
      }
    };
    const durable = commit(batch, READS_AGAIN);
    // Whoever waits for it may have given up.
    durable.catch(() => undefined);
    return { durable };
  };
}

async function readInTurns(pieces: Pieces): Promise<void> {
  let since = performance.now();
  while (!pieces.next().done) {
    if (performance.now() - since < TURN) continue;
    await nextTurn();
    since = performance.now();
  }
}

/** What a span costs beyond its bytes is bounded by their number. */
function upTo(limit: number, onSpan: (span: Span) => void): (span: Span) => void {
  let spans = 0;
  return (span) => {
    if (++spans > limit) throw tooManySpans(limit);
    onSpan(span);
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
