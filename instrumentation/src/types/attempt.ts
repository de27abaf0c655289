/** The attempt that code may run in, and what a call reports to it. Types only. */
import type { Attributes } from '@opentelemetry/api';
import type {
  BreakerState,
  CallOutcome,
  ExerciseKind,
  RouteSource,
  RouteType,
  SchemaErrorType,
  SchemaValidity,
  TriggerReason,
} from '@warmspare/semconv';
import type { ReadAnswer } from './call.ts';
import type { DrilledAttempt } from './drill.ts';

/** The output schema that a chain or a route declares, as far as spans need it. */
export interface DeclaredSchema {
  /** Absent where the vendor gives no JSON Schema. */
  readonly fingerprint: string | undefined;
  /** The JSON Schema that the fingerprint was taken of; never changed by us. */
  readonly jsonSchema: object | undefined;
}

/** A circuit breaker that took part, in the state that it had when the attempt began. */
export interface BreakerFacts {
  /** The library's own, else chain and target of what it guards; absent where these have no names either. */
  readonly name: string | undefined;
  readonly state: BreakerState;
}

/** Whether an output kept to its schema. */
export interface SchemaVerdict {
  readonly validity: SchemaValidity;
  readonly errorType: SchemaErrorType | undefined;
}

/** What an LLM call reports to the attempt that it runs in, once it has ended. */
export interface FinishedCall {
  /** What the call's own span says: models, tokens, cost, prompt and schema fingerprints, validity, breaker. */
  readonly attributes: Attributes;
  /** As its span would say it. Undefined where nobody saw the answer. */
  readonly outcome?: CallOutcome | undefined;
  /** What was thrown, if anything was. */
  readonly error?: unknown;
  /** The caller gave up (`cancelled`) or a signal whose reason is a TimeoutError did (`timeout`). */
  readonly aborted?: 'cancelled' | 'timeout';
  /** Epoch ms. */
  readonly endTime: number;
}

export interface AttemptScope {
  readonly chain: string | undefined;
  /** Of the whole chain in rank order, announced on every attempt; the same array objects for every attempt of a chain. */
  readonly targetNames: readonly string[] | undefined;
  readonly targetTypes: readonly RouteType[] | undefined;
  readonly target: string | undefined;
  /** 0 is the primary. */
  readonly rank: number | undefined;
  readonly routeType: RouteType;
  readonly routeSource: RouteSource;
  readonly triggerReason?: TriggerReason | undefined;
  readonly primaryErrorType?: string | undefined;
  /** Seconds. */
  readonly failoverDuration?: number | undefined;
  readonly exerciseKind?: ExerciseKind | undefined;
  readonly drill?: DrilledAttempt | undefined;
  readonly schema?: DeclaredSchema | undefined;
  readonly breaker?: BreakerFacts | undefined;
  /** Of the span that encloses the calls. */
  readonly spanId?: string | undefined;
  /** Whose span is the attempt: one that encloses the calls (which then carry no outcome), or each call's own. */
  readonly carriesOutcome: 'attempt-span' | 'leaf';
  /** The span around the calls is of several tries at once: each has one of its own. */
  readonly ownSpans?: boolean | undefined;
  /** False: nobody reads what `onCall` would be given, so it need not be built. */
  readonly recording: boolean;
  /** A call begins inside the attempt. A streamed one may outlive the function that made it, hence the pair. */
  onStart(): void;
  /**
   * The call ended: exactly once for each `onStart`. Before the caller gets its answer, unless that is a stream or an output to hold
   * against a schema, which is done when the caller has it.
   */
  onCall(call: FinishedCall): void;
  /** A client inside got an answer. Told before its caller has the whole of it, whether or not anybody records. */
  onAnswer?(read: ReadAnswer): void;
  /** A breaker took part, even where it let no call through. */
  onBreaker?(breaker: BreakerFacts): void;
  /** The user's own code held the output against a schema. Only where a span around the calls is the attempt. */
  onSchemaCheck?(verdict: SchemaVerdict): void;
}
