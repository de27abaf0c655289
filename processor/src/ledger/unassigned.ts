/** The list of calls that no chain claims: what a commit adds to it; past the cap the one seen longest ago makes room. */
import type { UnassignedKey, UnassignedRecord } from '../types/store.ts';
import type { UnassignedCalls } from './batch-calls.ts';
import { unassignedId } from './identity.ts';
import type { Transaction } from './transaction.ts';

export function mergeUnassigned(transaction: Transaction, call: UnassignedCalls, cap: number): void {
  const { live, unassigned } = transaction;
  const id = unassignedId(call);
  const known = unassigned.has(id) ? unassigned.get(id) : live.unassigned.get(id);
  const calls = (known?.calls ?? 0) + call.calls;
  if (calls <= 0) {
    if (known) unassigned.set(id, undefined);
    return;
  }
  if (!known && listed(transaction) >= cap) {
    const oldest = oldestOf(transaction);
    if (oldest === undefined) return;
    unassigned.set(oldest, undefined);
    transaction.overflow.unassigned++;
  }
  unassigned.set(id, {
    ...call,
    calls,
    lastSeen: Math.max(known?.lastSeen ?? 0, call.lastSeen),
    insteadOf: call.insteadOf ?? known?.insteadOf,
  });
}

export function unassignedChanges({ live, unassigned }: Transaction): {
  readonly unassigned: UnassignedRecord[];
  readonly removeUnassigned: UnassignedKey[];
} {
  const put: UnassignedRecord[] = [];
  const remove: UnassignedKey[] = [];
  for (const [id, call] of unassigned) {
    const gone = call ? undefined : live.unassigned.get(id);
    if (call) {
      const { calls, lastSeen, insteadOf } = call;
      put.push({ ...keyOf(call), calls, lastSeen, ...(insteadOf !== undefined && { insteadOf }) });
    } else if (gone) remove.push(keyOf(gone));
  }
  return { unassigned: put, removeUnassigned: remove };
}

export function applyUnassigned({ live, unassigned }: Transaction): void {
  for (const [id, call] of unassigned) {
    if (call) live.unassigned.set(id, call);
    else live.unassigned.delete(id);
  }
}

function listed({ live, unassigned }: Transaction): number {
  let count = live.unassigned.size;
  for (const [id, call] of unassigned) count += Number(call !== undefined) - Number(live.unassigned.has(id));
  return count;
}

function oldestOf({ live, unassigned }: Transaction): string | undefined {
  let oldest: { id: string; at: number } | undefined;
  const look = (id: string, call: UnassignedCalls | undefined): void => {
    if (call && (!oldest || call.lastSeen < oldest.at)) oldest = { id, at: call.lastSeen };
  };
  for (const [id, call] of live.unassigned) if (!unassigned.has(id)) look(id, call);
  for (const [id, call] of unassigned) look(id, call);
  return oldest?.id;
}

function keyOf({ service, provider, requestModel }: UnassignedCalls): UnassignedKey {
  return {
    namespace: service.namespace,
    service: service.name,
    environment: service.environment,
    provider: provider ?? '',
    requestModel: requestModel ?? '',
  };
}
