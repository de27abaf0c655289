/** Reads the journal of schema version 3: the changes of one commit as one text, in which rows refer to services and kinds by number. */
import type { ExerciseKind } from '@warmspare/semconv';
import type { FailureSighting, Sighting } from '../../types/snapshot.ts';
import type {
  ChainKey,
  KindEvidence,
  RowKey,
  RowState,
  SeriesRecord,
  Tombstone,
  UnassignedKey,
  UnassignedRecord,
  WatermarkRecord,
} from '../../types/store.ts';

/** A row, or a chain (whose key has an empty target), as far as a commit changed it. */
export interface Owner3 {
  readonly key: RowKey;
  readonly row: { readonly placeholder: boolean; readonly state: RowState } | undefined;
  readonly series: readonly SeriesRecord[];
  readonly facts: readonly { readonly kind: string; readonly value: unknown }[];
}

/** Removals come first. */
export interface Changes3 {
  readonly removeRows: readonly RowKey[];
  readonly removeTombstones: readonly RowKey[];
  readonly removeUnassigned: readonly UnassignedKey[];
  readonly owners: readonly Owner3[];
  readonly chains: readonly (ChainKey & { readonly announcedAt: number })[];
  readonly watermarks: readonly WatermarkRecord[];
  readonly tombstones: readonly Tombstone[];
  readonly unassigned: readonly UnassignedRecord[];
}

type Service = readonly [namespace: string, service: string, environment: string];
type Kind = readonly [metric: string, attributes: string];
type Seen = readonly [at: number, traceId: string, spanId: string];
type Failed = readonly [...Seen, outcome: FailureSighting['outcome'], errorType?: string];

type Row = readonly [
  placeholder: 0 | 1,
  declaredAt: number,
  announcedAt: number,
  seenAt: number,
  rank: number | null,
  evidence: readonly (readonly [kind: ExerciseKind, success: Seen | 0, failure: Failed | 0])[],
];

type Owner = readonly [
  service: number,
  chain: string,
  target: string,
  routeType: RowKey['routeType'],
  row: Row | 0,
  /** Of each series its kind, value, sum and start, how many counts it has plus one (0: it is no histogram), and these. */
  series: readonly number[],
  /** Of each fact its kind and its value. */
  facts: readonly unknown[],
];

/** Services and kinds by their place in the first two lists. */
interface Entry {
  readonly services: readonly Service[];
  readonly kinds: readonly Kind[];
  readonly owners: readonly Owner[];
  readonly rest: Omit<Changes3, 'owners'>;
}

export function decodeEntry(text: string): Changes3 {
  const { services, kinds, owners, rest } = JSON.parse(text) as Entry;
  const kindAt = kinds.map(([metric, attributes]) => ({ metric, attributes }));
  return {
    ...rest,
    owners: owners.map(([place, chain, target, routeType, row, series, facts]) => {
      const [namespace, service, environment] = at(services, place);
      return {
        key: { namespace, service, environment, chain, target, routeType },
        row: row === 0 ? undefined : decodeRow(row),
        series: decodeSeries(series, kindAt),
        facts: decodeFacts(facts),
      };
    }),
  };
}

function decodeRow([placeholder, declaredAt, announcedAt, seenAt, rank, found]: Row): NonNullable<Owner3['row']> {
  const evidence: Partial<Record<ExerciseKind, KindEvidence>> = {};
  for (const [kind, success, failure] of found) {
    evidence[kind] = {
      success: success === 0 ? undefined : sighting(success),
      failure: failure === 0 ? undefined : { ...sighting(failure), outcome: failure[3], errorType: failure[4] },
    };
  }
  const state: RowState = { rank: rank ?? undefined, declaredAt, announcedAt, seenAt, evidence };
  return { placeholder: placeholder === 1, state };
}

function sighting([at, traceId, spanId]: Seen | Failed): Sighting {
  return { at, traceId, spanId };
}

function decodeSeries(numbers: readonly number[], kinds: readonly SeriesRecord['kind'][]): readonly SeriesRecord[] {
  const series: SeriesRecord[] = [];
  let from = 0;
  while (from < numbers.length) {
    const [kind, value, sum, startTime, length] = [0, 1, 2, 3, 4].map((place) => at(numbers, from + place)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    from += 5;
    const counts = length === 0 ? undefined : numbers.slice(from, from + length - 1);
    if (counts) from += counts.length;
    series.push({ kind: at(kinds, kind), value, sum, startTime, counts });
  }
  return series;
}

function decodeFacts(pairs: readonly unknown[]): Owner3['facts'] {
  const facts: { kind: string; value: unknown }[] = [];
  for (let from = 0; from < pairs.length; from += 2) {
    const value = at(pairs, from + 1);
    // The first version wrote them as texts, which no fact is.
    facts.push({
      kind: at(pairs, from) as string,
      value: typeof value === 'string' ? JSON.parse(value) : value,
    });
  }
  return facts;
}

function at<T>(list: readonly T[], place: number): T {
  const found = list[place];
  if (found === undefined) throw new Error('an entry of the journal is damaged');
  return found;
}
