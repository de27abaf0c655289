/** What every output reads: plain values, computed from the ledger at one frozen `now`. Times in epoch ms, durations in seconds. */
import type { ExerciseKind, RouteType, TargetState } from '@warmspare/semconv';
import type { DistributionPoint, MetricAttributes, SumPoint } from './metric.ts';
import type { ServiceIdentity } from './span.ts';

export type { TargetState };

/** When something last happened (end of the span), and in which span. Ids are hex, empty where the span had none. */
export interface Sighting {
  readonly at: number;
  readonly traceId: string;
  readonly spanId: string;
}

/** A sighting that says how it ended. */
export interface FailureSighting extends Sighting {
  readonly outcome: string;
  readonly errorType: string | undefined;
}

export interface TargetSnapshot {
  /** On a placeholder only the stated parts are set. */
  readonly service: ServiceIdentity;
  readonly chain: string;
  readonly target: string;
  readonly routeType: RouteType;
  readonly rank: number | undefined;
  /** The row's labels under their full names; the same object from snapshot to snapshot. */
  readonly attributes: MetricAttributes;
  /** A configured target for which no service has been seen yet. */
  readonly placeholder: boolean;
  /** The chain's newer announcements leave this target out: shown, without a status. */
  readonly undeclared: boolean;
  /** Folds everything past the cap of rows; carries `otel.metric.overflow`; counters only. */
  readonly overflow: boolean;
  readonly declaredAt: number;
  /** Of the kinds that the policy counts; on the primary of any kind. */
  readonly lastAttempt: Sighting | undefined;
  readonly lastSuccess: Sighting | undefined;
  readonly lastFailure: FailureSighting | undefined;
  readonly lastSuccessKind: ExerciseKind | undefined;
  /** Absent on the primary, on undeclared targets and on the overflow row. */
  readonly state: TargetState | undefined;
  /** Seconds, never negative; absent where `state` is. */
  readonly timeSinceLastSuccess: number | undefined;
  /** Seconds. */
  readonly maxAge: number;
}

export interface UnassignedSnapshot {
  readonly service: ServiceIdentity;
  readonly provider: string | undefined;
  readonly requestModel: string | undefined;
  readonly calls: number;
  readonly lastSeen: number;
}

export interface Watermark {
  readonly service: ServiceIdentity;
  /** `service.*` under their full names; the same object from snapshot to snapshot. */
  readonly attributes: MetricAttributes;
  readonly at: number;
}

export interface Snapshot {
  readonly now: number;
  readonly instanceId: string;
  /** When this process began to count. */
  readonly startedAt: number;
  /** Sorted by service, chain, rank. */
  readonly targets: readonly TargetSnapshot[];
  readonly counters: readonly SumPoint[];
  readonly histograms: readonly DistributionPoint[];
  readonly watermarks: readonly Watermark[];
  readonly unassigned: readonly UnassignedSnapshot[];
}
