/** What a span says once it is normalised, classified and judged: the only input of the ledger. Times in epoch ms. */
import type {
  CallOutcome,
  ChainOutcome,
  DrillFaultName,
  DrillOutcome,
  ExerciseKind,
  RouteType,
  SchemaErrorType,
  SchemaValidity,
  TriggerReason,
} from '@warmspare/semconv';
import type { ServiceIdentity } from './span.ts';

/** One target of a chain. */
export interface TargetName {
  readonly name: string;
  readonly type: RouteType;
}

/** The targets of a chain in rank order, as one announcement lists them. The same object for the same announcement. */
export type TargetList = readonly TargetName[];

/** The knowledge that a chain has these targets. */
export interface Announcement {
  readonly kind: 'announcement';
  readonly service: ServiceIdentity;
  readonly chain: string;
  readonly targets: TargetList;
  readonly ids: Uint32Array;
  readonly startTime: number;
  readonly endTime: number;
}

/** One counted span: one try of one target. The normaliser reuses one object: whoever keeps anything copies it. */
export interface Attempt {
  readonly kind: 'attempt';
  readonly service: ServiceIdentity;
  readonly chain: string;
  readonly target: string;
  readonly routeType: RouteType;
  readonly rank: number | undefined;
  /** The chain's targets where the span lists them. */
  readonly targets: TargetList | undefined;
  /** Assigned by a configured `match`: the span itself names no target, so it declares none. */
  readonly configured: boolean;
  readonly outcome: CallOutcome;
  /** No sampler stood before the span. */
  readonly unsampled: boolean;
  /** Missing on the span means organic. */
  readonly exercise: ExerciseKind;
  /** Which drill the attempt is part of; it has an id where `exercise` is `drill` and somebody said it. */
  readonly drillId: string | undefined;
  readonly drillFault: DrillFaultName | undefined;
  /** Six words, see `ids.ts`. */
  readonly ids: Uint32Array;
  readonly startTime: number;
  readonly endTime: number;
  readonly errorType: string | undefined;
  readonly provider: string | undefined;
  readonly requestModel: string | undefined;
  readonly responseModel: string | undefined;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly costAmount: number | undefined;
  readonly costCurrency: string | undefined;
  readonly schemaValidity: SchemaValidity | undefined;
  readonly schemaErrorType: SchemaErrorType | undefined;
  readonly schemaFingerprint: string | undefined;
  readonly promptFingerprint: string | undefined;
  readonly promptVersion: string | undefined;
  readonly triggerReason: TriggerReason | undefined;
  readonly primaryErrorType: string | undefined;
  /** Seconds. */
  readonly failoverDuration: number | undefined;
  /** Seconds. */
  readonly cacheAge: number | undefined;
  readonly breakerName: string | undefined;
  readonly breakerState: string | undefined;
}

/** A call that names no chain or no target: `classify.ts` assigns it by a configured `match`, or it stays unassigned: listed, never a row. */
export interface Call extends Omit<Attempt, 'kind'> {
  readonly kind: 'call';
}

/** A span that no dialect knows for a model call: nothing, unless a configured `match` assigns it. */
export interface OtherSpan extends Omit<Attempt, 'kind'> {
  readonly kind: 'other';
}

/** How a whole run of a chain ended. */
export interface ChainRun {
  readonly kind: 'run';
  readonly service: ServiceIdentity;
  readonly chain: string;
  readonly outcome: ChainOutcome;
  readonly exercise: ExerciseKind;
  readonly targets: TargetList | undefined;
  readonly ids: Uint32Array;
  readonly startTime: number;
  readonly endTime: number;
}

/** A drill that no attempt of its target tells of. */
export interface DrillEnd {
  readonly kind: 'drill';
  readonly service: ServiceIdentity;
  readonly chain: string;
  readonly target: string;
  readonly routeType: RouteType;
  readonly outcome: DrillOutcome;
  readonly fault: DrillFaultName | undefined;
  readonly targets: TargetList | undefined;
  readonly ids: Uint32Array;
  readonly startTime: number;
  readonly endTime: number;
}
