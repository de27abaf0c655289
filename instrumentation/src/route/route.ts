/** What is found out about the route of a call: the types that evidence and its ranking share. */
import type { CacheType, RouteSource, RouteType, TriggerReason } from '@warmspare/semconv';

/** The fallbacks that a request itself names, the primary first. */
export interface Declaration {
  /** Stable and of low cardinality: the declaring system and the primary. */
  readonly chain: string;
  readonly system: string;
  readonly names: readonly string[];
  readonly types: readonly RouteType[];
}

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
