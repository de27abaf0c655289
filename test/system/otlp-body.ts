/** Attempts in, the body of an OTLP trace request out; and its way to the service. */
import { Client, credentials } from '@grpc/grpc-js';
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_SERVICE_NAME,
  type CallOutcome,
  type RouteType,
} from '@warmspare/semconv';
import { type SpanParts, spansBody } from './otlp-spans.ts';

/** The ladder that the bodies announce. */
const TARGETS: readonly { readonly name: string; readonly type: RouteType }[] = [
  { name: 'gpt-5', type: 'primary' },
  { name: 'claude-haiku', type: 'fallback' },
];

export interface AttemptSpan {
  /** Makes the span's ids: the same number is the same span. Not 0. */
  readonly id: number;
  readonly chain: string;
  readonly rank: 0 | 1;
  readonly outcome: CallOutcome;
  /** Epoch milliseconds. */
  readonly endTime: number;
}

export function otlpBody(service: string, attempts: readonly AttemptSpan[]): Uint8Array<ArrayBuffer> {
  return spansBody({ [ATTR_SERVICE_NAME]: service }, attempts.map(spanOf));
}

/** Sends a body; true when it was answered with 200, that is when it is durable. */
export async function sendBody(otlp: string, body: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const response = await fetch(`${otlp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body,
  });
  await response.arrayBuffer();
  return response.status === 200;
}

function spanOf({ id, chain, rank, outcome, endTime }: AttemptSpan): SpanParts {
  const target = TARGETS[rank];
  if (target === undefined) throw new Error(`no target of rank ${rank}`);
  const attributes = {
    [ATTR_LLM_FALLBACK_CHAIN_NAME]: chain,
    [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: TARGETS.map(({ name }) => name),
    [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: TARGETS.map(({ type }) => type),
    [ATTR_LLM_FALLBACK_TARGET_NAME]: target.name,
    [ATTR_LLM_FALLBACK_TARGET_RANK]: rank,
    [ATTR_LLM_FALLBACK_ROUTE_TYPE]: target.type,
    [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
  };
  return { id, name: `${chain} ${target.name}`, attributes, endTime, duration: 100, isError: outcome !== 'success' };
}

/** One connection by gRPC. */
export interface GrpcSender {
  /** Whether the service took it. */
  send(body: Uint8Array): Promise<boolean>;
  close(): void;
}

export function openGrpc(address: string): GrpcSender {
  const client = new Client(address, credentials.createInsecure());
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    send: (body) =>
      new Promise((resolve) => {
        client.makeUnaryRequest(EXPORT, asIs, asIs, Buffer.from(body), (error) => resolve(error === null));
      }),
    close: () => client.close(),
  };
}

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
