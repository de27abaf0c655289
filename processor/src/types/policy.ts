/** Policy as the judge and the ledger read it; `config.ts` makes it from YAML. Durations in seconds. */
import type { DrillFaultName, ExerciseKind, RouteType } from '@warmspare/semconv';

export interface Policy {
  readonly maxAge: number;
  readonly maxCacheAge: number | undefined;
  readonly maxFailover: number;
  readonly counts: readonly ExerciseKind[];
  readonly sampling: 'none' | 'unknown';
  readonly retireAfter: number;
}

export interface Money {
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
}

export interface TargetPolicy extends Policy {
  readonly name: string;
  readonly type: RouteType;
  /** Attribute, resource attribute or `span.name` to a glob; all must match. */
  readonly match: Readonly<Record<string, string>> | undefined;
  /** The same form. It wins over `match`; never there without it. */
  readonly exclude: Readonly<Record<string, string>> | undefined;
  readonly maxLatency: number | undefined;
  readonly maxCost: Money | undefined;
  readonly limits: {
    readonly p95Latency: number | undefined;
    readonly costPerHour: Money | undefined;
    readonly tokensPerMinute: number | undefined;
  };
}

/** A configured chain: policy for every matching row. An omitted selector matches any. */
export interface ChainPolicy extends Policy {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly service: string | undefined;
  readonly environment: string | undefined;
  readonly targets: readonly TargetPolicy[];
  /** The request that drills the chain. */
  readonly drill?: DrillPolicy | undefined;
}

/** How `warmspare drill` has a chain run. */
export interface DrillPolicy {
  readonly url: string;
  readonly method: string;
  /** Relative to the configuration. */
  readonly bodyFile: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly fault: DrillFaultName;
}

export interface Policies {
  readonly defaults: Policy;
  /** Whether an output that a span records is held against the schema that it records; false only where that is said. */
  readonly judgeRecordedOutputs?: boolean;
  readonly chains: readonly ChainPolicy[];
}
