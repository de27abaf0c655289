/**
 * The changes of one commit as one text for the journal, and back. Most of a commit are series and facts of few rows, of few
 * kinds: keys and kinds are written once and referred to by number, which makes the text a third of what plain JSON takes.
 */
import { isSameRow } from '../same-row.ts';
import type { FactRecord, RowKey, RowRecord, SeriesRecord } from '../types/store.ts';
import type { RecordChanges } from './coalesce.ts';

type Key = readonly [
  namespace: string,
  service: string,
  environment: string,
  chain: string,
  target: string,
  routeType: RowKey['routeType'],
];
type Kind = readonly [metric: string, attributes: string];

/** Keys and kinds by their place in the first two lists. */
interface Entry {
  readonly keys: readonly Key[];
  readonly kinds: readonly Kind[];
  readonly rows: readonly (readonly [key: number, placeholder: 0 | 1, state: RowRecord['state']])[];
  readonly series: readonly (readonly [
    key: number,
    kind: number,
    value: number,
    sum: number,
    startTime: number,
    counts: readonly number[],
  ])[];
  readonly facts: readonly (readonly [key: number, kind: FactRecord['kind'], value: string])[];
  readonly rest: Omit<RecordChanges, 'rows' | 'series' | 'facts'>;
}

export function encodeEntry({ rows, series, facts, ...rest }: RecordChanges): string {
  const keys = createKeys();
  const kinds = createKinds();
  const entry: Entry = {
    rows: rows.map((row) => [keys.place(row), row.placeholder ? 1 : 0, row.state]),
    series: series.map((each) => [
      keys.place(each),
      kinds.place(each),
      each.value,
      each.sum,
      each.startTime,
      each.counts,
    ]),
    facts: facts.map((fact) => [keys.place(fact), fact.kind, fact.value]),
    keys: keys.list,
    kinds: kinds.list,
    rest,
  };
  return JSON.stringify(entry);
}

export function decodeEntry(text: string): RecordChanges {
  const { keys, kinds, rows, series, facts, rest } = JSON.parse(text) as Entry;
  const keyAt = keys.map(keyOf);
  return {
    ...rest,
    rows: rows.map(([key, placeholder, state]) => ({ ...at(keyAt, key), placeholder: placeholder === 1, state })),
    series: series.map(([key, kind, value, sum, startTime, counts]) => {
      const [metric, attributes] = at(kinds, kind);
      return { ...at(keyAt, key), metric, attributes, value, sum, counts, startTime };
    }),
    facts: facts.map(([key, kind, value]) => ({ ...at(keyAt, key), kind, value })),
  };
}

interface Places<Record, Listed> {
  readonly list: readonly Listed[];
  place(record: Record): number;
}

/** Records of one row come one after the other, so that the last key is the one looked for, nearly always. */
function createKeys(): Places<RowKey, Key> {
  const list: Key[] = [];
  let last: RowKey | undefined;
  return {
    list,
    place(key) {
      if (last === undefined || !isSameRow(last, key)) {
        last = key;
        list.push([key.namespace, key.service, key.environment, key.chain, key.target, key.routeType]);
      }
      return list.length - 1;
    },
  };
}

function createKinds(): Places<SeriesRecord, Kind> {
  const list: Kind[] = [];
  const places = new Map<string, Map<string, number>>();
  return {
    list,
    place({ metric, attributes }) {
      let ofMetric = places.get(metric);
      if (ofMetric === undefined) {
        ofMetric = new Map();
        places.set(metric, ofMetric);
      }
      let place = ofMetric.get(attributes);
      if (place === undefined) {
        place = list.push([metric, attributes]) - 1;
        ofMetric.set(attributes, place);
      }
      return place;
    },
  };
}

function keyOf([namespace, service, environment, chain, target, routeType]: Key): RowKey {
  return { namespace, service, environment, chain, target, routeType };
}

function at<T>(list: readonly T[], place: number): T {
  const found = list[place];
  if (found === undefined) throw new Error('an entry of the journal is damaged');
  return found;
}
