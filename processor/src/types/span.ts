/** A span as every receiver hands it on: only what the stages behind it read, whatever form it arrived in. */

/** Attribute values that Warmspare reads; maps and byte values are skipped. */
export type AttributeValue = string | number | boolean | readonly string[];

/** Whose span it is. Absent parts are the empty string; a missing service name is `unknown_service`. */
export interface ServiceIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly environment: string;
}

/**
 * One span. Attributes stand in slots that a {@link KeyTable} assigns, so that the wire reader decodes only those asked for.
 * A receiver may reuse one object for all spans of a request: a stage that keeps anything copies it.
 */
export interface Span {
  readonly service: ServiceIdentity;
  /** 32 and 16 lower-case hex digits; empty when absent or all zero. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** Epoch milliseconds; 0 when missing. */
  readonly startTime: number;
  readonly endTime: number;
  /** OTLP status code: 0 unset, 1 ok, 2 error. */
  readonly statusCode: number;
  /** By slot; `undefined` where the span has no such attribute. Resource attributes are looked up by the same slots in `resource`. */
  readonly values: readonly (AttributeValue | undefined)[];
  readonly resource: readonly (AttributeValue | undefined)[];
}

/** Names the attributes that anything downstream reads; the index of a name is its slot. */
export interface KeyTable {
  readonly names: readonly string[];
  slot(name: string): number;
}
