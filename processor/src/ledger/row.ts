/** Rows and chains as the ledger has them committed, with the series that belong to them. */

import type { RouteType } from '@warmspare/semconv';
import { NO_FACTS } from '../analysis/facts.ts';
import type { TargetList } from '../types/evidence.ts';
import type { Facts } from '../types/facts.ts';
import type { MetricAttributes } from '../types/metric.ts';
import type { ChainPolicy } from '../types/policy.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { RowKey, RowState } from '../types/store.ts';
import { rowAttributes, serviceOf } from './identity.ts';
import type { SeriesKind } from './series-kind.ts';

export interface Series {
  readonly kind: SeriesKind;
  value: number;
  sum: number;
  counts: readonly number[] | undefined;
  startTime: number;
}

/** What series hang on: a row, or a chain (whose key has no target). */
export interface SeriesOwner {
  readonly key: RowKey;
  /** Of the row or the chain, as {@link Live} keeps it. */
  readonly id: string;
  readonly service: ServiceIdentity;
  readonly attributes: MetricAttributes;
  readonly series: Map<string, Series>;
  facts: Facts;
}

export interface Row extends SeriesOwner {
  placeholder: boolean;
  state: RowState;
  /** When the row was heard of last, as the store has it. */
  storedAt: number;
}

export interface Chain extends SeriesOwner {
  announcedAt: number;
  /** `announcedAt` as the store has it. */
  storedAt: number;
  /** The configured chain whose targets were declared for it. */
  template: ChainPolicy | undefined;
  /** The newest announcement, at `announcedAt`, where its rows are there; its rows heard of it at `at` or later. */
  lastAnnouncement: Announcement | undefined;
}

/** The list of targets that a chain announced last. */
export interface Announcement {
  readonly targets: TargetList;
  /** When the ledger last updated the rows of the list, epoch ms. */
  readonly at: number;
}

/** Milliseconds within which a repeated list updates no rows: every span of a primary repeats it. */
const REPEAT_INTERVAL = 1000;

/** Whether the chain's last announcement has the same list and has just updated its rows. `at`: receipt, epoch ms. */
export function isRepeated(last: Announcement | undefined, targets: TargetList, at: number): boolean {
  return last !== undefined && last.targets === targets && Math.abs(at - last.at) < REPEAT_INTERVAL;
}

/** Whether the announcement lists this target. */
export function announces(last: Announcement | undefined, target: string, routeType: RouteType): boolean {
  return last?.targets.some(({ name, type }) => name === target && type === routeType) ?? false;
}

/** When a row was last announced or seen. */
export function lastMentionedAt({ announcedAt, seenAt }: RowState): number {
  return Math.max(announcedAt, seenAt);
}

export function createRow(key: RowKey, id: string, state: RowState, placeholder: boolean): Row {
  return {
    key,
    id,
    service: serviceOf(key),
    attributes: rowAttributes(key),
    series: new Map(),
    facts: NO_FACTS,
    state,
    placeholder,
    storedAt: lastMentionedAt(state),
  };
}

export function createChain(key: RowKey, id: string, announcedAt: number): Chain {
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
    lastAnnouncement: undefined,
  };
}

/** A series of the owner that it did not have. */
export function openSeries(owner: SeriesOwner, kind: SeriesKind): Series {
  const series: Series = { kind, value: 0, sum: 0, counts: undefined, startTime: 0 };
  owner.series.set(kind.id, series);
  return series;
}
