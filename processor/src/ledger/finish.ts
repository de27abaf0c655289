/** The two ends of a commit in the making: the records that the store writes, and the same change applied to the live state. */
import { EXERCISE_KINDS } from '@warmspare/semconv';
import type { ChainKey, ChainRecord, Changes, Records, RowKey, RowRecord, SeriesRecord } from '../types/store.ts';
import { addedBy } from './added.ts';
import { addChain, addRow, dropChain, dropRow } from './live.ts';
import { addOverflow } from './overflow.ts';
import { heardAt } from './owners.ts';
import { applyUnassigned, unassignedChanges } from './unassigned.ts';
import { applySeries, type Work, type WorkChain, type WorkRow } from './work.ts';

/** All but the duplicate window, which is not the ledger's. */
export type LedgerChanges = Omit<Changes, 'window' | 'windowAt'>;

export function changesOf(work: Work): LedgerChanges {
  const rows: RowRecord[] = [];
  const chains: ChainRecord[] = [];
  for (const row of work.rows.values()) if (!row.removed && isRowChanged(row)) rows.push(rowRecord(row));
  for (const chain of work.chains.values()) {
    if (!chain.removed && isChainChanged(chain)) chains.push(chainRecord(chain));
  }
  const { unassigned, removeUnassigned } = unassignedChanges(work);
  const put: Records = {
    rows,
    chains,
    watermarks: [...work.watermarks.values()].map(({ service: { namespace, name, environment }, at }) => ({
      namespace,
      service: name,
      environment,
      at,
    })),
    tombstones: [...work.tombstones.values()].map(({ key, at }) => ({ ...key, at })),
    unassigned,
  };
  return { remove: { ...removalsOf(work), unassigned: removeUnassigned }, put, added: () => addedBy(work, put) };
}

/** Returns whether rows came or went. */
export function applyWork(work: Work): boolean {
  const { live } = work;
  let moved = work.removals.size > 0;
  for (const [id, key] of work.removals) {
    if (isChain(key)) dropChain(live, id.slice(0, -2));
    else dropRow(live, id);
  }
  for (const row of work.rows.values()) {
    if (row.removed) continue;
    if (isRowChanged(row)) row.live.storedAt = heardAt(row.state);
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
  for (const [id, { at }] of work.tombstones) live.tombstones.set(id, at);
  applyUnassigned(work);
  addOverflow(live.overflow, work.overflow);
  return moved;
}

/**
 * That a row was heard of again is written at intervals: it matters against days, and comes with every batch. All else that
 * changes is written at once.
 */
const HEARD_INTERVAL = 60_000;

function isRowChanged(row: WorkRow): boolean {
  const { live, state } = row;
  if (isOwnerChanged(row) || row.placeholder !== live.placeholder) return true;
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

function isChainChanged(chain: WorkChain): boolean {
  return isOwnerChanged(chain) || Math.abs(chain.announcedAt - chain.live.storedAt) >= HEARD_INTERVAL;
}

function isOwnerChanged({ isNew, series, facts, live }: WorkRow | WorkChain): boolean {
  return isNew || series.length > 0 || facts !== live.facts;
}

function rowRecord(row: WorkRow): RowRecord {
  const { live, placeholder, state, facts } = row;
  return { key: live.key, placeholder, state, series: seriesOf(row), facts };
}

function chainRecord(chain: WorkChain): ChainRecord {
  const { live, announcedAt, facts } = chain;
  return { key: chainKey(live.key), announcedAt, series: seriesOf(chain), facts };
}

/** All series of the owner: those that the commit touched as they will be, the others as they are. */
function seriesOf({ live, series }: WorkRow | WorkChain): readonly SeriesRecord[] {
  const all: SeriesRecord[] = [...series];
  for (const each of live.series.values()) if (!series.some((touched) => touched.live === each)) all.push(each);
  return all;
}

function removalsOf({ removals }: Work): { readonly rows: RowKey[]; readonly chains: ChainKey[] } {
  const rows: RowKey[] = [];
  const chains: ChainKey[] = [];
  for (const key of removals.values()) {
    if (isChain(key)) chains.push(chainKey(key));
    else rows.push(key);
  }
  return { rows, chains };
}

/** The key of the overflow row has no route type either, but no chain. */
const isChain = ({ routeType, chain }: RowKey): boolean => routeType === '' && chain !== '';

function chainKey({ namespace, service, environment, chain }: ChainKey): ChainKey {
  return { namespace, service, environment, chain };
}
