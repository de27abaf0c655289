/** What every output reads: plain values, computed from the ledger at one frozen `now`. Times in epoch ms, durations in seconds. */
import type { ExerciseKind, RouteType } from '@warmspare/semconv';
import type { ServiceIdentity } from './span.ts';

export type TargetState = 'never_exercised' | 'failing' | 'stale' | 'fresh';

/** When something last happened, and in which span. */
export interface Sighting {
  readonly at: number;
  readonly traceId: string;
  readonly spanId: string;
}

export interface TargetSnapshot {
  readonly service: ServiceIdentity;
  readonly chain: string;
  readonly target: string;
  readonly routeType: RouteType;
  readonly rank: number | undefined;
  /** A configured target for which no service has been seen yet. */
  readonly placeholder: boolean;
  /** The chain's newer announcements leave this target out: shown, without a status. */
  readonly undeclared: boolean;
  /** Folds everything past the cap of rows; carries `otel.metric.overflow`. */
  readonly overflow: boolean;
  readonly declaredAt: number;
  readonly lastAttempt: Sighting | undefined;
  readonly lastSuccess: Sighting | undefined;
  readonly lastFailure: (Sighting & { readonly outcome: string; readonly errorType: string | undefined }) | undefined;
  readonly lastSuccessKind: ExerciseKind | undefined;
  /** Absent on the primary and on undeclared targets. */
  readonly state: TargetState | undefined;
  /** Seconds; absent on the primary. */
  readonly timeSinceLastSuccess: number | undefined;
  /** Seconds. */
  readonly maxAge: number;
}

/** One cumulative series of a counter. */
export interface CounterPoint {
  readonly name: string;
  readonly service: ServiceIdentity;
  readonly attributes: Readonly<Record<string, string | boolean>>;
  readonly value: number;
  readonly startTime: number;
}

/** One cumulative series of a histogram with explicit bounds. */
export interface HistogramPoint {
  readonly name: string;
  readonly service: ServiceIdentity;
  readonly attributes: Readonly<Record<string, string | boolean>>;
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
  readonly startTime: number;
}

export interface UnassignedSnapshot {
  readonly service: ServiceIdentity;
  readonly provider: string | undefined;
  readonly requestModel: string | undefined;
  readonly calls: number;
  readonly lastSeen: number;
}

export interface Snapshot {
  readonly now: number;
  readonly instanceId: string;
  readonly startedAt: number;
  readonly targets: readonly TargetSnapshot[];
  readonly counters: readonly CounterPoint[];
  readonly histograms: readonly HistogramPoint[];
  readonly watermarks: readonly { readonly service: ServiceIdentity; readonly at: number }[];
  readonly unassigned: readonly UnassignedSnapshot[];
}
