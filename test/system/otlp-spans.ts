/** Attributes in, the protobuf body of an OTLP trace request out, encoded by protobufjs from the official messages. */
import { RequestType } from '../bench/reference.ts';

export type Attributes = Readonly<Record<string, string | number | readonly string[]>>;

export interface SpanParts {
  /** Makes the span's ids: the same number is the same span. Not 0. */
  readonly id: number;
  readonly name: string;
  readonly attributes: Attributes;
  /** Epoch milliseconds. 0 makes a span that no processor takes. */
  readonly endTime: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly isError?: boolean;
}

export function spansBody(resource: Attributes, spans: readonly SpanParts[]): Uint8Array<ArrayBuffer> {
  const message = RequestType.fromObject({
    resourceSpans: [{ resource: { attributes: pairs(resource) }, scopeSpans: [{ spans: spans.map(spanOf) }] }],
  });
  return new Uint8Array(RequestType.encode(message).finish());
}

function spanOf({ id, name, attributes, endTime, duration, isError = false }: SpanParts): object {
  const ids = Buffer.alloc(16);
  ids.writeUInt32BE(id, 0);
  return {
    traceId: ids,
    spanId: ids.subarray(0, 8),
    name,
    kind: 1,
    startTimeUnixNano: nanoseconds(endTime - duration),
    endTimeUnixNano: nanoseconds(endTime),
    attributes: pairs(attributes),
    status: { code: isError ? 2 : 0 },
  };
}

function pairs(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: Attributes[string]): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
  return { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
}

function nanoseconds(milliseconds: number): string {
  return milliseconds <= 0 ? '0' : `${Math.round(milliseconds)}000000`;
}
