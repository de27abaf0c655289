/**
 * The open transaction: batches, retirements and configuration are merged into pending rows and chains, without touching the live ones.
 * `changes.ts` says what the store must write, and makes the same change to the live state once that is durable.
 */
import { ATTR_ERROR_TYPE, ATTR_LLM_FALLBACK_EXERCISE_KIND, METRIC_LLM_FALLBACK_CALLS } from '@warmspare/semconv';
import type { Facts } from '../types/facts.ts';
import type { RowKey, RowState } from '../types/store.ts';
import type { UnassignedCalls } from './batch-calls.ts';
import { EXHAUSTED, UNPROTECTED } from './batch-chain.ts';
import { OVERFLOW_KEY, rowId } from './identity.ts';
import type { Live, Watermark } from './live.ts';
import { noOverflow, type Overflow } from './live.ts';
import { mergeRowState } from './merge.ts';
import type { Announcement } from './row.ts';
import { type Chain, createChain, createRow, openSeries, type Row, type Series, type SeriesOwner } from './row.ts';
import {
  callsKind,
  ERROR_TYPES_PER_ROW,
  emptyShare,
  HELD_CALLS,
  type SeriesShare,
  withoutErrorType,
} from './series.ts';
import { kindOf, type SeriesKind } from './series-kind.ts';

interface PendingOwner<L extends SeriesOwner> {
  /** The committed one; for a new one, what will be committed. */
  readonly live: L;
  readonly isNew: boolean;
  /** Few: what one commit touches of one owner. */
  readonly series: SeriesShare[];
  facts: Facts;
  errorTypes: Set<string> | undefined;
  /** Series that found no room. */
  leftOut: number;
  removed: boolean;
}

export interface PendingRow extends PendingOwner<Row> {
  state: RowState;
  placeholder: boolean;
}

export interface PendingChain extends PendingOwner<Chain> {
  announcedAt: number;
  template: Chain['template'];
  lastAnnouncement: Announcement | undefined;
}

export interface Transaction {
  readonly live: Live;
  readonly rows: Map<string, PendingRow>;
  readonly chains: Map<string, PendingChain>;
  readonly watermarks: Map<string, Watermark>;
  readonly removals: Map<string, RowKey>;
  /** How many are new, for the caps. */
  readonly opened: { chains: number; services: number };
  readonly tombstones: Map<string, { readonly key: RowKey; readonly at: number }>;
  /** As they will be listed; undefined: no longer. */
  readonly unassigned: Map<string, UnassignedCalls | undefined>;
  /** But for the series, which each owner counts. */
  readonly overflow: Overflow;
}

/** Series a row may have; what would open another adds nothing, and is counted. */
const SERIES_PER_ROW = 256;

export function openTransaction(live: Live): Transaction {
  return {
    live,
    rows: new Map(),
    chains: new Map(),
    watermarks: new Map(),
    removals: new Map(),
    opened: { chains: 0, services: 0 },
    tombstones: new Map(),
    unassigned: new Map(),
    overflow: noOverflow(),
  };
}

/** The row as this commit has it so far; undefined where there is none. */
export function pendingRow(transaction: Transaction, id: string): PendingRow | undefined {
  const touched = transaction.rows.get(id);
  if (touched) return touched.removed ? undefined : touched;
  const live = transaction.live.rows.get(id);
  if (!live) return undefined;
  const { state, placeholder } = live;
  const row: PendingRow = {
    ...untouched(live, false),
    state,
    placeholder,
  };
  transaction.rows.set(id, row);
  return row;
}

/** Merges into the row, or declares it; calls that can end well or badly begin at zero with it. */
export function putRow(
  transaction: Transaction,
  key: RowKey,
  id: string,
  state: RowState,
  placeholder = false,
): PendingRow {
  const known = pendingRow(transaction, id);
  if (known) {
    known.state = mergeRowState(known.state, state);
    if (known.placeholder && !placeholder) {
      known.placeholder = false;
      beginCalls(known);
    }
    return known;
  }
  const live = createRow(key, id, state, placeholder);
  const row: PendingRow = {
    ...untouched(live, true),
    state,
    placeholder,
  };
  transaction.rows.set(id, row);
  if (!placeholder && key !== OVERFLOW_KEY) beginCalls(row);
  return row;
}

/** With its series. */
export function removeRow(transaction: Transaction, id: string): void {
  const row = pendingRow(transaction, id);
  if (!row) return;
  row.removed = true;
  transaction.removals.set(id, row.live.key);
}

export function removeChain(transaction: Transaction, id: string): void {
  const chain = pendingChain(transaction, id);
  if (!chain) return;
  chain.removed = true;
  transaction.removals.set(rowId(chain.live.key), chain.live.key);
}

export function pendingChain(transaction: Transaction, id: string): PendingChain | undefined {
  const touched = transaction.chains.get(id);
  if (touched) return touched.removed ? undefined : touched;
  const live = transaction.live.chains.get(id);
  if (!live) return undefined;
  const { announcedAt, template, lastAnnouncement } = live;
  const chain: PendingChain = { ...untouched(live, false), announcedAt, template, lastAnnouncement };
  transaction.chains.set(id, chain);
  return chain;
}

/** The chain, new where there was none: its runs that end badly begin at zero. */
export function putChain(transaction: Transaction, key: RowKey, id: string, receivedAt: number): PendingChain {
  const known = pendingChain(transaction, id);
  if (known) return known;
  const live = createChain(key, id, 0);
  const chain: PendingChain = {
    ...untouched(live, true),
    announcedAt: 0,
    template: undefined,
    lastAnnouncement: undefined,
  };
  transaction.chains.set(id, chain);
  transaction.opened.chains++;
  touchSeries(chain, EXHAUSTED, receivedAt);
  touchSeries(chain, UNPROTECTED, receivedAt);
  return chain;
}

/** A chain that this commit has opened is none after all. */
export function dropNewChain(transaction: Transaction, id: string): void {
  if (transaction.chains.delete(id)) transaction.opened.chains--;
}

/** Adds a batch's share of a series; `startTime` is when the series, if new, began at zero. */
export function addSeries(owner: PendingRow | PendingChain, delta: SeriesShare, startTime: number): void {
  const bounded = boundErrorType(owner, delta);
  const touched = touchedSeries(owner, bounded.kind);
  if (touched) add(touched, bounded);
  else if (!takeOver(owner, bounded, startTime)) owner.leftOut++;
}

/** Calls that an earlier process held, and can no longer be told from tries of another one, are counted. */
export function countHeld(transaction: Transaction): void {
  for (const [id, { series, key }] of transaction.live.rows) {
    for (const { kind, value } of series.values()) {
      const { metric, extra } = kind;
      const row = metric === HELD_CALLS && value > 0 ? pendingRow(transaction, id) : undefined;
      if (!row) continue;
      const exercise = key.routeType === 'primary' ? {} : { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'organic' };
      addCount(row, kindOf(METRIC_LLM_FALLBACK_CALLS, { ...extra, ...exercise }), value);
      addCount(row, kind, -value);
    }
  }
}

function addCount(row: PendingRow, kind: SeriesKind, by: number): void {
  const series = touchSeries(row, kind, row.state.declaredAt);
  if (series) series.value += by;
}

/** When the row was retired last, epoch ms, whether or not it has come back. */
export function tombstoneAt(transaction: Transaction, id: string): number | undefined {
  return transaction.tombstones.get(id)?.at ?? transaction.live.tombstones.get(id);
}

/** What {@link addSeries} wrote, into the live owner. */
export function applySeries(owner: PendingRow | PendingChain): void {
  for (const series of owner.series) {
    const live = series.live ?? openSeries(owner.live, series.kind);
    live.value = series.value;
    live.sum = series.sum;
    live.counts = series.counts;
    live.startTime = series.startTime;
  }
}

function untouched<L extends SeriesOwner>(live: L, isNew: boolean): PendingOwner<L> {
  return { live, isNew, series: [], facts: live.facts, errorTypes: undefined, leftOut: 0, removed: false };
}

function beginCalls(row: PendingRow): void {
  const kind = row.live.key.routeType === 'primary' ? undefined : 'organic';
  for (const outcome of ['success', 'error'] as const) touchSeries(row, callsKind(outcome, kind), row.state.declaredAt);
}

function touchSeries(owner: PendingRow | PendingChain, kind: SeriesKind, startTime: number): SeriesShare | undefined {
  return touchedSeries(owner, kind) ?? takeOver(owner, emptyShare(kind), startTime);
}

function touchedSeries({ series }: PendingRow | PendingChain, kind: SeriesKind): SeriesShare | undefined {
  for (const touched of series) if (touched.kind === kind || touched.kind.id === kind.id) return touched;
  return undefined;
}

/** What is committed of the series is added to what the batch adds. Undefined where the owner has no room for another. */
function takeOver(owner: PendingRow | PendingChain, delta: SeriesShare, startTime: number): SeriesShare | undefined {
  const live = owner.live.series.get(delta.kind.id);
  if (!live && owner.series.length + owner.live.series.size >= SERIES_PER_ROW) return undefined;
  if (live) add(delta, live);
  delta.live = live;
  delta.startTime = live?.startTime ?? startTime;
  owner.series.push(delta);
  return delta;
}

function add(to: SeriesShare, { value, sum, counts }: Pick<Series, 'value' | 'sum' | 'counts'>): void {
  to.value += value;
  to.sum += sum;
  if (!counts || !to.counts) return;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    to.counts[bucket] = (to.counts[bucket] ?? 0) + (counts[bucket] ?? 0);
  }
}

function boundErrorType(owner: PendingRow | PendingChain, delta: SeriesShare): SeriesShare {
  const errorType = delta.kind.extra[ATTR_ERROR_TYPE];
  if (errorType === undefined) return delta;
  if (!owner.errorTypes) {
    owner.errorTypes = new Set();
    for (const { kind } of owner.live.series.values()) {
      const known = kind.extra[ATTR_ERROR_TYPE];
      if (known !== undefined) owner.errorTypes.add(known);
    }
  }
  if (owner.errorTypes.has(errorType)) return delta;
  if (owner.errorTypes.size >= ERROR_TYPES_PER_ROW) return withoutErrorType(delta);
  owner.errorTypes.add(errorType);
  return delta;
}
