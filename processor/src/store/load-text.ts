/**
 * The large tables as texts, which SQLite itself writes and only the reader takes apart: a start with many rows reads several records of
 * each, and an object for each record in either thread took most of it.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Contents, FactRecord, RowKey, RowState } from '../types/store.ts';

type Key = readonly [
  namespace: string,
  service: string,
  environment: string,
  chain: string,
  target: string,
  routeType: RowKey['routeType'],
];
type Row = readonly [
  key: Key,
  placeholder: 0 | 1,
  rank: number | null,
  declaredAt: number,
  announcedAt: number,
  seenAt: number,
  evidence: RowState['evidence'],
];
type Series = readonly [
  metric: string,
  attributes: string,
  value: number,
  sum: number,
  startTime: number,
  counts: readonly number[],
];
type Fact = readonly [kind: FactRecord['kind'], value: string];

/** Rows, and the series and facts of one owner each. */
interface Texts {
  readonly rows?: readonly Row[];
  readonly series?: readonly (readonly [Key, ...Series[]])[];
  readonly facts?: readonly (readonly [Key, ...Fact[]])[];
}

const KEY = 'namespace, service, environment, chain, target, route_type';
/** JSON of a column of numbers: `quote` writes as many digits as tell one from all others, which `json_array` need not; most are whole. */
const number = (column: string): string =>
  `CASE WHEN ${column} = CAST(${column} AS INTEGER) THEN CAST(${column} AS INTEGER) ELSE quote(${column}) END`;
const array = (...parts: readonly string[]): string => `'[' || ${parts.join(` || ',' || `)} || ']'`;
const byOwner = (record: string): string => array(`json_array(${KEY})`, `group_concat(${record})`);

const STATE = ['placeholder', `coalesce(rank, 'null')`, ...['declared_at', 'announced_at', 'seen_at'].map(number)];
const SERIES = [
  'json_quote(metric)',
  'json_quote(attributes)',
  ...['value', 'sum', 'start_time'].map(number),
  'counts',
];
const FACT = ['json_quote(kind)', 'json_quote(value)'];

const QUERIES: readonly (readonly [name: keyof Texts, query: string])[] = [
  ['rows', `SELECT ${array(`json_array(${KEY})`, ...STATE, 'evidence')} AS text FROM rows`],
  ['series', `SELECT ${byOwner(array(...SERIES))} AS text FROM series GROUP BY ${KEY}`],
  ['facts', `SELECT ${byOwner(array(...FACT))} AS text FROM facts GROUP BY ${KEY}`],
];

/** Rows, or owners, in one text. */
const PART = 200;

/** All rows, then series, then facts, in texts for {@link decodeText}. */
export function loadTexts(db: DatabaseSync, take: (text: string) => void): void {
  for (const [name, query] of QUERIES) {
    let part: string[] = [];
    const give = (): void => {
      if (part.length > 0) take(`{"${name}":[${part.join(',')}]}`);
      part = [];
    };
    for (const { text } of db.prepare(query).iterate()) if (part.push(String(text)) === PART) give();
    give();
  }
}

export function decodeText(text: string): Partial<Contents> {
  const { rows = [], series = [], facts = [] } = JSON.parse(text) as Texts;
  return {
    rows: rows.map(([key, placeholder, rank, declaredAt, announcedAt, seenAt, evidence]) => ({
      ...keyOf(key),
      placeholder: placeholder === 1,
      state: { rank: rank ?? undefined, declaredAt, announcedAt, seenAt, evidence },
    })),
    series: series.flatMap(([key, ...own]) =>
      own.map(([metric, attributes, value, sum, startTime, counts]) => ({
        ...keyOf(key),
        metric,
        attributes,
        value,
        sum,
        startTime,
        counts,
      })),
    ),
    facts: facts.flatMap(([key, ...own]) => own.map(([kind, value]) => ({ ...keyOf(key), kind, value }))),
  };
}

function keyOf([namespace, service, environment, chain, target, routeType]: Key): RowKey {
  return { namespace, service, environment, chain, target, routeType };
}
