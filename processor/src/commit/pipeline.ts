/** Spans in, durable evidence, snapshots and metric points out: wires the stages to one ledger and one store. It reads no clock but the one given. */

import { StoreUnavailable } from '../base/errors.ts';
import { createKeyTable } from '../base/keys.ts';
import { createClassifier } from '../classify/classify.ts';
import { createPolicyIndex } from '../classify/policies.ts';
import { createWindow } from '../ledger/duplicate-window.ts';
import { createLedger } from '../ledger/ledger.ts';
import { createLive } from '../ledger/live.ts';
import { loadPart } from '../ledger/load.ts';
import { createDialects } from '../normalise/dialects/dialects.ts';
import { createNormaliser } from '../normalise/normalise.ts';
import { createUnknownWords } from '../normalise/unknown-words.ts';
import { metricPoints } from '../output/metrics.ts';
import { createTraceBuffer } from '../traces/buffered-call.ts';
import { createCountedBelow } from '../traces/counted-below.ts';
import { createLinks } from '../traces/links.ts';
import { createTraceWindow } from '../traces/trace-window.ts';
import type { BatchResult, Limits, Pipeline, PipelineStats, RejectReason } from '../types/pipeline.ts';
import type { Policies } from '../types/policy.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { Store } from '../types/store.ts';
import { openBatch } from './batch.ts';
import { createClockGuard } from './clock-guard.ts';
import { createCommitQueue } from './commit-queue.ts';
import { createSettlement } from './settlement.ts';

export interface PipelineOptions {
  readonly policies: Policies;
  readonly store: Store;
  /** Epoch ms. */
  readonly now: () => number;
  readonly limits?: Partial<Limits>;
  /** Names the one who sends for a service, where several services share a sender's limits. */
  readonly senderOf?: ((service: ServiceIdentity) => string | undefined) | undefined;
}

const DEFAULT_LIMITS: Limits = {
  rows: 20_000,
  rowsPerService: 10_000,
  services: 5_000,
  unassigned: 200,
  nameLength: 256,
};

/**
 * Loads the store and is ready to take batches. The pipeline owns the store from here: `close()` closes it. Rejects with what
 * the store's `load` rejects with.
 */
export async function createPipeline(options: PipelineOptions): Promise<Pipeline> {
  const { store, now } = options;
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const startedAt = now();
  const live = createLive();
  const window = createWindow();
  await store.migrate?.();
  let newestAt = 0;
  const instanceId = await store.load((part) => {
    loadPart(live, part);
    for (const { at, hashes } of part.window ?? []) window.add(hashes, at);
    for (const { at } of part.watermarks ?? []) newestAt = Math.max(newestAt, at);
  });
  const clock = createClockGuard(newestAt);
  const keys = createKeyTable();
  const unknownWords = createUnknownWords();
  const dialects = createDialects(keys, unknownWords);
  let policies = createPolicyIndex(options.policies);
  let judgesRecorded = options.policies.judgeRecordedOutputs ?? true;
  const normaliser = createNormaliser(keys, limits.nameLength, dialects, unknownWords, () => judgesRecorded);
  let classifier = createClassifier(options.policies, keys);
  const ledger = createLedger(live, policies, limits, options.senderOf);
  const links = createLinks();
  const traceBuffer = createTraceBuffer(dialects, keys, links);
  const traces = createTraceWindow(undefined, traceBuffer.reuse, links);
  const { nameLength } = limits;
  const countedBelow = createCountedBelow();
  const settlement = createSettlement({ window: traces, countedBelow, ledger, policies: () => policies, nameLength });
  const queue = createCommitQueue({ ledger, store, window, settlement, clock, now });
  const totals = createTotals();
  const context = {
    normaliser,
    ledger,
    window,
    queue,
    traceBuffer,
    clock,
    countedBelow,
    nameLength,
    classifier: () => classifier,
    policies: () => policies,
    committed: totals.add,
  };
  let wasBehind = clock.isBehind(startedAt);
  const settle = async (): Promise<void> => {
    const isBehind = clock.isBehind(now());
    // What the configuration names has waited for a clock that is right.
    if (wasBehind && !isBehind) await isCommitted(queue.join([]));
    wasBehind = isBehind;
    if (isBehind) return;
    let goesOn = !ledger.isAhead(now()) || (await isCommitted(queue.join([])));
    while (goesOn && traces.isDue(now())) goesOn = await isCommitted(queue.join([]));
  };
  // Configured rows and times that lay after now: a store that cannot write yet gets them with the first commit that works.
  await queue.join([]).catch(() => undefined);

  return {
    keys,
    instanceId,
    batch: (receivedAt) => openBatch(context, receivedAt),
    snapshot: (at) => ({
      ...ledger.snapshot(clock.readable(at)),
      instanceId,
      startedAt,
      unknownWords: unknownWords.list(),
    }),
    settle,
    metrics: metricPoints,
    isShared: store.shared !== undefined,
    readChanges: () => (store.shared ? queue.readChanges() : Promise.resolve()),
    lease: async (name, milliseconds) => store.shared === undefined || store.shared.lease(name, milliseconds),
    async retire(selector) {
      const wrong = clock.problem(now());
      if (wrong !== undefined) throw new StoreUnavailable(wrong);
      if (store.shared) await queue.readChanges();
      let retired = 0;
      const counted = (rows: number): void => {
        retired = rows;
      };
      await queue.join([{ kind: 'retire', selector, at: now(), counted }]);
      return retired;
    },
    setPolicies(next) {
      policies = createPolicyIndex(next);
      judgesRecorded = next.judgeRecordedOutputs ?? true;
      classifier = createClassifier(next, keys);
      ledger.setPolicies(policies);
      void queue.join([]).catch(() => undefined);
    },
    async retryStore() {
      if (queue.lastError !== undefined) await queue.join([]).catch(() => undefined);
    },
    health: () => ({
      storeAvailable: queue.lastError === undefined,
      storeError: queue.lastError,
      damage: store.damage,
      clockError: clock.problem(now()),
      queued: queue.queued,
    }),
    stats: () => ({
      ...totals.read(),
      commits: queue.commits,
      storeErrors: queue.storeErrors,
      overflow: { ...ledger.overflow, chain_targets: normaliser.tooLong },
      evicted: traces.evicted,
      unknownWords: { ...unknownWords.counts },
    }),
    sent: store.sent,
    async close() {
      traces.drain();
      await settle();
      await queue.idle();
      await store.close();
    },
  };
}

async function isCommitted(commit: Promise<void>): Promise<boolean> {
  return commit.then(
    () => true,
    () => false,
  );
}

interface Totals {
  add(result: BatchResult): void;
  read(): Omit<PipelineStats, 'commits' | 'storeErrors' | 'evicted' | 'overflow' | 'unknownWords'>;
}

function createTotals(): Totals {
  const rejected: Record<RejectReason, number> = {
    missing_end_time: 0,
    name_too_long: 0,
    invalid_id: 0,
    unauthorized: 0,
  };
  const totals = { batches: 0, received: 0, accepted: 0, ignored: 0, duplicates: 0, clamped: 0, overflowed: 0 };
  return {
    add(result) {
      totals.batches++;
      totals.received += result.accepted + result.ignored;
      totals.accepted += result.accepted;
      totals.ignored += result.ignored;
      totals.duplicates += result.duplicates;
      totals.clamped += result.clamped;
      totals.overflowed += result.overflowed;
      for (const { reason, count } of result.rejected) {
        rejected[reason] += count;
        totals.received += count;
      }
    },
    read: () => ({ ...totals, rejected: { ...rejected } }),
  };
}
