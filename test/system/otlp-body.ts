/** Attempts in, the protobuf body of an OTLP trace request out, encoded by protobufjs from the official messages. */
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
import { RequestType } from '../bench/reference.ts';

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
  const message = RequestType.fromObject({
    resourceSpans: [
      {
        resource: { attributes: [text(ATTR_SERVICE_NAME, service)] },
        scopeSpans: [{ spans: attempts.map(spanOf) }],
      },
    ],
  });
  return new Uint8Array(RequestType.encode(message).finish());
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

function spanOf(attempt: AttemptSpan): object {
  const target = TARGETS[attempt.rank];
  if (target === undefined) throw new Error(`no target of rank ${attempt.rank}`);
  const ids = Buffer.alloc(16);
  ids.writeUInt32BE(attempt.id, 0);
  return {
    traceId: ids,
    spanId: ids.subarray(0, 8),
    name: `${attempt.chain} ${target.name}`,
    kind: 1,
    startTimeUnixNano: nanoseconds(attempt.endTime - 100),
    endTimeUnixNano: nanoseconds(attempt.endTime),
    attributes: [
      text(ATTR_LLM_FALLBACK_CHAIN_NAME, attempt.chain),
      texts(
        ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
        TARGETS.map(({ name }) => name),
      ),
      texts(
        ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
        TARGETS.map(({ type }) => type),
      ),
      text(ATTR_LLM_FALLBACK_TARGET_NAME, target.name),
      { key: ATTR_LLM_FALLBACK_TARGET_RANK, value: { intValue: attempt.rank } },
      text(ATTR_LLM_FALLBACK_ROUTE_TYPE, target.type),
      text(ATTR_LLM_FALLBACK_CALL_OUTCOME, attempt.outcome),
    ],
    status: { code: attempt.outcome === 'success' ? 0 : 2 },
  };
}

function text(key: string, value: string): object {
  return { key, value: { stringValue: value } };
}

function texts(key: string, values: readonly string[]): object {
  return { key, value: { arrayValue: { values: values.map((value) => ({ stringValue: value })) } } };
}

function nanoseconds(milliseconds: number): string {
  return `${Math.round(milliseconds)}000000`;
}
