/** What a series counts beside whose it is: a metric and the attributes beyond the row's. One object a kind: most rows have the same few. */
import { METRICS } from '@warmspare/semconv';

export type ExtraAttributes = Readonly<Record<string, string>>;

export interface SeriesKind {
  readonly metric: string;
  readonly extra: ExtraAttributes;
  /** `extra` as the store keeps it. */
  readonly attributes: string;
  /** Metric and attributes as one string. Equal kinds have equal ids; after {@link MAX_KINDS} they may be two objects. */
  readonly id: string;
  /** Of a histogram. */
  readonly bounds: readonly number[] | undefined;
}

const kinds = new Map<string, SeriesKind>();
/** Error types and names of breakers are the senders': what is known is forgotten before it fills the memory. Nothing is lost: no counter tells. */
const MAX_KINDS = 10_000;

export function kindOf(metric: string, extra: ExtraAttributes): SeriesKind {
  return kindIn(metric, JSON.stringify(extra), extra);
}

/** As the store keeps it. */
export function storedKind(metric: string, attributes: string): SeriesKind {
  return kindIn(metric, attributes, undefined);
}

function kindIn(metric: string, attributes: string, extra: ExtraAttributes | undefined): SeriesKind {
  const id = `${metric}\0${attributes}`;
  const known = kinds.get(id);
  if (known) return known;
  if (kinds.size >= MAX_KINDS) kinds.clear();
  const kind: SeriesKind = {
    metric,
    extra: extra ?? (JSON.parse(attributes) as ExtraAttributes),
    attributes,
    id,
    bounds: boundsOf(metric),
  };
  kinds.set(id, kind);
  return kind;
}

/** GenAI's advice for `gen_ai.client.operation.duration`, in seconds. */
const DURATION_BOUNDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

const bounds = new Map<string, readonly number[]>();
for (const metric of METRICS) {
  if (metric.kind === 'histogram') bounds.set(metric.name, metric.bounds ?? DURATION_BOUNDS);
}

/** Undefined for what is not a histogram. */
export function boundsOf(metric: string): readonly number[] | undefined {
  return bounds.get(metric);
}

/** The first bucket whose upper bound holds the value (bounds are inclusive), the last one past all. */
export function bucketOf(of: readonly number[], value: number): number {
  let bucket = 0;
  while (bucket < of.length && value > (of[bucket] ?? 0)) bucket++;
  return bucket;
}
