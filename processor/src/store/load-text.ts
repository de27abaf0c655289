/**
 * Rows and chains as texts, which SQLite itself writes and only the reader takes apart: a start with many rows reads several records of
 * each, and an object for each record in either thread took most of it.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { FactRecord, OwnerRecord, RowKey, RowState } from '../types/store.ts';
import { scan } from './scan.ts';

type Key = readonly [
  namespace: string,
  service: string,
  environment: string,
  chain: string,
  target: string,
  routeType: RowKey['routeType'],
];
type Standing = readonly [
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
type Fact = readonly [kind: FactRecord['kind'], value: unknown];
/** A chain has no standing. */
type Owner = readonly [key: Key, standing: Standing | 0, series: readonly Series[], facts: readonly Fact[]];

const KEY = ['namespace', 'service', 'environment', 'chain', 'target', 'route_type'];
/** JSON of a column of numbers: `quote` writes as many digits as tell one from all others, which `json_array` need not; most are whole. */
const number = (column: string): string =>
  `CASE WHEN ${column} = CAST(${column} AS INTEGER) THEN CAST(${column} AS INTEGER) ELSE quote(${column}) END`;
const array = (...parts: readonly string[]): string => `'[' || ${parts.join(` || ',' || `)} || ']'`;

const STANDING = array(
  'placeholder',
  `coalesce(rank, 'null')`,
  ...['declared_at', 'announced_at', 'seen_at'].map(number),
  'evidence',
);
const SERIES = array(
  'json_quote(metric)',
  'json_quote(attributes)',
  ...['value', 'sum', 'start_time'].map(number),
  'counts',
);
const FACT = array('json_quote(kind)', 'value');

const OWN = KEY.map((column) => `own.${column} = owner.${column}`).join(' AND ');
const all = (table: string, record: string): string =>
  `'[' || coalesce((SELECT group_concat(${record}) FROM ${table} AS own WHERE ${OWN}), '') || ']'`;

const OWNERS = `
  SELECT ${array(`json_array(${KEY.join(', ')})`, 'standing', all('series', SERIES), all('facts', FACT))} AS text FROM (
    SELECT ${KEY.join(', ')}, ${STANDING} AS standing FROM rows
    UNION ALL SELECT namespace, service, environment, chain, '', '', 0 FROM chains
  ) AS owner`;

/** Owners in one text. */
const PART = 64;

/** All rows and chains, those of one service together, in texts for {@link decodeText}. */
export function loadTexts(db: DatabaseSync, take: (text: string) => void): void {
  let part: string[] = [];
  const give = (): void => {
    if (part.length > 0) take(`[${part.join(',')}]`);
    part = [];
  };
  for (const { text } of scan(db, OWNERS)) if (part.push(String(text)) === PART) give();
  give();
}

export function decodeText(text: string): readonly OwnerRecord[] {
  return (JSON.parse(text) as Owner[]).map(([key, standing, series, facts]) => ({
    key: keyOf(key),
    row: standing === 0 ? undefined : standingOf(standing),
    series: series.map(([metric, attributes, value, sum, startTime, counts]) => ({
      kind: { metric, attributes },
      value,
      sum,
      startTime,
      counts: counts.length === 0 ? undefined : counts,
    })),
    facts: facts.map(([kind, value]) => ({ kind, value })),
  }));
}

function keyOf([namespace, service, environment, chain, target, routeType]: Key): RowKey {
  return { namespace, service, environment, chain, target, routeType };
}

function standingOf([placeholder, rank, declaredAt, announcedAt, seenAt, evidence]: Standing): OwnerRecord['row'] {
  return {
    placeholder: placeholder === 1,
    state: { rank: rank ?? undefined, declaredAt, announcedAt, seenAt, evidence },
  };
}
