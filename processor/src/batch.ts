/** One request's spans through normalise, classify and judge into a stage of their own; `commit` hands the stage to the queue. */
import type { Classifier } from './classify.ts';
import type { CommitQueue } from './commit-queue.ts';
import { StoreUnavailable } from './errors.ts';
import { judge } from './judge.ts';
import { CLOCK_TOLERANCE, type Ledger } from './ledger/ledger.ts';
import { createStage } from './ledger/stage.ts';
import type { Normaliser } from './normalise.ts';
import type { PolicyIndex } from './policies.ts';
import type { Announcement, Attempt, Call, ChainRun } from './types/evidence.ts';
import type { Batch, BatchResult, RejectReason } from './types/pipeline.ts';
import type { Span } from './types/span.ts';
import { type GrowingIdSet, hashHigh, hashLow, hasIds, type Window } from './window.ts';

export interface BatchContext {
  readonly normaliser: Normaliser;
  readonly ledger: Ledger;
  readonly window: Window;
  readonly queue: CommitQueue;
  readonly nameLength: number;
  /** Those of the moment: a configuration may be reloaded while a batch is open. */
  readonly classifier: () => Classifier;
  readonly policies: () => PolicyIndex;
  readonly committed: (result: BatchResult) => void;
}

/** How often spans that are no evidence may cost a commit of their own, in ms: they only move the watermark. */
const WATERMARK_INTERVAL = 5_000;

export function openBatch(context: BatchContext, receivedAt: number): Batch {
  const { normaliser, ledger, window, queue } = context;
  const stage = createStage(receivedAt, ledger.admission());
  const own = queue.takeIds();
  const joinsBefore = queue.joins;
  const failuresBefore = queue.failures;
  const rejected = new Map<RejectReason, number>();
  let accepted = 0;
  let ignored = 0;
  let duplicates = 0;
  let clamped = 0;
  let overflowed = 0;
  let sawPending = false;

  const reject = (reason: RejectReason): void => {
    rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
  };

  /** Whether the span was counted before. Without both ids that cannot be told, and it never was. */
  const isDuplicate = (ids: Uint32Array): boolean => {
    if (!hasIds(ids)) return false;
    const high = hashHigh(ids);
    const low = hashLow(ids);
    if (window.has(high, low)) return true;
    if (queue.pending.has(high, low)) {
      sawPending = true;
      return true;
    }
    return !own.add(high, low);
  };

  const take = (evidence: Attempt | Call | ChainRun, span: Span): void => {
    const early = evidence.endTime <= receivedAt + CLOCK_TOLERANCE;
    const at = early ? evidence.endTime : receivedAt;
    const duplicate = isDuplicate(evidence.ids);
    if (duplicate) duplicates++;
    if (!early) clamped++;
    // A clamped time is new at every receipt: it proves something only where an earlier receipt would still be known.
    const proves = early || (!duplicate && hasIds(evidence.ids) && evidence.startTime >= window.since);
    if (evidence.kind === 'run') {
      stage.run(evidence, at, !duplicate, proves);
      return;
    }
    const attempt = evidence.kind === 'attempt' ? evidence : context.classifier().assign(evidence, span);
    if (!attempt) {
      if (evidence.kind === 'call' && !duplicate) stage.unassigned(evidence, at);
      return;
    }
    const policy = context.policies().target(attempt.service, attempt.chain, attempt.target);
    if (!stage.attempt(attempt, judge(attempt, policy), policy, at, !duplicate, proves)) overflowed++;
  };

  const refusal = (evidence: Attempt | Call | ChainRun | Announcement): RejectReason | undefined => {
    if (!(evidence.endTime > 0)) return 'missing_end_time';
    if (evidence.chain.length > context.nameLength) return 'name_too_long';
    if ('target' in evidence && evidence.target.length > context.nameLength) return 'name_too_long';
    return undefined;
  };

  return {
    add(span) {
      const evidence = normaliser.read(span, context.classifier().matchesAnySpan);
      if (span.endTime > 0) stage.watermark(span.service, Math.min(span.endTime, receivedAt));
      if (!evidence) {
        ignored++;
        return;
      }
      const reason = refusal(evidence);
      if (reason) {
        reject(reason);
        return;
      }
      accepted++;
      if (evidence.kind === 'announcement') stage.announce(evidence.service, evidence.chain, evidence.targets);
      else take(evidence, span);
    },
    async commit() {
      const counts = [...rejected].map(([reason, count]) => ({ reason, count }));
      const result: BatchResult = { accepted, ignored, rejected: counts, duplicates, clamped, overflowed };
      if (accepted > 0) {
        if (sawPending && queue.failures !== failuresBefore) {
          throw new StoreUnavailable('the commit that held the first copy of these spans failed');
        }
        if (queue.joins !== joinsBefore && hasPending(own, context)) {
          throw new StoreUnavailable('the same spans came twice at once');
        }
        await queue.join([{ kind: 'delta', delta: stage.seal() }], own);
      } else if (receivedAt - queue.lastCommitAt >= WATERMARK_INTERVAL && ignored > 0) {
        await queue.join([{ kind: 'delta', delta: stage.seal() }]);
      }
      context.committed(result);
      return result;
    },
  };
}

/** Batches that were open at once cannot see each other's spans. */
function hasPending(own: GrowingIdSet, { queue, window }: BatchContext): boolean {
  const hashes = own.hashes();
  for (let from = 0; from + 1 < hashes.length; from += 2) {
    const high = hashes[from] ?? 0;
    const low = hashes[from + 1] ?? 0;
    if (queue.pending.has(high, low) || window.has(high, low)) return true;
  }
  return false;
}
