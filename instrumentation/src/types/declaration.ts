/** The list of fallbacks that a request itself names. Types only: requests carry it. */
import type { RouteType } from '@warmspare/semconv';

/** The fallbacks that a request itself names, the primary first. */
export interface Declaration {
  /** Stable and of low cardinality: the declaring system and the primary. */
  readonly chain: string;
  readonly system: string;
  readonly names: readonly string[];
  readonly types: readonly RouteType[];
  /** The models that each target may serve, where its name says more than that. */
  readonly models?: readonly (readonly string[])[] | undefined;
  /** Where each target stands in the gateway's configuration. */
  readonly paths?: readonly string[] | undefined;
  /** A target is tried only after each one before it has failed: none is ever passed over. */
  readonly strict?: boolean | undefined;
}
