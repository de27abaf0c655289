/** What series hang on, as the ledger has it committed: rows, and chains as a whole. */
import { NO_FACTS } from '../analysis/facts.ts';
import type { Facts } from '../types/facts.ts';
import type { MetricAttributes } from '../types/metric.ts';
import type { ChainPolicy } from '../types/policy.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { RowKey, RowState } from '../types/store.ts';
import type { Heard } from './heard.ts';
import { rowAttributes, serviceOf } from './identity.ts';
import type { SeriesKind } from './series-kind.ts';

export interface LiveSeries {
  readonly kind: SeriesKind;
  value: number;
  sum: number;
  counts: readonly number[] | undefined;
  startTime: number;
}

/** What series hang on: a row, or a chain (whose key has no target). */
export interface LiveOwner {
  readonly key: RowKey;
  /** Of the row or the chain, as {@link Live} keeps it. */
  readonly id: string;
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
  /** The newest announcement, at `announcedAt`, where its rows are there; its rows heard of it at `at` or later. */
  heard: Heard | undefined;
}

/** When a row was last announced or seen. */
export function heardAt({ announcedAt, seenAt }: RowState): number {
  return Math.max(announcedAt, seenAt);
}

export function createRow(key: RowKey, id: string, state: RowState, placeholder: boolean): LiveRow {
  return {
    key,
    id,
    service: serviceOf(key),
    attributes: rowAttributes(key),
    series: new Map(),
    facts: NO_FACTS,
    state,
    placeholder,
    storedAt: heardAt(state),
  };
}

export function createChain(key: RowKey, id: string, announcedAt: number): LiveChain {
  return {
    key,
    id,
    service: serviceOf(key),
    attributes: rowAttributes(key),
    series: new Map(),
    facts: NO_FACTS,
    announcedAt,
    storedAt: announcedAt,
    template: undefined,
    heard: undefined,
  };
}

/** A series of the owner that it did not have. */
export function openSeries(owner: LiveOwner, kind: SeriesKind): LiveSeries {
  const series: LiveSeries = { kind, value: 0, sum: 0, counts: undefined, startTime: 0 };
  owner.series.set(kind.id, series);
  return series;
}
