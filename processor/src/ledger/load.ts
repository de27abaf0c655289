/** What the store kept in, the live state out, part by part. */
import { readFacts } from '../analysis/facts.ts';
import type { ChainRecord, Contents, RowKey, RowRecord, SeriesRecord, UnassignedRecord } from '../types/store.ts';
import { chainId, rowId, serviceAttributes, serviceId, serviceOf, unassignedId } from './identity.ts';
import { addChain, addRow, type Live } from './live.ts';
import { createChain, createRow, openSeries, type SeriesOwner } from './row.ts';
import { type SeriesKind, storedKind } from './series-kind.ts';

/** Adds a part of what the store kept. Series whose buckets are other ones now are left out. */
export function loadPart(live: Live, part: Partial<Contents>): void {
  const kinds = createKinds();
  for (const record of part.rows ?? []) {
    const row = createRow(record.key, rowId(record.key), record.state, record.placeholder);
    loadOwner(row, record, kinds);
    addRow(live, row);
  }
  for (const record of part.chains ?? []) {
    const key: RowKey = { ...record.key, target: '', routeType: '' };
    const chain = createChain(key, chainId(key), record.announcedAt);
    loadOwner(chain, record, kinds);
    addChain(live, chain);
  }
  for (const call of part.unassigned ?? []) loadUnassigned(live, call);
  for (const { at, ...key } of part.watermarks ?? []) {
    const service = serviceOf(key);
    live.watermarks.set(serviceId(service), { service, attributes: serviceAttributes(service), at });
  }
  for (const { at, ...key } of part.tombstones ?? []) live.tombstones.set(rowId(key), at);
}

function loadOwner(owner: SeriesOwner, { series, facts }: RowRecord | ChainRecord, kinds: Kinds): void {
  owner.facts = readFacts(facts);
  for (const [place, { kind: stored, value, sum, counts, startTime }] of series.entries()) {
    const kind = kinds(place, stored);
    if (kind.bounds && counts?.length !== kind.bounds.length + 1) continue;
    const loaded = openSeries(owner, kind);
    loaded.value = value;
    loaded.sum = sum;
    loaded.counts = kind.bounds && counts;
    loaded.startTime = startTime;
  }
}

type Kinds = (place: number, stored: SeriesRecord['kind']) => SeriesKind;

/** Most owners have the same kinds of series in the same order: to compare two texts costs less than to look one up. */
function createKinds(): Kinds {
  const kinds: SeriesKind[] = [];
  return (place, { metric, attributes }) => {
    let kind = kinds[place];
    if (kind?.metric !== metric || kind.attributes !== attributes) {
      kind = storedKind(metric, attributes);
      kinds[place] = kind;
    }
    return kind;
  };
}

function loadUnassigned(
  live: Live,
  { provider, requestModel, calls, lastSeen, insteadOf, ...key }: UnassignedRecord,
): void {
  const call = {
    service: serviceOf(key),
    provider: provider === '' ? undefined : provider,
    requestModel: requestModel === '' ? undefined : requestModel,
    calls,
    lastSeen,
    insteadOf,
  };
  live.unassigned.set(unassignedId(call), call);
}
