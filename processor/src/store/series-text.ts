/**
 * The series table as texts, one an owner, which SQLite itself writes and only the reader takes apart: a start with many rows reads
 * several series of each, and an object for each record of them in either thread took most of it.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { RowKey, SeriesRecord } from '../types/store.ts';

type Owner = readonly [
  key: readonly [
    namespace: string,
    service: string,
    environment: string,
    chain: string,
    target: string,
    routeType: RowKey['routeType'],
  ],
  series: readonly (readonly [
    metric: string,
    attributes: string,
    value: number,
    sum: number,
    startTime: number,
    counts: readonly number[],
  ])[],
];

const KEY = 'namespace, service, environment, chain, target, route_type';
/** `quote` writes as many digits of a number as tell it from all others; `json_array` need not. */
const NUMBERS = "quote(value) || ',' || quote(sum) || ',' || quote(start_time)";
const ONE = `json_quote(metric) || ',' || json_quote(attributes) || ',' || ${NUMBERS} || ',' || counts`;
const BY_OWNER = `SELECT '[' || json_array(${KEY}) || ',[' || group_concat('[' || ${ONE} || ']') || ']]' AS owner`;

/** Owners in one text. */
const PART = 200;

/** All series, in texts for {@link decodeSeries}. */
export function seriesTexts(db: DatabaseSync, take: (text: string) => void): void {
  let part: string[] = [];
  for (const { owner } of db.prepare(`${BY_OWNER} FROM series GROUP BY ${KEY}`).iterate()) {
    if (part.push(String(owner)) < PART) continue;
    take(`[${part.join(',')}]`);
    part = [];
  }
  if (part.length > 0) take(`[${part.join(',')}]`);
}

export function decodeSeries(text: string): SeriesRecord[] {
  return (JSON.parse(text) as Owner[]).flatMap(
    ([[namespace, service, environment, chain, target, routeType], series]) =>
      series.map(([metric, attributes, value, sum, startTime, counts]) => ({
        namespace,
        service,
        environment,
        chain,
        target,
        routeType,
        metric,
        attributes,
        value,
        sum,
        startTime,
        counts,
      })),
  );
}
