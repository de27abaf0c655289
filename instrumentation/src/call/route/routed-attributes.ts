/** A route that was found in the end, as span attributes. Pure. */
import {
  ATTR_LLM_FALLBACK_CACHE_TYPE,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
} from '@warmspare/semconv';
import type { AttributeSink } from '../../base/attribute-sink.ts';
import type { Announced, Route } from './route.ts';

/** `announced`: the targets of its chain, where they do not stand there yet. What is undefined in the route is left out, except why a route other than the primary was taken: that has a word for unknown. */
export function sayRoute(into: AttributeSink, route: Route, announced?: Announced): void {
  if (announced !== undefined) {
    // OTel's type of attribute arrays is mutable, though nobody may change them.
    into.setAttribute(ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES, announced.names as string[]);
    into.setAttribute(ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES, announced.types as string[]);
  }
  into.setAttribute(ATTR_LLM_FALLBACK_ROUTE_TYPE, route.type);
  into.setAttribute(ATTR_LLM_FALLBACK_ROUTE_SOURCE, route.source);
  const optional: readonly (readonly [string, string | number | undefined])[] = [
    [ATTR_LLM_FALLBACK_CHAIN_NAME, route.chain],
    [ATTR_LLM_FALLBACK_TARGET_NAME, route.target],
    [ATTR_LLM_FALLBACK_TARGET_RANK, route.rank],
    [ATTR_LLM_FALLBACK_CACHE_TYPE, route.cacheType],
    [ATTR_LLM_FALLBACK_TRIGGER_REASON, route.triggerReason ?? (route.type === 'primary' ? undefined : '_OTHER')],
    [ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE, route.primaryErrorType],
    [ATTR_LLM_FALLBACK_FAILOVER_DURATION, route.failoverDuration],
  ];
  for (const [name, value] of optional) if (value !== undefined) into.setAttribute(name, value);
}
