/**
 * One commit in the making: deltas, retirements and configuration folded over the live state without touching it. `finish`
 * says what the store must write and what to do to the live state once that is durable.
 */
import { ATTR_ERROR_TYPE, ATTR_LLM_FALLBACK_EXERCISE_KIND, METRIC_LLM_FALLBACK_CALLS } from '@warmspare/semconv';
import type { Facts } from '../types/facts.ts';
import type { RowKey, RowState } from '../types/store.ts';
import type { Heard } from './heard.ts';
import { OVERFLOW_KEY, rowId } from './identity.ts';
import type { Live, LiveWatermark } from './live.ts';
import { mergeRowState } from './merge.ts';
import { noOverflow, type Overflow } from './overflow.ts';
import {
  createChain,
  createRow,
  type LiveChain,
  type LiveOwner,
  type LiveRow,
  type LiveSeries,
  openSeries,
} from './owners.ts';
import {
  callsKind,
  ERROR_TYPES_PER_ROW,
  emptyDelta,
  HELD_CALLS,
  type SeriesDelta,
  withoutErrorType,
} from './series.ts';
import { kindOf, type SeriesKind } from './series-kind.ts';
import { EXHAUSTED, UNPROTECTED } from './stage.ts';
import type { UnassignedDelta } from './staged-calls.ts';

interface WorkOwner<L extends LiveOwner> {
  /** The committed one; for a new one, what will be committed. */
  readonly live: L;
  readonly isNew: boolean;
  /** Few: what one commit touches of one owner. */
  readonly series: SeriesDelta[];
  facts: Facts;
  errorTypes: Set<string> | undefined;
  /** Series that found no room. */
  leftOut: number;
  removed: boolean;
}

export interface WorkRow extends WorkOwner<LiveRow> {
  state: RowState;
  placeholder: boolean;
}

export interface WorkChain extends WorkOwner<LiveChain> {
  announcedAt: number;
  template: LiveChain['template'];
  heard: Heard | undefined;
}

export interface Work {
  readonly live: Live;
  readonly rows: Map<string, WorkRow>;
  readonly chains: Map<string, WorkChain>;
  readonly watermarks: Map<string, LiveWatermark>;
  readonly removals: Map<string, RowKey>;
  /** How many are new, for the caps. */
  readonly opened: { chains: number; services: number };
  readonly tombstones: Map<string, { readonly key: RowKey; readonly at: number }>;
  /** As they will be listed; undefined: no longer. */
  readonly unassigned: Map<string, UnassignedDelta | undefined>;
  /** But for the series, which each owner counts. */
  readonly overflow: Overflow;
}

/** Series a row may have; what would open another adds nothing, and is counted. */
const SERIES_PER_ROW = 256;

export function createWork(live: Live): Work {
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
export function workRow(work: Work, id: string): WorkRow | undefined {
  const touched = work.rows.get(id);
  if (touched) return touched.removed ? undefined : touched;
  const live = work.live.rows.get(id);
  if (!live) return undefined;
  const { state, placeholder } = live;
  const row: WorkRow = {
    ...untouched(live, false),
    state,
    placeholder,
  };
  work.rows.set(id, row);
  return row;
}

/** Merges into the row, or declares it; calls that can end well or badly begin at zero with it. */
export function putRow(work: Work, key: RowKey, id: string, state: RowState, placeholder = false): WorkRow {
  const known = workRow(work, id);
  if (known) {
    known.state = mergeRowState(known.state, state);
    if (known.placeholder && !placeholder) {
      known.placeholder = false;
      beginCalls(known);
    }
    return known;
  }
  const live = createRow(key, id, state, placeholder);
  const row: WorkRow = {
    ...untouched(live, true),
    state,
    placeholder,
  };
  work.rows.set(id, row);
  if (!placeholder && key !== OVERFLOW_KEY) beginCalls(row);
  return row;
}

/** With its series. */
export function removeRow(work: Work, id: string): void {
  const row = workRow(work, id);
  if (!row) return;
  row.removed = true;
  work.removals.set(id, row.live.key);
}

export function removeChain(work: Work, id: string): void {
  const chain = workChain(work, id);
  if (!chain) return;
  chain.removed = true;
  work.removals.set(rowId(chain.live.key), chain.live.key);
}

export function workChain(work: Work, id: string): WorkChain | undefined {
  const touched = work.chains.get(id);
  if (touched) return touched.removed ? undefined : touched;
  const live = work.live.chains.get(id);
  if (!live) return undefined;
  const { announcedAt, template, heard } = live;
  const chain: WorkChain = { ...untouched(live, false), announcedAt, template, heard };
  work.chains.set(id, chain);
  return chain;
}

/** The chain, new where there was none: its runs that end badly begin at zero. */
export function putChain(work: Work, key: RowKey, id: string, receivedAt: number): WorkChain {
  const known = workChain(work, id);
  if (known) return known;
  const live = createChain(key, id, 0);
  const chain: WorkChain = { ...untouched(live, true), announcedAt: 0, template: undefined, heard: undefined };
  work.chains.set(id, chain);
  work.opened.chains++;
  touchSeries(chain, EXHAUSTED, receivedAt);
  touchSeries(chain, UNPROTECTED, receivedAt);
  return chain;
}

/** A chain that this commit has opened is none after all. */
export function dropNewChain(work: Work, id: string): void {
  if (work.chains.delete(id)) work.opened.chains--;
}

/** Adds a batch's share of a series; `startTime` is when the series, if new, began at zero. */
export function addSeries(owner: WorkRow | WorkChain, delta: SeriesDelta, startTime: number): void {
  const bounded = boundErrorType(owner, delta);
  const touched = touchedSeries(owner, bounded.kind);
  if (touched) add(touched, bounded);
  else if (!takeOver(owner, bounded, startTime)) owner.leftOut++;
}

/** Calls that an earlier process held, and can no longer be told from tries of another one, are counted. */
export function countHeld(work: Work): void {
  for (const [id, { series, key }] of work.live.rows) {
    for (const { kind, value } of series.values()) {
      const { metric, extra } = kind;
      const row = metric === HELD_CALLS && value > 0 ? workRow(work, id) : undefined;
      if (!row) continue;
      const exercise = key.routeType === 'primary' ? {} : { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'organic' };
      addCount(row, kindOf(METRIC_LLM_FALLBACK_CALLS, { ...extra, ...exercise }), value);
      addCount(row, kind, -value);
    }
  }
}

function addCount(row: WorkRow, kind: SeriesKind, by: number): void {
  const series = touchSeries(row, kind, row.state.declaredAt);
  if (series) series.value += by;
}

/** When the row was retired last, epoch ms, whether or not it has come back. */
export function tombstoneAt(work: Work, id: string): number | undefined {
  return work.tombstones.get(id)?.at ?? work.live.tombstones.get(id);
}

/** What {@link addSeries} wrote, into the live owner. */
export function applySeries(owner: WorkRow | WorkChain): void {
  for (const series of owner.series) {
    const live = series.live ?? openSeries(owner.live, series.kind);
    live.value = series.value;
    live.sum = series.sum;
    live.counts = series.counts;
    live.startTime = series.startTime;
  }
}

function untouched<L extends LiveOwner>(live: L, isNew: boolean): WorkOwner<L> {
  return { live, isNew, series: [], facts: live.facts, errorTypes: undefined, leftOut: 0, removed: false };
}

function beginCalls(row: WorkRow): void {
  const kind = row.live.key.routeType === 'primary' ? undefined : 'organic';
  for (const outcome of ['success', 'error'] as const) touchSeries(row, callsKind(outcome, kind), row.state.declaredAt);
}

function touchSeries(owner: WorkRow | WorkChain, kind: SeriesKind, startTime: number): SeriesDelta | undefined {
  return touchedSeries(owner, kind) ?? takeOver(owner, emptyDelta(kind), startTime);
}

function touchedSeries({ series }: WorkRow | WorkChain, kind: SeriesKind): SeriesDelta | undefined {
  for (const touched of series) if (touched.kind === kind || touched.kind.id === kind.id) return touched;
  return undefined;
}

/** What is committed of the series is added to what the batch adds. Undefined where the owner has no room for another. */
function takeOver(owner: WorkRow | WorkChain, delta: SeriesDelta, startTime: number): SeriesDelta | undefined {
  const live = owner.live.series.get(delta.kind.id);
  if (!live && owner.series.length + owner.live.series.size >= SERIES_PER_ROW) return undefined;
  if (live) add(delta, live);
  delta.live = live;
  delta.startTime = live?.startTime ?? startTime;
  owner.series.push(delta);
  return delta;
}

function add(to: SeriesDelta, { value, sum, counts }: Pick<LiveSeries, 'value' | 'sum' | 'counts'>): void {
  to.value += value;
  to.sum += sum;
  if (!counts || !to.counts) return;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    to.counts[bucket] = (to.counts[bucket] ?? 0) + (counts[bucket] ?? 0);
  }
}

function boundErrorType(owner: WorkRow | WorkChain, delta: SeriesDelta): SeriesDelta {
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
