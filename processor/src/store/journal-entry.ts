/**
 * The changes of one commit as one text for the journal, and back. Most of a commit are series and facts of few rows of fewer
 * services, of few kinds: services and kinds are written once and referred to by number, and the numbers of a row's series stand in one
 * list, which makes the text a third of what plain JSON takes.
 */
import { EXERCISE_KINDS, type ExerciseKind } from '@warmspare/semconv';
import type { FailureSighting, Sighting } from '../types/snapshot.ts';
import type { FactRecord, KindEvidence, RowKey, RowStanding, RowState, SeriesRecord } from '../types/store.ts';
import type { RecordChanges } from './coalesce.ts';

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
  readonly rest: Omit<RecordChanges, 'owners'>;
}

export function encodeEntry({ owners, ...rest }: RecordChanges): string {
  const services = createServices();
  const kinds = createKinds();
  const entry: Entry = {
    owners: owners.map(({ key, row, series, facts }) => [
      services.place(key),
      key.chain,
      key.target,
      key.routeType,
      row ? encodeRow(row) : 0,
      encodeSeries(series, kinds),
      encodeFacts(facts),
    ]),
    services: services.list,
    kinds: kinds.list,
    rest,
  };
  return JSON.stringify(entry);
}

export function decodeEntry(text: string): RecordChanges {
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

function encodeRow({ placeholder, state }: RowStanding): Row {
  const { rank, declaredAt, announcedAt, seenAt } = state;
  const evidence: [ExerciseKind, Seen | 0, Failed | 0][] = [];
  for (const kind of EXERCISE_KINDS) {
    const found = state.evidence[kind];
    if (found)
      evidence.push([kind, found.success ? seen(found.success) : 0, found.failure ? failed(found.failure) : 0]);
  }
  return [placeholder ? 1 : 0, declaredAt, announcedAt, seenAt, rank ?? null, evidence];
}

function decodeRow([placeholder, declaredAt, announcedAt, seenAt, rank, found]: Row): RowStanding {
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

const seen = ({ at, traceId, spanId }: Sighting): Seen => [at, traceId, spanId];

function failed({ at, traceId, spanId, outcome, errorType }: FailureSighting): Failed {
  return errorType === undefined ? [at, traceId, spanId, outcome] : [at, traceId, spanId, outcome, errorType];
}

function sighting([at, traceId, spanId]: Seen | Failed): Sighting {
  return { at, traceId, spanId };
}

function encodeSeries(series: readonly SeriesRecord[], kinds: Kinds): readonly number[] {
  const numbers: number[] = [];
  for (const { kind, value, sum, startTime, counts } of series) {
    numbers.push(kinds.place(kind), value, sum, startTime, counts ? counts.length + 1 : 0);
    if (counts) for (const count of counts) numbers.push(count);
  }
  return numbers;
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

function encodeFacts(facts: readonly FactRecord[]): readonly unknown[] {
  const pairs: unknown[] = [];
  for (const { kind, value } of facts) pairs.push(kind, value);
  return pairs;
}

function decodeFacts(pairs: readonly unknown[]): readonly FactRecord[] {
  const facts: FactRecord[] = [];
  for (let from = 0; from < pairs.length; from += 2) {
    const value = at(pairs, from + 1);
    // The first version wrote them as texts, which no fact is.
    facts.push({
      kind: at(pairs, from) as FactRecord['kind'],
      value: typeof value === 'string' ? JSON.parse(value) : value,
    });
  }
  return facts;
}

interface Services {
  readonly list: readonly Service[];
  place(key: RowKey): number;
}

/** Rows of one service come one after the other, so that the last one is the one looked for, nearly always. */
function createServices(): Services {
  const list: Service[] = [];
  let last: RowKey | undefined;
  return {
    list,
    place(key) {
      const isSame =
        last?.service === key.service && last.namespace === key.namespace && last.environment === key.environment;
      if (!isSame) list.push([key.namespace, key.service, key.environment]);
      last = key;
      return list.length - 1;
    },
  };
}

interface Kinds {
  readonly list: readonly Kind[];
  place(kind: SeriesRecord['kind']): number;
}

/** Kinds are few and mostly the same objects; one that comes as two is written twice, which harms nothing. */
function createKinds(): Kinds {
  const list: Kind[] = [];
  const places = new Map<SeriesRecord['kind'], number>();
  return {
    list,
    place(kind) {
      let place = places.get(kind);
      if (place === undefined) {
        place = list.push([kind.metric, kind.attributes]) - 1;
        places.set(kind, place);
      }
      return place;
    },
  };
}

function at<T>(list: readonly T[], place: number): T {
  const found = list[place];
  if (found === undefined) throw new Error('an entry of the journal is damaged');
  return found;
}
