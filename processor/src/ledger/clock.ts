/** Pulls stored times that lie after now back to now: a clock that ran ahead must not make a fallback look fresh for ever. */
import { EXERCISE_KINDS } from '@warmspare/semconv';
import { pullFacts } from '../analysis/pull.ts';
import type { FailureSighting, Sighting } from '../types/snapshot.ts';
import type { KindEvidence, RowKey, RowState } from '../types/store.ts';
import type { Live } from './live.ts';
import { pendingChain, pendingRow, type Transaction } from './transaction.ts';

/** Whether {@link pullToNow} would change anything. */
export function isAhead(live: Live, limit: number): boolean {
  for (const row of live.rows.values()) if (isStateAhead(row.state, limit)) return true;
  for (const { at } of live.watermarks.values()) if (at > limit) return true;
  return false;
}

/** Every time after `limit` becomes `now` (epoch ms). */
export function pullToNow(transaction: Transaction, now: number, limit: number): void {
  // Facts lie ahead only where their spans moved a row or a watermark ahead, too: few starts have to look at all of them.
  if (isAhead(transaction.live, limit)) pullAllFacts(transaction, now, limit);
  for (const [id, { state }] of transaction.live.rows) {
    if (!isStateAhead(state, limit)) continue;
    const row = pendingRow(transaction, id);
    if (row) row.state = pullState(row.state, now, limit);
  }
  for (const [id, { announcedAt }] of transaction.live.chains) {
    const chain = announcedAt > limit ? pendingChain(transaction, id) : undefined;
    if (chain) chain.announcedAt = now;
  }
  for (const [id, watermark] of transaction.live.watermarks) {
    if (watermark.at > limit) transaction.watermarks.set(id, { ...watermark, at: now });
  }
  for (const [id, at] of transaction.live.tombstones) {
    if (at <= limit) continue;
    const [namespace = '', service = '', environment = '', chain = '', target = '', routeType = ''] = id.split('\0');
    const key = { namespace, service, environment, chain, target, routeType: routeType as RowKey['routeType'] };
    transaction.tombstones.set(id, { key, at: now });
  }
}

function pullAllFacts(transaction: Transaction, now: number, limit: number): void {
  for (const [id, { facts }] of transaction.live.rows) {
    const pulled = pullFacts(facts, now, limit);
    const row = pulled === facts ? undefined : pendingRow(transaction, id);
    if (row) row.facts = pulled;
  }
  for (const [id, { facts }] of transaction.live.chains) {
    const pulled = pullFacts(facts, now, limit);
    const chain = pulled === facts ? undefined : pendingChain(transaction, id);
    if (chain) chain.facts = pulled;
  }
}

function isStateAhead(state: RowState, limit: number): boolean {
  if (state.declaredAt > limit || state.announcedAt > limit || state.seenAt > limit) return true;
  for (const kind of EXERCISE_KINDS) {
    const seen = state.evidence[kind];
    if ((seen?.success?.at ?? 0) > limit || (seen?.failure?.at ?? 0) > limit) return true;
  }
  return false;
}

function pullState(state: RowState, now: number, limit: number): RowState {
  const pull = (at: number): number => (at > limit ? now : at);
  const evidence: { -readonly [K in keyof RowState['evidence']]: KindEvidence } = {};
  for (const kind of EXERCISE_KINDS) {
    const seen = state.evidence[kind];
    if (!seen) continue;
    const success: Sighting | undefined = seen.success && { ...seen.success, at: pull(seen.success.at) };
    const failure: FailureSighting | undefined = seen.failure && { ...seen.failure, at: pull(seen.failure.at) };
    evidence[kind] = { success, failure };
  }
  return {
    ...state,
    declaredAt: pull(state.declaredAt),
    announcedAt: pull(state.announcedAt),
    seenAt: pull(state.seenAt),
    evidence,
  };
}
