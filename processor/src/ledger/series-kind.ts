/** What a series counts beside whose it is: a metric and the attributes beyond the row's. One object a kind: most rows have the same few. */
import { boundsOf } from './buckets.ts';

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
