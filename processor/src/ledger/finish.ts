/** The two ends of a commit in the making: the records that the store writes, and the same change applied to the live state. */
import { EXERCISE_KINDS } from '@warmspare/semconv';
import { changedFacts, NO_FACTS } from '../analysis/facts.ts';
import type {
  ChainRecord,
  Changes,
  FactRecord,
  RowKey,
  RowRecord,
  SeriesRecord,
  Tombstone,
  WatermarkRecord,
} from '../types/store.ts';
import { addChain, addRow, dropChain, dropRow } from './live.ts';
import { addOverflow } from './overflow.ts';
import { heardAt } from './owners.ts';
import { attributesIn } from './series-kind.ts';
import { applyUnassigned, unassignedChanges } from './unassigned.ts';
import { applySeries, type Work, type WorkChain, type WorkRow } from './work.ts';

/** All but the duplicate window, which is not the ledger's. */
export type LedgerChanges = Omit<Changes, 'window' | 'windowAt'>;

export function changesOf(work: Work): LedgerChanges {
  const rows: RowRecord[] = [];
  const chains: ChainRecord[] = [];
  const series: SeriesRecord[] = [];
  const facts: FactRecord[] = [];
  for (const row of work.rows.values()) {
    if (row.removed) continue;
    const { key } = row.live;
    if (isChanged(row)) rows.push({ ...key, placeholder: row.placeholder, state: row.state });
    pushSeries(series, key, row);
    pushFacts(facts, key, row);
  }
  for (const chain of work.chains.values()) {
    if (chain.removed) continue;
    const { namespace, service, environment, chain: name } = chain.live.key;
    const { announcedAt } = chain;
    if (isChainChanged(chain)) {
      chains.push({ namespace, service, environment, chain: name, announcedAt });
    }
    pushSeries(series, chain.live.key, chain);
    pushFacts(facts, chain.live.key, chain);
  }
  const watermarks: WatermarkRecord[] = [];
  for (const { service, at } of work.watermarks.values()) {
    watermarks.push({ namespace: service.namespace, service: service.name, environment: service.environment, at });
  }
  const tombstones: Tombstone[] = [];
  const removeTombstones: RowKey[] = [];
  for (const { key, at } of work.tombstones.values()) {
    if (at === undefined) removeTombstones.push(key);
    else tombstones.push({ ...key, at });
  }
  const { unassigned, removeUnassigned } = unassignedChanges(work);
  return {
    removeRows: [...work.removals.values()],
    removeTombstones,
    removeUnassigned,
    rows,
    chains,
    series,
    facts,
    watermarks,
    tombstones,
    unassigned,
  };
}

/** Returns whether rows came or went. */
export function applyWork(work: Work): boolean {
  const { live } = work;
  let moved = work.removals.size > 0;
  for (const [id, key] of work.removals) {
    if (key.routeType === '' && key.chain !== '') dropChain(live, id.slice(0, -2));
    else dropRow(live, id);
  }
  for (const row of work.rows.values()) {
    if (row.removed) continue;
    if (isChanged(row)) row.live.storedAt = heardAt(row.state);
    moved ||= row.isNew || row.live.placeholder !== row.placeholder;
    row.live.state = row.state;
    row.live.placeholder = row.placeholder;
    row.live.facts = row.facts;
    work.overflow.row_series += row.leftOut;
    applySeries(row);
    if (row.isNew) addRow(live, row.live);
  }
  for (const chain of work.chains.values()) {
    if (chain.removed) continue;
    if (isChainChanged(chain)) chain.live.storedAt = chain.announcedAt;
    chain.live.announcedAt = chain.announcedAt;
    chain.live.template = chain.template;
    // A row that left may be of the chain: its next announcement is taken to the rows.
    chain.live.heard = work.removals.size === 0 ? chain.heard : undefined;
    chain.live.facts = chain.facts;
    work.overflow.row_series += chain.leftOut;
    applySeries(chain);
    if (chain.isNew) addChain(live, chain.live);
  }
  for (const [id, watermark] of work.watermarks) live.watermarks.set(id, watermark);
  for (const [id, { at }] of work.tombstones) {
    if (at === undefined) live.tombstones.delete(id);
    else live.tombstones.set(id, at);
  }
  applyUnassigned(work);
  addOverflow(live.overflow, work.overflow);
  return moved;
}

/**
 * That a row was heard of again is written at intervals: it matters against days, and comes with every batch. All else that
 * changes is written at once.
 */
const HEARD_INTERVAL = 60_000;

function isChanged({ isNew, live, state, placeholder }: WorkRow): boolean {
  if (isNew || placeholder !== live.placeholder) return true;
  if (state === live.state) return false;
  return (
    state.rank !== live.state.rank ||
    state.declaredAt !== live.state.declaredAt ||
    Math.abs(heardAt(state) - live.storedAt) >= HEARD_INTERVAL ||
    EXERCISE_KINDS.some(
      (kind) =>
        state.evidence[kind]?.success !== live.state.evidence[kind]?.success ||
        state.evidence[kind]?.failure !== live.state.evidence[kind]?.failure,
    )
  );
}

function isChainChanged({ isNew, live, announcedAt }: WorkChain): boolean {
  return isNew || Math.abs(announcedAt - live.storedAt) >= HEARD_INTERVAL;
}

function pushFacts(into: FactRecord[], key: RowKey, owner: WorkRow | WorkChain): void {
  const before = owner.isNew ? NO_FACTS : owner.live.facts;
  for (const { kind, value } of changedFacts(before, owner.facts)) into.push({ ...key, kind, value });
}

function pushSeries(into: SeriesRecord[], key: RowKey, owner: WorkRow | WorkChain): void {
  for (const { kind, value, sum, counts, startTime } of owner.series.values()) {
    const attributes = attributesIn(kind);
    into.push({ ...key, metric: kind.metric, attributes, value, sum, counts: counts ?? [], startTime });
  }
}
