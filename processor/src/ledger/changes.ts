/** The two ends of a commit in the making: the records that the store writes, and the same change applied to the live state. */
import { EXERCISE_KINDS } from '@warmspare/semconv';
import { subtractActivity } from '../analysis/activity.ts';
import type { Facts } from '../types/facts.ts';
import type {
  ChainKey,
  ChainRecord,
  Changes,
  Records,
  RowKey,
  RowRecord,
  SeriesRecord,
  UnassignedRecord,
} from '../types/store.ts';
import { chainId, rowId, serviceOf, unassignedId } from './identity.ts';
import { addChain, addOverflow, addRow, dropChain, dropRow } from './live.ts';
import { lastMentionedAt, type SeriesOwner } from './row.ts';
import type { SeriesShare } from './series.ts';
import { applySeries, type PendingChain, type PendingRow, type Transaction } from './transaction.ts';
import { applyUnassigned, unassignedChanges } from './unassigned.ts';

/** All but the duplicate window, which is not the ledger's. */
export type LedgerChanges = Omit<Changes, 'window' | 'windowAt'>;

export function changesOf(transaction: Transaction): LedgerChanges {
  const rows: RowRecord[] = [];
  const chains: ChainRecord[] = [];
  for (const row of transaction.rows.values()) if (!row.removed && isRowChanged(row)) rows.push(rowRecord(row));
  for (const chain of transaction.chains.values()) {
    if (!chain.removed && isChainChanged(chain)) chains.push(chainRecord(chain));
  }
  const { unassigned, removeUnassigned } = unassignedChanges(transaction);
  const put: Records = {
    rows,
    chains,
    watermarks: [...transaction.watermarks.values()].map(({ service: { namespace, name, environment }, at }) => ({
      namespace,
      service: name,
      environment,
      at,
    })),
    tombstones: [...transaction.tombstones.values()].map(({ key, at }) => ({ ...key, at })),
    unassigned,
  };
  return {
    remove: { ...removalsOf(transaction), unassigned: removeUnassigned },
    put,
    added: () => addedBy(transaction, put),
  };
}

/** Returns whether rows came or went. */
export function applyTransaction(transaction: Transaction): boolean {
  const { live } = transaction;
  let moved = transaction.removals.size > 0;
  for (const [id, key] of transaction.removals) {
    if (isChain(key)) dropChain(live, id.slice(0, -2));
    else dropRow(live, id);
  }
  for (const row of transaction.rows.values()) {
    if (row.removed) continue;
    if (isRowChanged(row)) row.live.storedAt = lastMentionedAt(row.state);
    moved ||= row.isNew || row.live.placeholder !== row.placeholder;
    row.live.state = row.state;
    row.live.placeholder = row.placeholder;
    row.live.facts = row.facts;
    transaction.overflow.row_series += row.leftOut;
    applySeries(row);
    if (row.isNew) addRow(live, row.live);
  }
  for (const chain of transaction.chains.values()) {
    if (chain.removed) continue;
    if (isChainChanged(chain)) chain.live.storedAt = chain.announcedAt;
    chain.live.announcedAt = chain.announcedAt;
    chain.live.template = chain.template;
    // A row that left may be of the chain: its next announcement is taken to the rows.
    chain.live.lastAnnouncement = transaction.removals.size === 0 ? chain.lastAnnouncement : undefined;
    chain.live.facts = chain.facts;
    transaction.overflow.row_series += chain.leftOut;
    applySeries(chain);
    if (chain.isNew) addChain(live, chain.live);
  }
  for (const [id, watermark] of transaction.watermarks) live.watermarks.set(id, watermark);
  for (const [id, { at }] of transaction.tombstones) live.tombstones.set(id, at);
  applyUnassigned(transaction);
  addOverflow(live.overflow, transaction.overflow);
  return moved;
}

/**
 * That a row was heard of again is written at intervals: it matters against days, and comes with every batch. All else that
 * changes is written at once.
 */
const MENTION_INTERVAL = 60_000;

function isRowChanged(row: PendingRow): boolean {
  const { live, state } = row;
  if (isOwnerChanged(row) || row.placeholder !== live.placeholder) return true;
  if (state === live.state) return false;
  return (
    state.rank !== live.state.rank ||
    state.declaredAt !== live.state.declaredAt ||
    Math.abs(lastMentionedAt(state) - live.storedAt) >= MENTION_INTERVAL ||
    EXERCISE_KINDS.some(
      (kind) =>
        state.evidence[kind]?.success !== live.state.evidence[kind]?.success ||
        state.evidence[kind]?.failure !== live.state.evidence[kind]?.failure,
    )
  );
}

function isChainChanged(chain: PendingChain): boolean {
  return isOwnerChanged(chain) || Math.abs(chain.announcedAt - chain.live.storedAt) >= MENTION_INTERVAL;
}

function isOwnerChanged({ isNew, series, facts, live }: PendingRow | PendingChain): boolean {
  return isNew || series.length > 0 || facts !== live.facts;
}

function rowRecord(row: PendingRow): RowRecord {
  const { live, placeholder, state, facts } = row;
  return { key: live.key, placeholder, state, series: seriesOf(row), facts };
}

function chainRecord(chain: PendingChain): ChainRecord {
  const { live, announcedAt, facts } = chain;
  return { key: chainKey(live.key), announcedAt, series: seriesOf(chain), facts };
}

/** All series of the owner: those that the commit touched as they will be, the others as they are. */
function seriesOf({ live, series }: PendingRow | PendingChain): readonly SeriesRecord[] {
  const all: SeriesRecord[] = [...series];
  for (const each of live.series.values()) if (!series.some((touched) => touched.live === each)) all.push(each);
  return all;
}

function removalsOf({ removals }: Transaction): { readonly rows: RowKey[]; readonly chains: ChainKey[] } {
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

/**
 * The share of one commit in the entities that it puts: counters as differences, everything else as it is, since that merges. `put`: as the
 * commit puts them. To be called before the commit is applied.
 */
function addedBy({ live, rows, chains }: Transaction, put: Records): Records {
  return {
    ...put,
    rows: put.rows.map((row) => {
      const touched = rows.get(rowId(row.key));
      return touched ? { ...row, ...shareOf(touched, row.facts) } : row;
    }),
    chains: put.chains.map((chain) => {
      const touched = chains.get(chainId(chain.key));
      return touched ? { ...chain, ...shareOf(touched, chain.facts) } : chain;
    }),
    unassigned: put.unassigned.map((record): UnassignedRecord => {
      const { provider, requestModel } = record;
      const id = unassignedId({ service: serviceOf(record), provider, requestModel });
      return { ...record, calls: record.calls - (live.unassigned.get(id)?.calls ?? 0) };
    }),
  };
}

interface Touched {
  readonly live: SeriesOwner;
  readonly series: readonly SeriesShare[];
}

function shareOf({ live, series }: Touched, facts: Facts): { series: SeriesRecord[]; facts: Facts } {
  const { activity: after, ...rest } = facts;
  const activity = after && subtractActivity(after, live.facts.activity);
  return { series: series.map(difference), facts: activity ? { ...rest, activity } : rest };
}

function difference({ kind, value, sum, counts, startTime, live }: SeriesShare): SeriesRecord {
  return {
    kind,
    value: value - (live?.value ?? 0),
    sum: sum - (live?.sum ?? 0),
    counts: counts?.map((count, bucket) => count - (live?.counts?.[bucket] ?? 0)),
    startTime,
  };
}
