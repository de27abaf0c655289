/** The processor's inside as receivers, service and in-process use see it: batches of spans in, snapshots and metric points out. */
import type { CardinalityLimit, RouteType, VocabularyTable } from '@warmspare/semconv';
import type { MetricPoint } from './metric.ts';
import type { Policies } from './policy.ts';
import type { SentStore } from './sent.ts';
import type { Snapshot } from './snapshot.ts';
import type { KeyTable, Span } from './span.ts';

/** What became of a batch. Rejected spans are worth an OTLP partial success; the rest is for self-metrics. */
export interface BatchResult {
  /** Spans that were evidence, duplicates among them. */
  readonly accepted: number;
  /** Spans that are neither an LLM call nor ours. */
  readonly ignored: number;
  readonly rejected: readonly { readonly reason: RejectReason; readonly count: number }[];
  /** Accepted spans that had been counted before. */
  readonly duplicates: number;
  /** Accepted spans whose end was too far in the future and was set to the receipt time. */
  readonly clamped: number;
  /** Accepted spans that fell into the overflow row. */
  readonly overflowed: number;
}

export type RejectReason = 'missing_end_time' | 'name_too_long' | 'invalid_id' | 'unauthorized';

/** One request's spans. Nothing of it counts before {@link Batch.commit} resolves; a batch that is dropped leaves no trace. */
export interface Batch {
  /** Reads the span at once and keeps nothing of the object. Never throws. */
  add(span: Span): void;
  /** Counts a span that is refused without being read. */
  reject(reason: RejectReason): void;
  /** Resolves when the evidence is durable. Rejects with StoreUnavailable: the sender should send the same again. */
  commit(): Promise<BatchResult>;
}

/** Which rows to retire; an omitted part matches any. */
export interface RetireSelector {
  readonly chain: string;
  readonly target: string;
  readonly routeType?: RouteType;
  readonly namespace?: string;
  readonly service?: string;
  readonly environment?: string;
}

/** Caps on what input can key. Configured rows are outside them. */
export interface Limits {
  readonly rows: number;
  readonly rowsPerService: number;
  readonly services: number;
  readonly unassigned: number;
  /** Characters of a chain's or target's name. */
  readonly nameLength: number;
}

export interface PipelineHealth {
  /** False while the last commit failed. */
  readonly storeAvailable: boolean;
  readonly storeError: string | undefined;
  /** A damaged file was set aside at start. */
  readonly damage: StoreDamage | undefined;
  /** Why the clock is in doubt: spans are refused, and evidence is read as of the newest commit. */
  readonly clockError: string | undefined;
  /** Batches that wait for a commit. */
  readonly queued: number;
}

/** What befell a store, found at start or since then. */
export interface StoreDamage {
  readonly reason: string;
  /** Where what cannot be read is now; undefined where nothing was to be moved. */
  readonly movedTo: string | undefined;
}

/** Cumulative since the process started, for `warmspare.*`. */
export interface PipelineStats {
  readonly batches: number;
  readonly received: number;
  readonly accepted: number;
  readonly ignored: number;
  readonly rejected: Readonly<Record<RejectReason, number>>;
  readonly duplicates: number;
  readonly clamped: number;
  readonly overflowed: number;
  /** Once for each name that found no room and batch. */
  readonly overflow: Readonly<Record<CardinalityLimit, number>>;
  /** Calls, and spans around them, that left the trace window before their time. */
  readonly evicted: number;
  /** Words that no table of the vocabulary has. */
  readonly unknownWords: Readonly<Record<VocabularyTable, number>>;
  readonly commits: number;
  readonly storeErrors: number;
}

export interface Pipeline {
  readonly keys: KeyTable;
  readonly instanceId: string;
  /** `receivedAt`: epoch ms. */
  batch(receivedAt: number): Batch;
  /** Changes nothing. */
  snapshot(now: number): Snapshot;
  /**
   * Commits what time alone makes due, while no spans come: traces that are complete, times that a clock which was set back left ahead.
   * To be called at intervals. Never rejects: what a store cannot take stays due.
   */
  settle(): Promise<void>;
  /** From the snapshot alone, made as they are read, once; the points of one metric stand together. */
  metrics(snapshot: Snapshot): Iterable<MetricPoint>;
  /** How many rows were retired, durably. */
  retire(selector: RetireSelector): Promise<number>;
  /** Whether other processes write to the store as well. */
  readonly isShared: boolean;
  /** Takes over what other processes committed. To be called at intervals. Never rejects: `health()` tells how it went. */
  readChanges(): Promise<void>;
  /**
   * Takes or keeps the lease of this name, for what one process at a time does. True at once where no other process writes to the store.
   * Rejects with StoreUnavailable.
   */
  lease(name: string, milliseconds: number): Promise<boolean>;
  setPolicies(policies: Policies): void;
  health(): PipelineHealth;
  /** Where the last commit failed, tries one that changes nothing: `health()` tells how it went. Spans that come do the same. */
  retryStore(): Promise<void>;
  stats(): PipelineStats;
  /** What destinations of the points were sent, in the pipeline's store. */
  readonly sent: SentStore;
  /** Waits for the commits under way and closes the store. */
  close(): Promise<void>;
}
