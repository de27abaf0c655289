/** The ledger's committed state: rows, chains and their series, as the store has them. Only an applied commit changes it. */
import { NO_FACTS, withFact } from '../analysis/facts.ts';
import type { Facts } from '../types/facts.ts';
import type { MetricAttributes } from '../types/metric.ts';
import type { ChainPolicy } from '../types/policy.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { Contents, RowKey, RowState, SeriesRecord, UnassignedRecord } from '../types/store.ts';
import { boundsOf } from './buckets.ts';
import {
  chainId,
  isOverflow,
  rowAttributes,
  rowId,
  serviceAttributes,
  serviceId,
  serviceOf,
  unassignedId,
} from './identity.ts';
import type { UnassignedDelta } from './stage.ts';

export interface LiveSeries {
  readonly metric: string;
  readonly id: string;
  /** The row's labels and the metric's own. */
  readonly attributes: MetricAttributes;
  readonly extra: Readonly<Record<string, string>>;
  value: number;
  sum: number;
  counts: readonly number[] | undefined;
  startTime: number;
}

/** What series hang on: a row, or a chain (whose key has no target). */
export interface LiveOwner {
  readonly key: RowKey;
  readonly service: ServiceIdentity;
  readonly attributes: MetricAttributes;
  readonly series: Map<string, LiveSeries>;
  facts: Facts;
}

export interface LiveRow extends LiveOwner {
  placeholder: boolean;
  state: RowState;
  /** When the row was heard of last, as the store has it. */
  storedAt: number;
}

export interface LiveChain extends LiveOwner {
  announcedAt: number;
  /** `announcedAt` as the store has it. */
  storedAt: number;
  /** The configured chain whose targets were declared for it. */
  template: ChainPolicy | undefined;
}

export interface LiveWatermark {
  readonly service: ServiceIdentity;
  readonly attributes: MetricAttributes;
  at: number;
}

export interface Live {
  readonly rows: Map<string, LiveRow>;
  readonly chains: Map<string, LiveChain>;
  readonly watermarks: Map<string, LiveWatermark>;
  readonly tombstones: Map<string, number>;
  readonly unassigned: Map<string, UnassignedDelta>;
}

export function createLive(): Live {
  return { rows: new Map(), chains: new Map(), watermarks: new Map(), tombstones: new Map(), unassigned: new Map() };
}

/** When a row was last announced or seen. */
export function heardAt({ announcedAt, seenAt }: RowState): number {
  return Math.max(announcedAt, seenAt);
}

export function createRow(key: RowKey, state: RowState, placeholder: boolean): LiveRow {
  return {
    key,
    service: serviceOf(key),
    attributes: rowAttributes(key),
    series: new Map(),
    facts: NO_FACTS,
    state,
    placeholder,
    storedAt: heardAt(state),
  };
}

export function createChain(key: RowKey, announcedAt: number): LiveChain {
  return {
    key,
    service: serviceOf(key),
    attributes: rowAttributes(key),
    series: new Map(),
    facts: NO_FACTS,
    announcedAt,
    storedAt: announcedAt,
    template: undefined,
  };
}

export function createSeries(owner: LiveOwner, { id, metric, extra }: SeriesKind): LiveSeries {
  return openSeries(owner, shareKind(id, metric, extra));
}

/** Adds a part of what the store kept. Series whose row is gone, or whose buckets are other ones now, are left out. */
export function loadPart(live: Live, part: Partial<Contents>): void {
  for (const { placeholder, state, ...key } of part.rows ?? []) {
    live.rows.set(rowId(key), createRow(key, state, placeholder));
  }
  for (const { announcedAt, ...parts } of part.chains ?? []) {
    const key: RowKey = { ...parts, target: '', routeType: '' };
    live.chains.set(chainId(key), createChain(key, announcedAt));
  }
  for (const record of part.series ?? []) loadSeries(live, record);
  for (const { kind, value, ...key } of part.facts ?? []) {
    const owner = ownerOf(live, key);
    if (owner) owner.facts = withFact(owner.facts, kind, value);
  }
  for (const call of part.unassigned ?? []) loadUnassigned(live, call);
  for (const { at, ...key } of part.watermarks ?? []) {
    const service = serviceOf(key);
    live.watermarks.set(serviceId(service), { service, attributes: serviceAttributes(service), at });
  }
  for (const { at, ...key } of part.tombstones ?? []) live.tombstones.set(rowId(key), at);
}

function loadSeries(live: Live, record: SeriesRecord): void {
  const owner = ownerOf(live, record);
  const bounds = boundsOf(record.metric);
  if (!owner || (bounds && record.counts.length !== bounds.length + 1)) return;
  const id = `${record.metric}\0${record.attributes}`;
  const kind = kinds.get(id) ?? shareKind(id, record.metric, JSON.parse(record.attributes) as Record<string, string>);
  const series = openSeries(owner, kind);
  series.value = record.value;
  series.sum = record.sum;
  series.counts = bounds && record.counts;
  series.startTime = record.startTime;
}

function loadUnassigned(live: Live, { provider, requestModel, calls, lastSeen, ...key }: UnassignedRecord): void {
  const call = {
    service: serviceOf(key),
    provider: provider === '' ? undefined : provider,
    requestModel: requestModel === '' ? undefined : requestModel,
    calls,
    lastSeen,
  };
  live.unassigned.set(unassignedId(call), call);
}

function ownerOf(live: Live, key: RowKey): LiveOwner | undefined {
  const isChain = key.routeType === '' && !isOverflow(key);
  return isChain ? live.chains.get(chainId(key)) : live.rows.get(rowId(key));
}

interface SeriesKind {
  readonly id: string;
  readonly metric: string;
  readonly extra: Readonly<Record<string, string>>;
}

/** Most rows have the same few kinds of series: their names are kept once. */
const kinds = new Map<string, SeriesKind>();
const MAX_KINDS = 10_000;

function shareKind(id: string, metric: string, extra: Readonly<Record<string, string>>): SeriesKind {
  const known = kinds.get(id);
  if (known) return known;
  if (kinds.size >= MAX_KINDS) kinds.clear();
  const kind = { id, metric, extra };
  kinds.set(id, kind);
  return kind;
}

function openSeries(owner: LiveOwner, { id, metric, extra }: SeriesKind): LiveSeries {
  const attributes = { ...owner.attributes, ...extra };
  const series: LiveSeries = { metric, id, attributes, extra, value: 0, sum: 0, counts: undefined, startTime: 0 };
  owner.series.set(id, series);
  return series;
}
