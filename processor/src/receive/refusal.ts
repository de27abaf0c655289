/** Why a request is not taken, once for both protocols: HTTP status and gRPC code, the reason that is counted, and words that name the remedy. */
import { StoreUnavailable } from '../base/errors.ts';
import type { BatchResult, RejectReason } from '../types/pipeline.ts';
import { MalformedRequest } from './malformed.ts';

/** `google.rpc.Code`. */
const GRPC_INVALID_ARGUMENT = 3;
const GRPC_NOT_FOUND = 5;
const GRPC_PERMISSION_DENIED = 7;
const GRPC_RESOURCE_EXHAUSTED = 8;
const GRPC_UNIMPLEMENTED = 12;
const GRPC_INTERNAL = 13;
const GRPC_UNAVAILABLE = 14;
const GRPC_UNAUTHENTICATED = 16;

/** Values of `warmspare.reject.reason` for whole requests. */
export type RefusalReason =
  | 'malformed'
  | 'too_large'
  | 'unauthorized'
  | 'unsupported'
  | 'overload'
  | 'timeout'
  | 'store_unavailable'
  | 'internal';

/** Thrown on the way from a socket to a commit, and answered by whoever speaks the protocol. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: RefusalReason;
  readonly httpStatus: number;
  readonly grpcCode: number;
  /** Seconds; set where the sender should send the same again. */
  readonly retryAfter: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    reason: RefusalReason,
    httpStatus: number,
    grpcCode: number,
    message: string,
    more: {
      readonly retryAfter?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.reason = reason;
    this.httpStatus = httpStatus;
    this.grpcCode = grpcCode;
    this.retryAfter = more.retryAfter;
    this.headers = more.headers ?? {};
  }
}

const malformed = (problem: string): Refusal =>
  new Refusal(
    'malformed',
    400,
    GRPC_INVALID_ARGUMENT,
    `The request is not a valid ExportTraceServiceRequest: ${problem}.`,
  );

export const tooLarge = (limit: number): Refusal =>
  new Refusal(
    'too_large',
    413,
    GRPC_RESOURCE_EXHAUSTED,
    `The request is larger than ${limit} bytes after decompression. Send smaller batches, or raise max_request_body_size.`,
  );

const tooMany = (what: string): Refusal =>
  new Refusal('too_large', 413, GRPC_RESOURCE_EXHAUSTED, `The request has more than ${what}. Send smaller batches.`);

export const tooManyValues = (limit: number): Refusal => tooMany(`${limit} JSON values`);

export const tooManySpans = (limit: number): Refusal => tooMany(`${limit} spans`);

export const tooManyFields = (limit: number): Refusal => tooMany(`${limit} protobuf fields`);

export const unauthorized = (): Refusal =>
  new Refusal(
    'unauthorized',
    401,
    GRPC_UNAUTHENTICATED,
    'A token is needed, and the one sent is missing or wrong. Set the header "authorization: Bearer TOKEN".',
    { headers: { 'www-authenticate': 'Bearer' } },
  );

export const wrongHost = (): Refusal =>
  new Refusal(
    'unauthorized',
    403,
    GRPC_PERMISSION_DENIED,
    'This port listens on loopback and was reached by another name: send to localhost or 127.0.0.1, or set auth.token_file.',
  );

export const otherSite = (): Refusal =>
  new Refusal('unauthorized', 403, GRPC_PERMISSION_DENIED, 'No spans are taken from web pages of other sites.');

export const unknownPath = (path: string): Refusal =>
  new Refusal(
    'unsupported',
    404,
    GRPC_NOT_FOUND,
    `There is nothing at ${path.slice(0, 200)}: traces are taken at /v1/traces, and no other signal is.`,
  );

/** By gRPC. */
export const unknownMethod = (path: string): Refusal =>
  new Refusal(
    'unsupported',
    404,
    GRPC_UNIMPLEMENTED,
    `There is no method ${path.slice(0, 200)}: traces are taken by TraceService/Export, and no other signal is.`,
  );

export const wrongMethod = (): Refusal =>
  new Refusal('unsupported', 405, GRPC_UNIMPLEMENTED, 'Traces are sent to /v1/traces by POST.', {
    headers: { allow: 'POST' },
  });

export const wrongContentType = (type: string): Refusal =>
  new Refusal(
    'unsupported',
    415,
    GRPC_INVALID_ARGUMENT,
    `The content type ${type === '' ? 'is missing' : `"${type.slice(0, 100)}" is not taken`}: send application/x-protobuf or application/json.`,
    { headers: { accept: 'application/x-protobuf, application/json' } },
  );

export const wrongEncoding = (encoding: string): Refusal =>
  new Refusal(
    'unsupported',
    415,
    GRPC_UNIMPLEMENTED,
    `The content encoding "${encoding.slice(0, 100)}" is not taken: send gzip, zstd, deflate or none.`,
    { headers: { 'accept-encoding': 'gzip, zstd, deflate' } },
  );

/** `retryAfter` in seconds, as for all below. */
export const overloaded = (retryAfter: number): Refusal =>
  new Refusal('overload', 429, GRPC_UNAVAILABLE, 'Too many requests are being read. Send the same again later.', {
    retryAfter,
  });

export const tooSlow = (retryAfter: number): Refusal =>
  new Refusal(
    'timeout',
    503,
    GRPC_UNAVAILABLE,
    'The spans did not arrive or could not be stored in time. Send the same again later, or in smaller batches.',
    { retryAfter },
  );

/** Any error as a refusal. What is no refusal of ours was thrown by a defect: nothing of it is shown to the sender. */
export function toRefusal(error: unknown, retryAfter: number): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof MalformedRequest) return malformed(error.message);
  if (error instanceof StoreUnavailable) {
    const message = 'The spans could not be stored now. Send the same again later.';
    return new Refusal('store_unavailable', 503, GRPC_UNAVAILABLE, message, { retryAfter, cause: error });
  }
  return new Refusal('internal', 500, GRPC_INTERNAL, 'The service failed to read these spans.', { cause: error });
}

const REASONS: Readonly<Record<RejectReason, string>> = {
  missing_end_time: 'without an end time',
  name_too_long: 'with a chain or target name that is too long',
  unauthorized: 'of services that this token may not write',
  invalid_id: 'with an id of a wrong length (16 bytes for a trace, 8 for a span)',
};

/** How many spans of a batch were refused, and a sentence that says why; empty where none was. */
export function partialSuccess(result: BatchResult): { readonly rejectedSpans: number; readonly errorMessage: string } {
  const rejected = result.rejected.filter((each) => each.count > 0);
  return {
    rejectedSpans: rejected.reduce((sum, each) => sum + each.count, 0),
    errorMessage:
      rejected.length === 0
        ? ''
        : `Spans not accepted: ${rejected.map((each) => `${each.count} ${REASONS[each.reason]}`).join(', ')}.`,
  };
}
