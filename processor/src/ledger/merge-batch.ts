/** Merges one batch's evidence, or one retirement, into the open transaction, within the caps and tombstones. */
import {
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION,
  type RouteType,
} from '@warmspare/semconv';
import { NO_BREAKERS } from '../analysis/breaker.ts';
import { foldTrips, type Trip } from '../analysis/breaker-trips.ts';
import { mergeFacts, NO_FACTS } from '../analysis/facts.ts';
import { NO_FAILOVER } from '../analysis/failover.ts';
import type { PolicyIndex } from '../classify/policies.ts';
import type { TargetList } from '../types/evidence.ts';
import type { FailoverEvidence } from '../types/facts.ts';
import type { Limits, RetireSelector } from '../types/pipeline.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { RowKey } from '../types/store.ts';
import type { BatchChain } from './batch-chain.ts';
import type { BatchEvidence } from './batch-evidence.ts';
import { BatchRow } from './batch-row.ts';
import type { Census } from './census.ts';
import { chainId, isOverflow, OVERFLOW_ID, OVERFLOW_KEY, rowId, serviceAttributes, serviceId } from './identity.ts';
import { isRepeated } from './row.ts';
import { emptyShare, observe } from './series.ts';
import { kindOf } from './series-kind.ts';
import { declareTemplate } from './templates.ts';
import {
  addSeries,
  dropNewChain,
  type PendingChain,
  pendingChain,
  pendingRow,
  putChain,
  putRow,
  removeChain,
  removeRow,
  type Transaction,
  tombstoneAt,
} from './transaction.ts';
import { mergeUnassigned } from './unassigned.ts';

export interface MergeContext {
  readonly policies: PolicyIndex;
  readonly limits: Limits;
  readonly census: Census;
  readonly chains: Census;
}

export function mergeBatch(transaction: Transaction, delta: BatchEvidence, context: MergeContext): void {
  for (const chain of delta.chains) mergeChain(transaction, chain, delta.receivedAt, context);
  for (const row of delta.rows) mergeRow(transaction, row, context);
  dropRetired(transaction, delta.chains);
  const relevant = new Set([...delta.chains, ...delta.unassigned].map(({ service }) => service));
  for (const { service, at } of delta.watermarks) {
    mergeWatermark(transaction, service, at, relevant.has(service) ? context.limits.services : 0);
  }
  for (const call of delta.unassigned) mergeUnassigned(transaction, call, context.limits.unassigned);
  transaction.overflow.unassigned += delta.unlisted;
}

/** Removes the rows that match and leaves tombstones; returns how many. */
export function retireRows(transaction: Transaction, selector: RetireSelector, at: number): number {
  const chains = new Set<string>();
  let retired = 0;
  for (const id of new Set([...transaction.live.rows.keys(), ...transaction.rows.keys()])) {
    const row = pendingRow(transaction, id);
    if (!row || !isSelected(row.live.key, selector)) continue;
    removeRow(transaction, id);
    transaction.tombstones.set(id, { key: row.live.key, at });
    chains.add(chainId(row.live.key));
    retired++;
  }
  for (const id of new Set([...transaction.live.rows.keys(), ...transaction.rows.keys()])) {
    const row = pendingRow(transaction, id);
    if (row) chains.delete(chainId(row.live.key));
  }
  for (const id of chains) removeChain(transaction, id);
  return retired;
}

function mergeChain(transaction: Transaction, delta: BatchChain, receivedAt: number, context: MergeContext): void {
  const { policies } = context;
  if (!pendingChain(transaction, delta.id)) {
    if (!context.chains.admits(delta.service, delta.key)) {
      transaction.overflow.chains++;
      return;
    }
    context.chains.opened(delta.service, delta.key);
  }
  const chain = putChain(transaction, delta.key, delta.id, receivedAt);
  for (const { targets } of delta.announced) announce(chain, targets, receivedAt, receivedAt);
  for (const { targets, newestAt } of delta.repeated) {
    // Meanwhile another list may have been announced, or a row have left.
    const isKnown = isRepeated(chain.lastAnnouncement, targets, receivedAt) && transaction.removals.size === 0;
    announce(chain, targets, receivedAt, isKnown ? (chain.lastAnnouncement?.at ?? receivedAt) : receivedAt);
    if (isKnown) continue;
    for (const [rank, { name, type }] of targets.entries()) {
      const row = new BatchRow(...rowOf(delta, name, type), delta.service, 0, receivedAt);
      row.announce(rank);
      row.announcedAt(newestAt);
      mergeRow(transaction, row, context);
    }
  }
  for (const series of delta.series) addSeries(chain, series, receivedAt);
  transaction.overflow.chain_breakers += mergeChainFacts(chain, delta, receivedAt);
  const template = policies.chain(delta.service, delta.key.chain);
  if (template && chain.template !== template) declareTemplate(transaction, chain, template, receivedAt);
}

/** The newest announcement counts; of two lists at one time neither. */
function announce(chain: PendingChain, targets: TargetList, announcedAt: number, at: number): void {
  if (announcedAt < chain.announcedAt) return;
  const isNewest = announcedAt > chain.announcedAt || chain.lastAnnouncement?.targets === targets;
  chain.lastAnnouncement = isNewest ? { targets, at } : undefined;
  chain.announcedAt = announcedAt;
}

function rowOf(chain: BatchChain, target: string, routeType: RouteType): [RowKey, string] {
  const key: RowKey = { ...chain.key, target, routeType };
  return [key, rowId(key)];
}

function mergeRow(transaction: Transaction, delta: BatchRow, context: MergeContext): void {
  if (isOverflow(delta.key)) {
    mergeOverflow(transaction, delta);
    return;
  }
  const { id } = delta;
  const retiredAt = tombstoneAt(transaction, id);
  if (retiredAt !== undefined && delta.newestAnnouncement <= retiredAt && !pendingRow(transaction, id)) {
    // The list was not taken to all of its rows: the next announcement is.
    const chain = pendingChain(transaction, chainId(delta.key));
    if (chain) chain.lastAnnouncement = undefined;
    return;
  }
  if (!pendingRow(transaction, id)) {
    if (!context.census.admits(delta.service, delta.key)) {
      mergeOverflow(transaction, delta);
      return;
    }
    context.census.opened(delta.service, delta.key);
  }
  const row = putRow(transaction, delta.key, id, delta.state());
  for (const series of delta.series) addSeries(row, series, row.state.declaredAt);
  const facts = delta.facts();
  if (facts !== NO_FACTS) row.facts = mergeFacts(row.facts, facts);
}

/** New chains all of whose known rows are retired. */
function dropRetired(transaction: Transaction, chains: readonly BatchChain[]): void {
  const { live, rows, tombstones } = transaction;
  if (live.tombstones.size + tombstones.size === 0) return;
  const fresh = chains.filter(
    ({ id, service, key }) =>
      transaction.chains.get(id)?.isNew && (live.index.of(service).get(key.chain)?.rows.size ?? 0) === 0,
  );
  if (fresh.length === 0) return;
  const withRows = new Set([...rows.keys()].filter((row) => pendingRow(transaction, row)).map(chainOfRow));
  const retired = new Set([...live.tombstones.keys(), ...tombstones.keys()].map(chainOfRow));
  for (const { id } of fresh) if (!withRows.has(id) && retired.has(id)) dropNewChain(transaction, id);
}

/** The id of a row is that of its chain, its target and its type. */
const chainOfRow = (row: string): string => row.split('\0').slice(0, 4).join('\0');

/** Counters only: the newest success of many targets would say nothing of any. */
function mergeOverflow(transaction: Transaction, delta: BatchRow): void {
  transaction.overflow.rows++;
  const row = putRow(transaction, OVERFLOW_KEY, OVERFLOW_ID, { ...delta.state(), rank: undefined, evidence: {} });
  for (const series of delta.series) addSeries(row, series, row.state.declaredAt);
}

/** A service is worth a watermark once it made an LLM call; from then on any of its spans moves it. */
function mergeWatermark(transaction: Transaction, service: ServiceIdentity, at: number, cap: number): void {
  const id = serviceId(service);
  const known = transaction.watermarks.get(id) ?? transaction.live.watermarks.get(id);
  if (known && known.at >= at) return;
  if (!known) {
    if (transaction.live.watermarks.size + transaction.opened.services >= cap) {
      if (cap > 0) transaction.overflow.services++;
      return;
    }
    transaction.opened.services++;
  }
  transaction.watermarks.set(id, { service, attributes: known?.attributes ?? serviceAttributes(service), at });
}

function isSelected(key: RowKey, selector: RetireSelector): boolean {
  return (
    !isOverflow(key) &&
    key.chain === selector.chain &&
    key.target === selector.target &&
    (selector.routeType === undefined || selector.routeType === key.routeType) &&
    (selector.namespace === undefined || selector.namespace === key.namespace) &&
    (selector.service === undefined || selector.service === key.service) &&
    (selector.environment === undefined || selector.environment === key.environment)
  );
}

type Breakers = FailoverEvidence['breakers'] | undefined;

/** Returns how many breakers found no room. */
function mergeChainFacts(chain: PendingChain, delta: BatchChain, receivedAt: number): number {
  const facts = delta.facts.facts();
  if (facts === NO_FACTS) return 0;
  const before = chain.facts.failover;
  const merged = mergeFacts(chain.facts, facts);
  chain.facts = merged;
  if (facts.failover && merged.failover) {
    const { failover, trips } = foldTrips(before ?? NO_FAILOVER, merged.failover, delta.facts.signs());
    for (const trip of trips) countTrip(chain, trip, receivedAt);
    if (failover !== merged.failover) chain.facts = { ...merged, failover };
  }
  return delta.facts.breakersLeftOut + leftOut(before?.breakers, facts.failover?.breakers, merged.failover?.breakers);
}

function leftOut(before: Breakers, batch: Breakers, merged: Breakers): number {
  // Most chains have none.
  if (!batch || batch === NO_BREAKERS || merged === batch) return 0;
  const named = new Set([...Object.keys(before ?? {}), ...Object.keys(batch)]);
  return named.size - Object.keys(merged ?? {}).length;
}

function countTrip(chain: PendingChain, { breaker, seconds }: Trip, receivedAt: number): void {
  const delta = emptyShare(
    kindOf(METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION, { [ATTR_LLM_FALLBACK_BREAKER_NAME]: breaker }),
  );
  observe(delta, seconds);
  addSeries(chain, delta, receivedAt);
}
