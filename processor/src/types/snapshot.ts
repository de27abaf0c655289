/** What every output reads: plain values, computed from the ledger at one frozen `now`. Times in epoch ms, durations in seconds. */
import type {
  AssumptionName,
  AssumptionState,
  BreakerState,
  ContractPart,
  ExerciseKind,
  LimitName,
  RouteType,
  TargetState,
  VocabularyTable,
} from '@warmspare/semconv';
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

/** A counted exercise: the first or the last success or failure of some hours. */
export interface Turn extends Sighting {
  readonly outcome: string;
  readonly kind: ExerciseKind;
  readonly errorType?: string;
}

/** When a target came into a state, and by which exercise; `by` is absent where time or the declaration did it. */
export interface StateChange {
  readonly at: number;
  readonly state: TargetState;
  readonly by: Turn | undefined;
}

/** One target of one service's chain. */
export interface TargetSnapshot {
  /** On a placeholder only the stated parts are set. */
  readonly service: ServiceIdentity;
  readonly chain: string;
  readonly target: string;
  readonly routeType: RouteType;
  /** 0 is the primary. */
  readonly rank: number | undefined;
  /** The row's labels under their full names; the same object from snapshot to snapshot. */
  readonly attributes: MetricAttributes;
  /** A configured target for which no service has been seen yet. */
  readonly placeholder: boolean;
  /** Nobody declared the chain: traces showed a failed call and another model's answer in its place. */
  readonly inferred: boolean;
  /** The chain's newer announcements leave this target out: shown, without a status. */
  readonly undeclared: boolean;
  /** Folds everything past the cap of rows; carries `otel.metric.overflow`; counters only. */
  readonly overflow: boolean;
  /** Epoch ms. */
  readonly declaredAt: number;
  /** Of the kinds that the policy counts; on the primary of any kind. */
  readonly lastAttempt: Sighting | undefined;
  readonly lastSuccess: Sighting | undefined;
  readonly lastFailure: FailureSighting | undefined;
  readonly lastSuccessKind: ExerciseKind | undefined;
  /** The newest organic attempt that gave the user an answer, and the newest that gave none. */
  readonly lastServed: Sighting | undefined;
  readonly lastUnserved: FailureSighting | undefined;
  /** Absent on the primary, on undeclared targets and on the overflow row. */
  readonly state: TargetState | undefined;
  /** Seconds, never negative; absent where `state` is. */
  readonly timeSinceLastSuccess: number | undefined;
  /** Seconds. */
  readonly maxAge: number;
  /** Those that apply, in the order of the names; empty where `state` is absent. */
  readonly assumptions: readonly AssumptionSnapshot[];
  /** One entry a part that the primary has and that is stable; empty where `state` is absent. */
  readonly drift: readonly DriftSnapshot[];
  /** One entry a configured limit. */
  readonly headroom: readonly HeadroomSnapshot[];
  /** What its state changes are told from, oldest first; empty where `state` is absent. */
  readonly turns: readonly Turn[];
  /** Of all calls, up to the last one. */
  readonly activity: Activity | undefined;
}

/** Calls by quarter of an hour of their event time; only the last 24 h and a quarter. */
export interface Activity {
  /** Quarters of an hour since the epoch, of the first count. */
  readonly from: number;
  readonly counts: readonly number[];
}

/** One of the five things that must hold when the target engages. */
export interface AssumptionSnapshot {
  readonly name: AssumptionName;
  readonly state: AssumptionState;
  /** When the state began: the proof, the break, or the moment at which the proof expired; the declaration while there was no evidence. */
  readonly since: number;
  /** The span that proved or broke it; of `unverified` the expired one, if any. */
  readonly by: Sighting | undefined;
  /** Why, as a sentence without a final stop: "answered 2 hours ago", "broken by 404 not_found 3 days ago". */
  readonly words: string;
  /** What would change it, as a sentence without a final stop. */
  readonly remedy: string;
}

/** What of the primary's contract changed after the target's last success. */
export interface DriftSnapshot {
  readonly part: ContractPart;
  /** The revisions that count, newest first; empty: none. */
  readonly revisions: readonly RevisionSnapshot[];
  /** Older ones that count, too, are no longer known. */
  readonly atLeast?: true;
}

export interface RevisionSnapshot {
  readonly revision: string;
  readonly firstSeen: Sighting;
  readonly lastSeen: number;
}

/** One part of the primary's contract over time. */
export interface ContractPartSnapshot {
  readonly part: ContractPart;
  /** The one first seen latest of those in use. */
  readonly current: string | undefined;
  /** By first sighting, oldest first. */
  readonly revisions: readonly RevisionSnapshot[];
  /** It changes on most calls: left out of drift and assumptions. */
  readonly unstable: boolean;
  /** When the newest of those that are no longer known was seen last. */
  readonly forgottenAt?: number;
}

/** Limit against projection if the target took the primary's present load. */
export interface HeadroomSnapshot {
  readonly limit: LimitName;
  /** `limit / projection`; below 1 the target would break the limit. Absent while unverified. */
  readonly headroom: number | undefined;
  readonly declared: number;
  readonly projected: number | undefined;
  /** `s`, a currency an hour (`USD/h`), `{token}/min`. */
  readonly unit: string;
  /** Calls of the target that the projection rests on: its newest ones that told what they took, cost or used. */
  readonly calls: number;
  /** Calls a second that the primary has, or would have while they go past it; absent where it is unknown. */
  readonly load: number | undefined;
}

export interface BreakerSnapshot {
  readonly name: string;
  readonly state: BreakerState;
  /** When it was seen in this state last. */
  readonly since: Sighting;
  /** How it came to open last; absent while that was not seen. */
  readonly trip?: BreakerTripSnapshot;
}

export interface BreakerTripSnapshot {
  /** When it was first seen open. */
  readonly at: number;
  /** From the first failure of a run of failures. */
  readonly seconds: number;
  /** The failure that it opened on. */
  readonly signal: Sighting & { readonly because: string };
}

/** What concerns a chain as a whole. */
export interface ChainSnapshot {
  readonly service: ServiceIdentity;
  readonly chain: string;
  /** Labels under their full names; the same object from snapshot to snapshot. */
  readonly attributes: MetricAttributes;
  readonly contract: readonly ContractPartSnapshot[];
  readonly breakers: readonly BreakerSnapshot[];
  /**
   * Seconds from the start of a failed first attempt to the engagement of the next target, over the exercises that had a failed one: no
   * drills, no open breakers. Percentiles are absent below 20 calls.
   */
  readonly detection:
    | { readonly mean: number; readonly p50?: number; readonly p95?: number; readonly calls: number }
    | undefined;
  /** The first known failure of the primary after its last success, epoch ms. */
  readonly primaryFailingSince?: number;
  /** Counted by this process and those before it on the same store. */
  readonly runs?: { readonly exhausted: number; readonly unprotected: number };
}

export interface UnassignedSnapshot {
  readonly service: ServiceIdentity;
  readonly provider: string | undefined;
  readonly requestModel: string | undefined;
  readonly calls: number;
  readonly lastSeen: number;
  /** The model of a failed call that one of them may have stood in for: only the prompt was another one. */
  readonly insteadOf?: string | undefined;
}

export interface Watermark {
  readonly service: ServiceIdentity;
  /** `service.*` under their full names; the same object from snapshot to snapshot. */
  readonly attributes: MetricAttributes;
  readonly at: number;
}

/** A word in spans that proves nothing, because no table has it. */
export interface UnknownWordSnapshot {
  readonly table: VocabularyTable;
  readonly word: string;
  readonly count: number;
}

/** All that is known at one moment. */
export interface Snapshot {
  /** Epoch ms. */
  readonly now: number;
  readonly instanceId: string;
  /** When this process began to count. */
  readonly startedAt: number;
  /** Sorted by service, chain, rank. */
  readonly targets: readonly TargetSnapshot[];
  /** Sorted by service, chain. */
  readonly chains: readonly ChainSnapshot[];
  readonly counters: readonly SumPoint[];
  readonly histograms: readonly DistributionPoint[];
  readonly watermarks: readonly Watermark[];
  readonly unassigned: readonly UnassignedSnapshot[];
  /** Words that no table of the vocabulary has, those met last first. */
  readonly unknownWords: readonly UnknownWordSnapshot[];
}
