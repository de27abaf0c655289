/** What the store kept in, the live state out, part by part. */
import { readFacts } from '../analysis/facts.ts';
import { isSameRow } from '../same-row.ts';
import type { Contents, RowKey, SeriesRecord, UnassignedRecord } from '../types/store.ts';
import { chainId, isOverflow, rowId, serviceAttributes, serviceId, serviceOf, unassignedId } from './identity.ts';
import { addChain, addRow, type Live } from './live.ts';
import { createChain, createRow, type LiveOwner, openSeries } from './owners.ts';
import { type SeriesKind, storedKind } from './series-kind.ts';

/** Adds a part of what the store kept. Series whose row is gone, or whose buckets are other ones now, are left out. */
export function loadPart(live: Live, part: Partial<Contents>): void {
  for (const { placeholder, state, ...key } of part.rows ?? []) {
    addRow(live, createRow(key, rowId(key), state, placeholder));
  }
  for (const { announcedAt, ...parts } of part.chains ?? []) {
    const key: RowKey = { ...parts, target: '', routeType: '' };
    addChain(live, createChain(key, chainId(key), announcedAt));
  }
  loadSeries(live, part.series ?? []);
  for (const [owner, facts] of Map.groupBy(part.facts ?? [], (fact) => ownerOf(live, fact))) {
    if (owner) owner.facts = readFacts(facts);
  }
  for (const call of part.unassigned ?? []) loadUnassigned(live, call);
  for (const { at, ...key } of part.watermarks ?? []) {
    const service = serviceOf(key);
    live.watermarks.set(serviceId(service), { service, attributes: serviceAttributes(service), at });
  }
  for (const { at, ...key } of part.tombstones ?? []) live.tombstones.set(rowId(key), at);
}

/** Those of one owner come one after the other. */
function loadSeries(live: Live, records: readonly SeriesRecord[]): void {
  let last: SeriesRecord | undefined;
  let owner: LiveOwner | undefined;
  // Most owners have the same kinds of series in the same order: to compare two texts costs less than to look one up.
  const kinds: { readonly metric: string; readonly attributes: string; readonly kind: SeriesKind }[] = [];
  let place = 0;
  for (const record of records) {
    const { metric, attributes } = record;
    if (last === undefined || !isSameRow(last, record)) {
      owner = ownerOf(live, record);
      place = 0;
    }
    last = record;
    let known = kinds[place];
    if (known?.metric !== metric || known.attributes !== attributes) {
      known = { metric, attributes, kind: storedKind(metric, attributes) };
      kinds[place] = known;
    }
    place++;
    const { kind } = known;
    if (!owner || (kind.bounds && record.counts.length !== kind.bounds.length + 1)) continue;
    const series = openSeries(owner, kind);
    series.value = record.value;
    series.sum = record.sum;
    series.counts = kind.bounds && record.counts;
    series.startTime = record.startTime;
  }
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
