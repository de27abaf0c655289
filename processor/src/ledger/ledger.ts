/**
 * The only state: what is committed, and how a group of batches would change it. `prepare` says what the store must write and
 * touches nothing; `apply` is for when that is durable; dropping a prepared change is all that a failed commit takes.
 */
import type { PolicyIndex } from '../classify/policies.ts';
import type { Limits, RetireSelector } from '../types/pipeline.ts';
import type { Snapshot } from '../types/snapshot.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { ChangedPart } from '../types/store.ts';
import { adopt } from './adopt.ts';
import type { Admission, BatchEvidence } from './batch-evidence.ts';
import { type SenderOf, takeCensuses } from './census.ts';
import { applyTransaction, changesOf, type LedgerChanges } from './changes.ts';
import { isAhead, pullToNow } from './clock.ts';
import { serviceId } from './identity.ts';
import type { Live, Overflow } from './live.ts';
import { mergeBatch, retireRows } from './merge-batch.ts';
import { takeSnapshot } from './snapshot.ts';
import { reconcileTemplates } from './templates.ts';
import { countHeld, openTransaction } from './transaction.ts';

/** What a commit may hold, in the order it came. */
export type Item =
  | { readonly kind: 'delta'; readonly delta: BatchEvidence }
  | {
      readonly kind: 'retire';
      readonly selector: RetireSelector;
      readonly at: number;
      /** Told how many rows it hit when the change is prepared. */
      readonly counted: (rows: number) => void;
    };

export interface Prepared {
  readonly changes: LedgerChanges;
  apply(): void;
}

export interface Ledger {
  /** Asked by one stage: its own openings count against the caps. */
  admission(): Admission;
  /** `now` (epoch ms) is used for configuration and for times that lie after it, never for evidence; not where it is in doubt (`mayPull`). */
  prepare(items: readonly Item[], now: number, mayPull?: boolean): Prepared;
  /** Takes over what a shared store has. Not to be called between `prepare` and `apply`. */
  adopt(part: ChangedPart): void;
  setPolicies(policies: PolicyIndex): void;
  /** Stored times lie so far after now that only a clock that was set back explains it: the next `prepare` pulls them. */
  isAhead(now: number): boolean;
  /** The newest span of a service that made a call, epoch ms. */
  watermarkOf(service: ServiceIdentity): number | undefined;
  snapshot(now: number): Omit<Snapshot, 'instanceId' | 'startedAt' | 'unknownWords'>;
  /** Since this process started. */
  readonly overflow: Readonly<Overflow>;
}

/** How far a sender's clock may be ahead, in ms; later times are clamped on receipt. */
export const CLOCK_TOLERANCE: number = 5 * 60 * 1000;

/** On what the store gave back. */
export function createLedger(
  live: Live,
  initial: PolicyIndex,
  limits: Limits,
  senderOf: SenderOf = () => undefined,
): Ledger {
  let policies = initial;
  let censuses = takeCensuses(live, policies, limits, senderOf);
  // Until the first commit: the configuration may be new to the store, and the store's times may lie after now.
  let reconciled: PolicyIndex | undefined;
  let pull: 'all' | 'ahead' | 'none' = 'all';

  return {
    admission() {
      const fork = censuses.rows.fork();
      return {
        index: live.index.of,
        retiredAt: (id) => live.tombstones.get(id) ?? 0,
        admits(service, key) {
          if (!fork.admits(service, key)) return false;
          fork.opened(service, key);
          return true;
        },
      };
    },
    prepare(items, now, mayPull = true) {
      const transaction = openTransaction(live);
      const context = { policies, limits, census: censuses.rows.fork(), chains: censuses.chains.fork() };
      if (mayPull && pull === 'all') countHeld(transaction);
      if (mayPull && pull !== 'none') pullToNow(transaction, now, pull === 'all' ? now : now + CLOCK_TOLERANCE);
      if (mayPull && reconciled !== policies) reconcileTemplates(transaction, policies, now);
      for (const item of items) {
        if (item.kind === 'retire') item.counted(retireRows(transaction, item.selector, item.at));
        else mergeBatch(transaction, item.delta, context);
      }
      const used = policies;
      return {
        changes: changesOf(transaction),
        apply() {
          const chainsBefore = live.chains.size;
          const moved = applyTransaction(transaction) || live.chains.size !== chainsBefore;
          if (mayPull) {
            pull = 'none';
            reconciled = used;
          }
          if (moved) censuses = takeCensuses(live, policies, limits, senderOf);
        },
      };
    },
    adopt(part) {
      if (adopt(live, part)) censuses = takeCensuses(live, policies, limits, senderOf);
    },
    setPolicies(next) {
      policies = next;
      censuses = takeCensuses(live, policies, limits, senderOf);
    },
    isAhead(now) {
      if (pull === 'none' && isAhead(live, now + CLOCK_TOLERANCE)) pull = 'ahead';
      return pull === 'ahead';
    },
    watermarkOf: (service) => live.watermarks.get(serviceId(service))?.at,
    snapshot: (now) => takeSnapshot(live, policies, now),
    overflow: live.overflow,
  };
}
