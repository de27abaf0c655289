/** The two messages that an OTLP server answers with, as protobuf or JSON bytes. It never reads anything. */
import type { BatchResult } from '../types/pipeline.ts';
import { partialSuccess, type Refusal } from './refusal.ts';

/** The two forms of an OTLP body. */
export type Form = 'protobuf' | 'json';

export const CONTENT_TYPES: Readonly<Record<Form, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** An ExportTraceServiceResponse: empty on full success, else with `partial_success` (OTLP 1.11, "Partial Success"). */
export function encodeResult(result: BatchResult, form: Form): Buffer {
  const { rejectedSpans, errorMessage } = partialSuccess(result);
  if (form === 'json') {
    const partial = rejectedSpans > 0 ? { partialSuccess: { rejectedSpans: String(rejectedSpans), errorMessage } } : {};
    return Buffer.from(JSON.stringify(partial));
  }
  if (rejectedSpans === 0) return Buffer.alloc(0);
  return field(1, Buffer.concat([number(1, rejectedSpans), field(2, Buffer.from(errorMessage))]));
}

/** A `google.rpc.Status` (OTLP 1.11, "Failures"). */
export function encodeStatus(refusal: Refusal, form: Form): Buffer {
  const { grpcCode: code, message } = refusal;
  if (form === 'json') return Buffer.from(JSON.stringify({ code, message }));
  return Buffer.concat([number(1, code), field(2, Buffer.from(message))]);
}

/** The same with a `google.rpc.RetryInfo` where the sender should come again, as gRPC carries it in `grpc-status-details-bin`. */
export function encodeStatusDetails(refusal: Refusal): Buffer {
  const status = encodeStatus(refusal, 'protobuf');
  if (refusal.retryAfter === undefined) return status;
  const retryInfo = field(1, number(1, refusal.retryAfter));
  const detail = [field(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')), field(2, retryInfo)];
  return Buffer.concat([status, field(3, Buffer.concat(detail))]);
}

const number = (fieldNumber: number, value: number): Buffer => Buffer.from([fieldNumber * 8, ...varint(value)]);
const field = (fieldNumber: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([fieldNumber * 8 + 2, ...varint(content.length)]), content]);

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
