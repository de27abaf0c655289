/** What is found out about the route of a call: the types that evidence and its ranking share. */
import type { CacheType, CallOutcome, RouteSource, RouteType, TriggerReason } from '@warmspare/semconv';
import type { CallRequest } from '../../types/call.ts';
import type { Declaration } from '../../types/declaration.ts';

/** A chain and its targets, as attempts announce them. */
export type Announced = Pick<Declaration, 'chain' | 'names' | 'types'>;

/** A route, and how it is known. */
export interface Route {
  readonly type: RouteType;
  readonly source: RouteSource;
  /** Of the chain that the call belongs to, where one is known. */
  readonly chain?: string | undefined;
  readonly target?: string | undefined;
  /** 0 is the primary. */
  readonly rank?: number | undefined;
  readonly cacheType?: CacheType | undefined;
  readonly triggerReason?: TriggerReason | undefined;
  readonly primaryErrorType?: string | undefined;
  /** Seconds. */
  readonly failoverDuration?: number | undefined;
}

/** Another target that failed in the course of one call, and gets an outcome of its own. */
export interface FailedTarget {
  readonly target: string;
  readonly type: RouteType;
  readonly rank?: number | undefined;
  readonly outcome: CallOutcome;
  readonly errorType: string;
  /** Why the chain left it; undefined where that is not known. */
  readonly reason?: TriggerReason | undefined;
  /** When it began and ended, of the monotonic clock in ms; of the call that tells of it where it is not known. */
  readonly began?: number | undefined;
  readonly ended?: number | undefined;
  /** What was asked of it, where it was a call of its own. */
  readonly request?: CallRequest | undefined;
}

/** All that the evidence about one call says. */
export interface Findings {
  /** Undefined where nothing tells: a route is never guessed. */
  readonly route: Route | undefined;
  /** Undefined where there are none. */
  readonly failed?: readonly FailedTarget[] | undefined;
  /** The chain of the failed targets, and of the route where it has one. */
  readonly chain?: string | undefined;
  /** Its targets, where the call's beginning did not announce them. */
  readonly announced?: Announced | undefined;
}

/** The evidence contradicts itself, or names none: nobody has the credit and nobody the blame. */
export const NOBODY: Findings = { route: undefined };
