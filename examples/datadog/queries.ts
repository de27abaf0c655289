/** Metrics of the registry in, Datadog's query language out. Attributes are tags there; those of the service have Datadog's own names. */
import {
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_SERVICE_NAME,
  METRICS,
} from '@warmspare/semconv';

/** What Datadog makes of resource attributes (OpenTelemetry semantic mapping in Datadog's documentation). */
const MAPPED: Readonly<Record<string, string>> = {
  [ATTR_SERVICE_NAME]: 'service',
  [ATTR_DEPLOYMENT_ENVIRONMENT_NAME]: 'env',
};

export const SERVICE: readonly string[] = [ATTR_SERVICE_NAME, ATTR_DEPLOYMENT_ENVIRONMENT_NAME];
export const CHAIN: readonly string[] = [...SERVICE, ATTR_LLM_FALLBACK_CHAIN_NAME];
export const ROW: readonly string[] = [...CHAIN, ATTR_LLM_FALLBACK_TARGET_NAME, ATTR_LLM_FALLBACK_ROUTE_TYPE];

type Aggregation = 'min' | 'max' | 'sum' | 'p95';

export interface MetricQuery {
  /** Tags by the names of their attributes; `!` before a value negates it. */
  readonly where?: Readonly<Record<string, string>>;
  readonly by?: readonly string[];
  /** Names of template variables, for dashboards. */
  readonly variables?: readonly string[];
}

/** `min:llm_fallback.max_age{llm_fallback.route.type:cache} by {service}`. Throws for what the registry does not have. */
export function query(aggregation: Aggregation, metric: string, options: MetricQuery = {}): string {
  const { where = {}, by = [], variables = [] } = options;
  const definition = METRICS.find(({ name }) => name === metric);
  if (definition === undefined) throw new Error(`the registry has no metric ${metric}`);
  const unknown = [...Object.keys(where), ...by].filter((key) => !definition.attributes.includes(key));
  if (unknown.length > 0) throw new Error(`${metric} has no attribute ${unknown.join(', ')}`);
  const scope = [
    ...variables.map((variable) => `$${variable}`),
    ...Object.entries(where).map(([key, value]) =>
      value.startsWith('!') ? `!${tag(key)}:${value.slice(1)}` : `${tag(key)}:${value}`,
    ),
  ];
  const grouped = by.length === 0 ? '' : ` by {${by.map(tag).join(',')}}`;
  return `${aggregation}:${metric}{${scope.join(',') || '*'}}${grouped}`;
}

/** A counter's events in each interval. */
export function count(metric: string, options: MetricQuery = {}): string {
  return `${query('sum', metric, options)}.as_count()`;
}

/** The tag of an attribute. */
export function tag(attribute: string): string {
  return MAPPED[attribute] ?? attribute;
}
