/** What a span says once it is normalised and classified: the only input of the ledger. */
import type { CallOutcome, ExerciseKind, RouteType, SchemaErrorType, SchemaValidity, TriggerReason } from '@warmspare/semconv';
import type { ServiceIdentity } from './span.ts';

/** One target of a chain, in rank order within its announcement. */
export interface TargetName {
  readonly name: string;
  readonly type: RouteType;
}

/** The knowledge that a chain has these targets, heard at `receivedAt` (epoch ms). */
export interface Announcement {
  readonly kind: 'announcement';
  readonly service: ServiceIdentity;
  readonly chain: string;
  readonly targets: readonly TargetName[];
}

/** One counted span: one try of one target (DESIGN section 4, "Which span is the attempt"). Times in epoch ms. */
export interface Attempt {
  readonly kind: 'attempt';
  readonly service: ServiceIdentity;
  readonly chain: string;
  readonly target: string;
  readonly routeType: RouteType;
  readonly rank: number | undefined;
  readonly outcome: CallOutcome;
  readonly exercise: ExerciseKind;
  readonly traceId: string;
  readonly spanId: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly errorType: string | undefined;
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
  /** Seconds. */
  readonly failoverDuration: number | undefined;
  /** Seconds. */
  readonly cacheAge: number | undefined;
  readonly breakerName: string | undefined;
  readonly breakerState: string | undefined;
}

/** How a whole run of a chain ended. */
export interface ChainRun {
  readonly kind: 'run';
  readonly service: ServiceIdentity;
  readonly chain: string;
  readonly outcome: 'served' | 'exhausted' | 'unprotected' | 'cancelled';
  readonly traceId: string;
  readonly spanId: string;
  readonly startTime: number;
  readonly endTime: number;
}

/** An LLM call that belongs to no known chain: listed, never a row. */
export interface UnassignedCall {
  readonly kind: 'unassigned';
  readonly service: ServiceIdentity;
  readonly provider: string | undefined;
  readonly requestModel: string | undefined;
  readonly endTime: number;
}

export type Evidence = Announcement | Attempt | ChainRun | UnassignedCall;
