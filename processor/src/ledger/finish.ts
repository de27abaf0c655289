/** The two ends of a commit in the making: the records that the store writes, and the same change applied to the live state. */
import { EXERCISE_KINDS } from '@warmspare/semconv';
import { changedFacts, NO_FACTS } from '../analysis/facts.ts';
import type { ChainRecord, Changes, OwnerRecord, RowStanding, Tombstone, WatermarkRecord } from '../types/store.ts';
import { addChain, addRow, dropChain, dropRow } from './live.ts';
import { addOverflow } from './overflow.ts';
import { heardAt, keepFolded } from './owners.ts';
import { applyUnassigned, unassignedChanges } from './unassigned.ts';
import { applySeries, type Work, type WorkChain, type WorkRow } from './work.ts';

/** All but the duplicate window, which is not the ledger's. */
export type LedgerChanges = Omit<Changes, 'window' | 'windowAt'>;

export function changesOf(work: Work): LedgerChanges {
  const owners: OwnerRecord[] = [];
  const chains: ChainRecord[] = [];
  for (const row of work.rows.values())
    if (!row.removed) pushOwner(owners, row, isChanged(row) ? standingOf(row) : undefined);
  for (const chain of work.chains.values()) {
    if (chain.removed) continue;
    const { namespace, service, environment, chain: name } = chain.live.key;
    const { announcedAt } = chain;
    if (isChainChanged(chain)) {
      chains.push({ namespace, service, environment, chain: name, announcedAt });
    }
    pushOwner(owners, chain, undefined);
  }
  const watermarks: WatermarkRecord[] = [];
  for (const { service, at } of work.watermarks.values()) {
    watermarks.push({ namespace: service.namespace, service: service.name, environment: service.environment, at });
  }
  const tombstones = [...work.tombstones.values()].map(({ key, at }): Tombstone => ({ ...key, at }));
  const { unassigned, removeUnassigned } = unassignedChanges(work);
  return {
    removeRows: [...work.removals.values()],
    removeTombstones: [],
    removeUnassigned,
    owners,
    chains,
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
    keepFolded(row.live);
    row.live.state = row.state;
    row.live.placeholder = row.placeholder;
    row.live.facts = row.facts;
    work.overflow.row_series += row.leftOut;
    applySeries(row);
    if (row.isNew) addRow(live, row.live);
    live.unfolded.add(row.live);
  }
  for (const chain of work.chains.values()) {
    if (chain.removed) continue;
    if (isChainChanged(chain)) chain.live.storedAt = chain.announcedAt;
    keepFolded(chain.live);
    chain.live.announcedAt = chain.announcedAt;
    chain.live.template = chain.template;
    // A row that left may be of the chain: its next announcement is taken to the rows.
    chain.live.heard = work.removals.size === 0 ? chain.heard : undefined;
    chain.live.facts = chain.facts;
    work.overflow.row_series += chain.leftOut;
    applySeries(chain);
    if (chain.isNew) addChain(live, chain.live);
    live.unfolded.add(chain.live);
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

const standingOf = ({ placeholder, state }: WorkRow): RowStanding => ({ placeholder, state });

/** `row`: where it is to be written itself. */
function pushOwner(into: OwnerRecord[], owner: WorkRow | WorkChain, row: RowStanding | undefined): void {
  const { series, live } = owner;
  const facts = changedFacts(owner.isNew ? NO_FACTS : live.facts, owner.facts);
  if (row || series.length > 0 || facts.length > 0) into.push({ key: live.key, row, series, facts });
}
