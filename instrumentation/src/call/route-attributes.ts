/** An attempt's scope in, the attributes that are known when its span is created out, so that samplers see them. Pure. */
import type { Attributes } from '@opentelemetry/api';
import {
  ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_DRILL_FAULT,
  ATTR_LLM_FALLBACK_DRILL_ID,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
} from '@warmspare/semconv';
import type { AttemptScope } from '../types/attempt.ts';

type Route = Omit<AttemptScope, 'carriesOutcome' | 'recording' | 'onStart' | 'onCall'>;

/** What is undefined in the scope is left out. The span of an attempt and those of the calls inside it begin with these. */
export function routeAttributes(route: Route): Attributes {
  const attributes = chainAttributes(route);
  set(attributes, ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID, route.spanId);
  set(attributes, ATTR_LLM_FALLBACK_TARGET_NAME, route.target);
  set(attributes, ATTR_LLM_FALLBACK_TARGET_RANK, route.rank);
  set(attributes, ATTR_LLM_FALLBACK_ROUTE_TYPE, route.routeType);
  set(attributes, ATTR_LLM_FALLBACK_ROUTE_SOURCE, route.routeSource);
  set(attributes, ATTR_LLM_FALLBACK_TRIGGER_REASON, route.triggerReason);
  set(attributes, ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE, route.primaryErrorType);
  set(attributes, ATTR_LLM_FALLBACK_FAILOVER_DURATION, route.failoverDuration);
  set(attributes, ATTR_LLM_FALLBACK_EXERCISE_KIND, route.exerciseKind);
  set(attributes, ATTR_LLM_FALLBACK_DRILL_ID, route.drill?.id);
  set(attributes, ATTR_LLM_FALLBACK_DRILL_FAULT, route.drill?.fault);
  set(attributes, ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT, route.schema?.fingerprint);
  set(attributes, ATTR_LLM_FALLBACK_BREAKER_NAME, route.breaker?.name);
  set(attributes, ATTR_LLM_FALLBACK_BREAKER_STATE, route.breaker?.state);
  return attributes;
}

/** The part that runs and declarations carry too: the chain and its targets. */
export function chainAttributes(chain: Pick<Route, 'chain' | 'targetNames' | 'targetTypes'>): Attributes {
  const attributes: Attributes = {};
  set(attributes, ATTR_LLM_FALLBACK_CHAIN_NAME, chain.chain);
  set(attributes, ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES, chain.targetNames);
  set(attributes, ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES, chain.targetTypes);
  return attributes;
}

function set(attributes: Attributes, name: string, value: string | number | readonly string[] | undefined): void {
  // OTel's type of attribute arrays is mutable, though nobody may change them.
  if (value !== undefined) attributes[name] = value as string | number | string[];
}
