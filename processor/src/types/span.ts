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
 * A receiver may reuse one object (and its arrays) for all spans of a request: a stage that keeps anything copies it.
 * Equal `service` objects, strings and `chain.target.names` arrays should be the same object from span to span: stages
 * cache by identity.
 */
export interface Span {
  readonly service: ServiceIdentity;
  /** Trace id and span id as six big-endian 32-bit words (four, then two); zeros where missing. `ids.ts` reads and writes them. */
  readonly ids: Uint32Array;
  /** The parent's span id as two such words; zeros where there is none. */
  readonly parent: Uint32Array;
  /** An id has a wrong length, or is not hex: the span is refused, since its zeros would stand for any span. */
  readonly hasInvalidId?: boolean;
  /** Of the last exception event. */
  readonly exceptionType: string | undefined;
  /** Where a receiver knows it: none of the named attributes is there, so the span is neither a call nor ours. */
  readonly isBare?: boolean;
  /** Whether the span comes from the evidence exporter, which sends every call whatever the sampler says. */
  readonly unsampled: boolean;
  readonly name: string;
  /** OTLP's span kind: 1 internal, 2 server, 3 client, 4 producer, 5 consumer; 0 or missing where it is not known. */
  readonly kind?: number;
  /** Epoch milliseconds; 0 when missing. */
  readonly startTime: number;
  readonly endTime: number;
  /** OTLP status code: 0 unset, 1 ok, 2 error; any other number is one that nobody knows. */
  readonly statusCode: number;
  /** May hold what was asked: whoever reads it keeps nothing of it. */
  readonly statusMessage?: string;
  /** By slot; `undefined` where the span has no such attribute. Resource attributes are looked up by the same slots in `resource`. */
  readonly values: readonly (AttributeValue | undefined)[];
  /** Fills in the values of details, where the receiver has not read them yet. */
  readonly readDetails?: () => void;
  readonly resource: readonly (AttributeValue | undefined)[];
}

/**
 * Names the attributes that anything downstream reads; the index of a name is its slot. Names are only ever appended (a
 * reloaded configuration may match on new ones), so a slot stays valid; a receiver looks at `names.length` per request.
 */
export interface KeyTable {
  readonly names: readonly string[];
  /** Names among them whose values hold what a model wrote: a receiver keeps none of them, not even to know it again. */
  readonly passing: ReadonlySet<string>;
  /** Names among them that many spans have, and few are asked for: their values are there once {@link Span.readDetails} was called. */
  readonly details?: ReadonlySet<string>;
  /** The slot of a name, -1 where nothing reads it. */
  slot(name: string): number;
}
