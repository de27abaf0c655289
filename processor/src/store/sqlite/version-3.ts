/** Brings a file of schema version 3 (release 0.1.0) up to date: its tables and its journal become records. */
import { randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { CONTRACT_PARTS, type ContractPart } from '@warmspare/semconv';
import type { Facts, PartHistory } from '../../types/facts.ts';
import type { RowKey, RowState, SeriesRecord } from '../../types/store.ts';
import { checksum, encodeRecords, INSTANCE_KEY } from '../records.ts';
import { type Changes3, decodeEntry, type Owner3 } from './version-3-journal.ts';

type Columns = Readonly<Record<string, SQLOutputValue>>;

interface Owner {
  readonly key: RowKey;
  row: Owner3['row'];
  readonly series: Map<string, SeriesRecord>;
  readonly facts: Map<string, unknown>;
}

export const TABLES_3: readonly string[] = [
  ...['meta', 'rows', 'chains', 'series', 'facts', 'unassigned', 'watermarks', 'tombstones', 'journal'],
  ...['window', 'destinations', 'sent'],
];

/**
 * To be called within a transaction. `tables`: the statements that make the tables of today. What cannot be read is set aside, and the rest
 * is kept: returns how many records those are.
 */
export function migrateVersion3(db: DatabaseSync, tables: string): number {
  const unread: Unread[] = [];
  const read = createReader(db, unread);
  const all = collect();
  all.add(readTables(read));
  read('journal ORDER BY seq', ({ changes }) => decodeEntry(String(changes))).forEach(all.add);
  const instanceId = db.prepare("SELECT value FROM meta WHERE key = 'instance_id'").get()?.value ?? randomUUID();
  const window = db.prepare('SELECT at, hashes FROM window ORDER BY seq').all();
  const destinations = db.prepare('SELECT name, address FROM destinations').all();
  const sent = read('sent', toSent);
  for (const table of TABLES_3) db.exec(`DROP TABLE ${table}`);

  db.exec(tables);
  const putAside = db.prepare('INSERT INTO set_aside (place, body) VALUES (?, ?)');
  for (const { place, body } of unread) putAside.run(place, body);
  const put = db.prepare('INSERT INTO records (key, body, crc) VALUES (?, ?, ?)');
  const texts = [INSTANCE_KEY, String(instanceId), ...encodeRecords(all.records())];
  for (let at = 0; at + 1 < texts.length; at += 2) {
    const [key = '', body = ''] = [texts[at], texts[at + 1]];
    put.run(key, body, checksum(key, body));
  }
  const putHashes = db.prepare('INSERT INTO window (at, hashes, crc) VALUES (?, ?, ?)');
  for (const { at, hashes } of window) {
    if (hashes instanceof Uint8Array) putHashes.run(Number(at), hashes, checksum(String(at), hashes));
  }
  const putDestination = db.prepare('INSERT INTO destinations (name, address, crc) VALUES (?, ?, ?)');
  for (const { name, address } of destinations) {
    putDestination.run(String(name), String(address), checksum(String(name), String(address)));
  }
  const putSent = db.prepare('INSERT INTO sent (destination, series, body, crc) VALUES (?, ?, ?, ?)');
  for (const { destination, series, body } of sent) putSent.run(destination, series, body, checksum(series, body));
  return unread.length;
}

interface Unread {
  readonly place: string;
  readonly body: string;
}

type Read = <T>(table: string, decode: (row: Columns) => T) => T[];

/** Reads tables row by row. A row that cannot be decoded goes to `unread`. */
function createReader(db: DatabaseSync, unread: Unread[]): Read {
  return (table, decode) =>
    db
      .prepare(`SELECT * FROM ${table}`)
      .all()
      .flatMap((row) => {
        try {
          return [decode(row)];
        } catch {
          unread.push({ place: table, body: JSON.stringify(row) });
          return [];
        }
      });
}

function toSent(row: Columns): { readonly destination: string; readonly series: string; readonly body: string } {
  const { value, sum, at } = row;
  const counts = JSON.parse(String(row.counts)) as number[];
  const body = JSON.stringify({ value, sum, counts, startTime: row.start_time, at });
  return { destination: String(row.destination), series: String(row.series), body };
}

/** Several changes, one after the other: the newest of each record wins. */
function collect(): { add(changes: Changes3): void; records(): Parameters<typeof encodeRecords>[0] } {
  const owners = new Map<string, Owner>();
  const chains = new Map<string, Changes3['chains'][number]>();
  const watermarks = new Map<string, Changes3['watermarks'][number]>();
  const tombstones = new Map<string, Changes3['tombstones'][number]>();
  const unassigned = new Map<string, Changes3['unassigned'][number]>();

  const putOwner = ({ key, row, series, facts }: Owner3): void => {
    const owner: Owner = owners.get(rowId(key)) ?? { key, row: undefined, series: new Map(), facts: new Map() };
    owners.set(rowId(key), owner);
    owner.row = row ?? owner.row;
    for (const each of series) owner.series.set(`${each.kind.metric}\0${each.kind.attributes}`, each);
    for (const { kind, value } of facts) owner.facts.set(kind, value);
  };

  return {
    add(changes) {
      for (const key of changes.removeRows) {
        owners.delete(rowId(key));
        if (key.target === '') chains.delete(chainId(key));
      }
      for (const key of changes.removeTombstones) tombstones.delete(rowId(key));
      for (const key of changes.removeUnassigned) unassigned.delete(unassignedId(key));
      changes.owners.forEach(putOwner);
      for (const chain of changes.chains) chains.set(chainId(chain), chain);
      for (const each of changes.watermarks) watermarks.set(serviceId(each), each);
      for (const each of changes.tombstones) tombstones.set(rowId(each), each);
      for (const each of changes.unassigned) unassigned.set(unassignedId(each), each);
    },
    records: () => ({
      rows: [...owners.values()].flatMap(({ key, row, series, facts }) =>
        row ? [{ key, ...row, series: [...series.values()], facts: factsOf(facts) }] : [],
      ),
      chains: [...chains.values()].map(({ announcedAt, ...key }) => {
        const owner = owners.get(`${chainId(key)}\0\0`);
        const series = [...(owner?.series.values() ?? [])];
        return { key, announcedAt, series, facts: factsOf(owner?.facts ?? new Map()) };
      }),
      watermarks: [...watermarks.values()],
      tombstones: [...tombstones.values()],
      unassigned: [...unassigned.values()],
    }),
  };
}

function readTables(all: Read): Changes3 {
  return {
    removeRows: [],
    removeTombstones: [],
    removeUnassigned: [],
    owners: [
      ...all('rows', (row): Owner3 => ({ ...NOTHING, key: keyOf(row), row: standingOf(row) })),
      ...all('series', (row): Owner3 => ({ ...NOTHING, key: keyOf(row), series: [seriesOf(row)] })),
      ...all('facts', (row): Owner3 => {
        const fact = { kind: String(row.kind), value: JSON.parse(String(row.value)) as unknown };
        return { ...NOTHING, key: keyOf(row), facts: [fact] };
      }),
    ],
    chains: all('chains', (row) => ({
      ...serviceOf(row),
      chain: String(row.chain),
      announcedAt: Number(row.announced_at),
    })),
    watermarks: all('watermarks', (row) => ({ ...serviceOf(row), at: Number(row.at) })),
    tombstones: all('tombstones', (row) => ({ ...keyOf(row), at: Number(row.at) })),
    unassigned: all('unassigned', (row) => ({
      ...serviceOf(row),
      provider: String(row.provider),
      requestModel: String(row.request_model),
      calls: Number(row.calls),
      lastSeen: Number(row.last_seen),
    })),
  };
}

const NOTHING = { row: undefined, series: [], facts: [] };

function standingOf(row: Columns): NonNullable<Owner3['row']> {
  const state: RowState = {
    rank: row.rank === null ? undefined : Number(row.rank),
    declaredAt: Number(row.declared_at),
    announcedAt: Number(row.announced_at),
    seenAt: Number(row.seen_at),
    evidence: JSON.parse(String(row.evidence)) as RowState['evidence'],
  };
  return { placeholder: row.placeholder === 1, state };
}

function seriesOf(row: Columns): SeriesRecord {
  const counts = JSON.parse(String(row.counts)) as number[];
  return {
    kind: { metric: String(row.metric), attributes: String(row.attributes) },
    value: Number(row.value),
    sum: Number(row.sum),
    counts: counts.length === 0 ? undefined : counts,
    startTime: Number(row.start_time),
  };
}

type Latest = readonly [
  succeededAt: number,
  quarter: number,
  calls: number,
  seen: Partial<Record<ContractPart, readonly (readonly [revision: string, lastSeen: number])[]>>,
];

/** Version 3 kept apart, as `latest`, the parts of other facts that moved with every batch. */
function factsOf(kept: ReadonlyMap<string, unknown>): Facts {
  const { latest, ...rest } = Object.fromEntries(kept);
  const facts = rest as Facts;
  if (latest === undefined) return facts;
  const [succeededAt, quarter, calls, seen] = latest as Latest;
  const { failover, contract, activity } = facts;
  const last = activity ? quarter - activity.from : -1;
  return {
    ...facts,
    ...(failover && { failover: { ...failover, lastSuccessAt: succeededAt } }),
    ...(contract && { contract: withLastSeen(contract, seen) }),
    ...(activity &&
      last === activity.counts.length - 1 && { activity: { ...activity, counts: activity.counts.with(last, calls) } }),
  };
}

function withLastSeen(contract: NonNullable<Facts['contract']>, seen: Latest[3]): NonNullable<Facts['contract']> {
  const moved: Partial<Record<ContractPart, PartHistory>> = {};
  for (const part of CONTRACT_PARTS) {
    const history = contract[part];
    if (!history) continue;
    const last = new Map(seen[part]);
    const revisions = Object.entries(history.revisions).map(([revision, { firstSeen, lastSeen }]) => [
      revision,
      { firstSeen, lastSeen: last.get(revision) ?? lastSeen },
    ]);
    moved[part] = { ...history, revisions: Object.fromEntries(revisions) };
  }
  return moved;
}

const serviceOf = (row: Columns) => ({
  namespace: String(row.namespace),
  service: String(row.service),
  environment: String(row.environment),
});

function keyOf(row: Columns): RowKey {
  const routeType = String(row.route_type) as RowKey['routeType'];
  return { ...serviceOf(row), chain: String(row.chain), target: String(row.target), routeType };
}

type Parts<K extends string> = Readonly<Record<K, string>>;

const serviceId = (key: Parts<'namespace' | 'service' | 'environment'>): string =>
  `${key.namespace}\0${key.service}\0${key.environment}`;
const chainId = (key: Parameters<typeof serviceId>[0] & Parts<'chain'>): string => `${serviceId(key)}\0${key.chain}`;
const rowId = (key: RowKey): string => `${chainId(key)}\0${key.target}\0${key.routeType}`;
const unassignedId = (key: Changes3['removeUnassigned'][number]): string =>
  `${serviceId(key)}\0${key.provider}\0${key.requestModel}`;
