/** Records as texts, and back: one text for the key of an entity and one for its body. Both are JSON. */
import { crc32 } from 'node:zlib';
import type {
  ChainKey,
  ChainRecord,
  Records,
  Removals,
  RowKey,
  RowRecord,
  SeriesRecord,
  ServiceKey,
  UnassignedKey,
} from '../types/store.ts';

type Kind = 'row' | 'chain' | 'watermark' | 'tombstone' | 'unassigned';
type Series = readonly [
  metric: string,
  attributes: string,
  value: number,
  sum: number,
  startTime: number,
  counts?: readonly number[],
];
type Body<R extends RowRecord | ChainRecord> = Omit<R, 'key' | 'series'> & { readonly series: readonly Series[] };

const INSTANCE = 'instance';

/** The key of the instance id's own record, whose body is the id. */
export const INSTANCE_KEY: string = JSON.stringify([INSTANCE]);

/** Protects a record against what SQLite does not see: a changed byte in the middle of a page. */
export function checksum(key: string, body: string | Uint8Array): number {
  return crc32(body, crc32(key));
}

/** Keys and bodies by turns. */
export function encodeRecords({ rows, chains, watermarks, tombstones, unassigned }: Records): string[] {
  const texts: string[] = [];
  for (const { key, placeholder, state, series, facts } of rows) {
    const body: Body<RowRecord> = { placeholder, state, series: series.map(encodeSeries), facts };
    texts.push(keyText('row', rowParts(key)), JSON.stringify(body));
  }
  for (const { key, announcedAt, series, facts } of chains) {
    const body: Body<ChainRecord> = { announcedAt, series: series.map(encodeSeries), facts };
    texts.push(keyText('chain', chainParts(key)), JSON.stringify(body));
  }
  for (const record of watermarks) texts.push(keyText('watermark', serviceParts(record)), JSON.stringify(record.at));
  for (const record of tombstones) texts.push(keyText('tombstone', rowParts(record)), JSON.stringify(record.at));
  for (const record of unassigned) {
    const { calls, lastSeen, insteadOf } = record;
    const body = insteadOf === undefined ? [calls, lastSeen] : [calls, lastSeen, insteadOf];
    texts.push(keyText('unassigned', unassignedParts(record)), JSON.stringify(body));
  }
  return texts;
}

export function encodeRemovals({ rows, chains, unassigned }: Removals): string[] {
  return [
    ...rows.map((key) => keyText('row', rowParts(key))),
    ...chains.map((key) => keyText('chain', chainParts(key))),
    ...unassigned.map((key) => keyText('unassigned', unassignedParts(key))),
  ];
}

/** What {@link encodeRecords} wrote. */
export function decodeRecords(texts: readonly string[]): Records {
  const records = {
    rows: [] as Records['rows'][number][],
    chains: [] as Records['chains'][number][],
    watermarks: [] as Records['watermarks'][number][],
    tombstones: [] as Records['tombstones'][number][],
    unassigned: [] as Records['unassigned'][number][],
  };
  for (let at = 0; at + 1 < texts.length; at += 2) {
    const [kind, ...parts] = JSON.parse(texts[at] ?? '') as [Kind, ...string[]];
    const body: unknown = JSON.parse(texts[at + 1] ?? '');
    switch (kind) {
      case 'row': {
        const { series, ...rest } = body as Body<RowRecord>;
        records.rows.push({ key: rowKey(parts), ...rest, series: series.map(decodeSeries) });
        break;
      }
      case 'chain': {
        const { series, ...rest } = body as Body<ChainRecord>;
        records.chains.push({ key: chainKey(parts), ...rest, series: series.map(decodeSeries) });
        break;
      }
      case 'watermark':
        records.watermarks.push({ ...serviceKey(parts), at: body as number });
        break;
      case 'tombstone':
        records.tombstones.push({ ...rowKey(parts), at: body as number });
        break;
      case 'unassigned': {
        const [calls, lastSeen, insteadOf] = body as [number, number, string?];
        records.unassigned.push({ ...unassignedKey(parts), calls, lastSeen, insteadOf });
        break;
      }
    }
  }
  return records;
}

const keyText = (kind: Kind, parts: readonly string[]): string => JSON.stringify([kind, ...parts]);

const serviceParts = ({ namespace, service, environment }: ServiceKey): string[] => [namespace, service, environment];
const chainParts = (key: ChainKey): string[] => [...serviceParts(key), key.chain];
const rowParts = (key: RowKey): string[] => [...chainParts(key), key.target, key.routeType];
const unassignedParts = (key: UnassignedKey): string[] => [...serviceParts(key), key.provider, key.requestModel];

function serviceKey([namespace = '', service = '', environment = '']: readonly string[]): ServiceKey {
  return { namespace, service, environment };
}

function chainKey(parts: readonly string[]): ChainKey {
  return { ...serviceKey(parts), chain: parts[3] ?? '' };
}

function rowKey(parts: readonly string[]): RowKey {
  const [namespace = '', service = '', environment = '', chain = '', target = '', routeType = ''] = parts;
  return { namespace, service, environment, chain, target, routeType: routeType as RowKey['routeType'] };
}

function unassignedKey(parts: readonly string[]): UnassignedKey {
  return { ...serviceKey(parts), provider: parts[3] ?? '', requestModel: parts[4] ?? '' };
}

function encodeSeries({ kind, value, sum, startTime, counts }: SeriesRecord): Series {
  const { metric, attributes } = kind;
  return counts ? [metric, attributes, value, sum, startTime, counts] : [metric, attributes, value, sum, startTime];
}

function decodeSeries([metric, attributes, value, sum, startTime, counts]: Series): SeriesRecord {
  return { kind: { metric, attributes }, value, sum, startTime, counts };
}

/** The keys that {@link encodeRemovals} wrote. */
export function removalsOf(keys: readonly string[]): Removals {
  const removals = { rows: [] as RowKey[], chains: [] as ChainKey[], unassigned: [] as UnassignedKey[] };
  for (const text of keys) {
    const [kind, ...parts] = JSON.parse(text) as [Kind, ...string[]];
    if (kind === 'row') removals.rows.push(rowKey(parts));
    else if (kind === 'chain') removals.chains.push(chainKey(parts));
    else if (kind === 'unassigned') removals.unassigned.push(unassignedKey(parts));
  }
  return removals;
}
