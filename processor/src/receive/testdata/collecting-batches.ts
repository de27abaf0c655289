/** Batches that keep what they are given, for tests of receivers: what is committed, and when, is the test's to say. */
import type { Batch, BatchResult, RejectReason } from '../../types/pipeline.ts';
import type { Span } from '../../types/span.ts';

export interface CollectingBatches {
  readonly openBatch: (receivedAt: number) => Batch;
  /** Names of the spans of committed batches. */
  readonly committed: string[];
  readonly opened: number[];
}

const ALL_WELL: BatchResult = { accepted: 0, ignored: 0, rejected: [], duplicates: 0, clamped: 0, overflowed: 0 };

export function collectingBatches(settle: () => Promise<Partial<BatchResult>> = async () => ({})): CollectingBatches {
  const committed: string[] = [];
  const opened: number[] = [];
  return {
    committed,
    opened,
    openBatch(receivedAt) {
      opened.push(receivedAt);
      const names: string[] = [];
      const rejected: RejectReason[] = [];
      return {
        add: (span: Span) => names.push(span.name),
        reject: (reason) => rejected.push(reason),
        async commit() {
          const result = await settle();
          committed.push(...names);
          const counts = [...new Set(rejected)].map((reason) => ({ reason, count: rejected.filter((each) => each === reason).length }));
          return { ...ALL_WELL, accepted: names.length, rejected: counts, ...result };
        },
      };
    },
  };
}
