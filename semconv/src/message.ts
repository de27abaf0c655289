/**
 * What instrumentation and processor say to each other inside one process: the channel, its message, and the global list of
 * declared chains. Types and names only; nothing here publishes or subscribes.
 */
import type { RouteType } from './attributes.ts';

/** Name of the `node:diagnostics_channel` on which every finished call is published, whether or not its span is sampled. */
export const CALL_CHANNEL = 'llm_fallback:call';

/**
 * Key of `globalThis` that holds a `Map<string, ChainDeclaration>` by chain name, for subscribers that come after the
 * declarations.
 */
export const DECLARATIONS_KEY: symbol = Symbol.for('llm_fallback.declarations');

/** Name of the zero-length span that announces a chain and its targets. */
export const SPAN_NAME_LLM_FALLBACK_DECLARE = 'llm_fallback.declare';

/**
 * Name of the instrumentation scope under which the evidence exporter sends: it sends every call whatever the sampler says, so that
 * a reader may take what it counts for the whole load.
 */
export const SCOPE_NAME_EVIDENCE = '@warmspare/instrumentation/evidence';

/** Attribute values that a message may carry: those of an OpenTelemetry span. */
export type CallAttributeValue = string | number | boolean | readonly string[] | readonly number[] | readonly boolean[];

/** What the span would have said. Published once for each finished call; subscribers must not change it. */
export interface CallMessage {
  /** The span's name. */
  readonly name: string;
  /** Epoch milliseconds. */
  readonly startTime: number;
  /** Epoch milliseconds. */
  readonly endTime: number;
  /** Under the names of this package; absent values are left out, never `undefined`. */
  readonly attributes: Readonly<Record<string, CallAttributeValue>>;
  /** The call's own span. Absent without an SDK. */
  readonly spanContext?: {
    readonly traceId: string;
    readonly spanId: string;
    readonly traceFlags: number;
  };
}

/** The knowledge that a chain has these targets, in rank order; the first is the primary. */
export interface ChainDeclaration {
  readonly name: string;
  readonly targets: readonly { readonly name: string; readonly type: RouteType }[];
}
