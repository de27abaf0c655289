/**
 * Takes over what a shared store has now: other processes' commits, and its own merged into theirs. What this process alone knows stays: when it
 * last heard of a row, and the calls that wait in it.
 */
import { readFacts } from '../analysis/facts.ts';
import type { ChainRecord, ChangedPart, RowRecord } from '../types/store.ts';
import { chainId, rowId, serviceAttributes, serviceId, serviceOf, unassignedId } from './identity.ts';
import { dropChain, dropRow, type Live } from './live.ts';
import { loadPart } from './load.ts';
import { mergeRowState } from './merge.ts';
import { isHeld } from './merge-records.ts';
import { lastMentionedAt, openSeries, type SeriesOwner } from './row.ts';
import { storedKind } from './series-kind.ts';

/** Returns whether rows came or went. Not to be called between `prepare` and `apply`. */
export function adopt(live: Live, { isWhole, put, remove }: ChangedPart): boolean {
  if (isWhole) clear(live);
  let moved = isWhole || remove.rows.length > 0;
  for (const key of remove.rows) dropRow(live, rowId(key));
  for (const key of remove.chains) dropChain(live, chainId(key));
  for (const { provider, requestModel, ...key } of remove.unassigned) {
    live.unassigned.delete(unassignedId({ service: serviceOf(key), provider, requestModel }));
  }
  const newRows = put.rows.filter((record) => !adoptRow(live, record));
  const newChains = put.chains.filter((record) => !adoptChain(live, record));
  for (const { at, ...key } of put.watermarks) {
    const service = serviceOf(key);
    const known = live.watermarks.get(serviceId(service));
    if (known) known.at = Math.max(known.at, at);
    else live.watermarks.set(serviceId(service), { service, attributes: serviceAttributes(service), at });
  }
  const rows = newRows.map((row) => ({ ...row, series: row.series.filter((each) => !isHeld(each)) }));
  loadPart(live, { ...put, rows, chains: newChains, watermarks: [] });
  moved ||= newRows.length > 0;
  return moved;
}

function adoptRow(live: Live, record: RowRecord): boolean {
  const row = live.rows.get(rowId(record.key));
  // A placeholder that became a row counts anew.
  if (!row || row.placeholder !== record.placeholder) return false;
  row.state = mergeRowState(row.state, record.state);
  row.storedAt = lastMentionedAt(record.state);
  adoptOwner(row, record);
  return true;
}

function adoptChain(live: Live, record: ChainRecord): boolean {
  const chain = live.chains.get(chainId(record.key));
  if (!chain) return false;
  if (record.announcedAt > chain.announcedAt) chain.lastAnnouncement = undefined;
  chain.announcedAt = Math.max(chain.announcedAt, record.announcedAt);
  chain.storedAt = record.announcedAt;
  adoptOwner(chain, record);
  return true;
}

function adoptOwner(owner: SeriesOwner, { series, facts }: RowRecord | ChainRecord): void {
  owner.facts = readFacts(facts);
  for (const each of series) {
    if (isHeld(each)) continue;
    const kind = storedKind(each.kind.metric, each.kind.attributes);
    if (kind.bounds && each.counts?.length !== kind.bounds.length + 1) continue;
    const known = owner.series.get(kind.id) ?? openSeries(owner, kind);
    known.value = each.value;
    known.sum = each.sum;
    known.counts = kind.bounds && each.counts;
    known.startTime = each.startTime;
  }
}

/** The store has gone back to an earlier state, or is another one: the calls that wait are of this process, and wait on where their row is. */
function clear(live: Live): void {
  for (const id of [...live.rows.keys()]) dropRow(live, id);
  for (const id of [...live.chains.keys()]) dropChain(live, id);
  live.watermarks.clear();
  live.tombstones.clear();
  live.unassigned.clear();
}
