/** What the dashboards ask, in the registry's names: every query is narrowed by the dashboard's variables. */
import {
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
} from '@warmspare/semconv';
import { labels, merged, select } from '../prometheus/expressions.ts';

export const SERVICE: readonly string[] = [ATTR_SERVICE_NAMESPACE, ATTR_SERVICE_NAME, ATTR_DEPLOYMENT_ENVIRONMENT_NAME];
export const CHAIN: readonly string[] = [...SERVICE, ATTR_LLM_FALLBACK_CHAIN_NAME];
export const ROW: readonly string[] = [...CHAIN, ATTR_LLM_FALLBACK_TARGET_NAME, ATTR_LLM_FALLBACK_ROUTE_TYPE];

type Attributes = Readonly<Record<string, string>>;

const OF_SERVICES: Attributes = {
  [ATTR_SERVICE_NAME]: '~$service',
  [ATTR_DEPLOYMENT_ENVIRONMENT_NAME]: '~$environment',
};
const OF_CHAINS: Attributes = { ...OF_SERVICES, [ATTR_LLM_FALLBACK_CHAIN_NAME]: '~$chain' };

/** The series of a metric that belong to a chain, of the services and chains that the variables name. */
export function chosen(name: string, attributes: Attributes = {}, part = ''): string {
  return select(name, { ...OF_CHAINS, ...attributes }, part);
}

/** The same of a metric that belongs to a service only. */
export function chosenServices(name: string): string {
  return select(name, OF_SERVICES);
}

/** A gauge that every replica reports alike, once. */
export function once(selector: string, by: readonly string[]): string {
  return `max by (${labels(by)}) (${selector})`;
}

/** What a counter adds a second, over replicas. */
export function rate(selector: string, by: readonly string[]): string {
  return sum(merged(selector, `rate(${selector}[$__rate_interval])`), by);
}

/**
 * What a counter added in the dashboard's time range, over replicas. `increase()` would miss the first event of a series that comes
 * into being with it; Warmspare's counters survive its restarts, so the difference does not.
 */
export function added(selector: string, by: readonly string[]): string {
  const now = sum(merged(selector), by);
  const then = sum(merged(selector, `${selector} offset $__range`), by);
  return `clamp_min(${now} - (${then} or 0 * ${now}), 0)`;
}

function sum(expression: string, by: readonly string[]): string {
  return by.length === 0 ? `sum(${expression})` : `sum by (${labels(by)}) (${expression})`;
}

/** A quantile of what a histogram counted in each interval. */
export function quantile(q: number, name: string, by: readonly string[]): string {
  const buckets = chosen(name, {}, '_bucket');
  return `histogram_quantile(${q}, sum by (le, ${labels(by)}) (${merged(buckets, `rate(${buckets}[$__rate_interval])`)}))`;
}

/** The service, chain and target of a row as one label, for tables. */
export function named(expression: string): string {
  return joined(expression, [ATTR_SERVICE_NAME, ATTR_LLM_FALLBACK_CHAIN_NAME, ATTR_LLM_FALLBACK_TARGET_NAME]);
}

/** The same of a chain. */
export function chainNamed(expression: string): string {
  return joined(expression, [ATTR_SERVICE_NAME, ATTR_LLM_FALLBACK_CHAIN_NAME]);
}

function joined(expression: string, parts: readonly string[]): string {
  return `label_join(${expression}, "row", " / ", ${parts.map((part) => `"${labels([part])}"`).join(', ')})`;
}
