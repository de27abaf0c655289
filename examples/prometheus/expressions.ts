/** Metrics of the registry in, PromQL out: the building blocks of the rules, each of which says why it is written so. */
import { METRICS, type MetricDefinition, prometheusLabelName } from '@warmspare/semconv';

/** The Prometheus name of a metric. Throws for a name that the registry does not have, so that no rule can be about nothing. */
function series(name: string): string {
  return definition(name).prometheusName;
}

/**
 * A selector: `series{label="value"}`, from attributes under their OpenTelemetry names. `!` before a value negates it, `~` makes it
 * a regular expression. `part` is that of a histogram: `_bucket`, `_sum`, `_count`.
 */
export function select(name: string, attributes: Readonly<Record<string, string>> = {}, part = ''): string {
  const known = definition(name).attributes;
  const matchers = Object.entries(attributes).map(([key, value]) => {
    if (!known.includes(key)) throw new Error(`${name} has no attribute ${key}`);
    const operator = OPERATORS[value.slice(0, 1)];
    return `${prometheusLabelName(key)}${operator ?? '='}"${operator ? value.slice(1) : value}"`;
  });
  const own = series(name) + part;
  return matchers.length === 0 ? own : `${own}{${matchers.join(', ')}}`;
}

const OPERATORS: Readonly<Record<string, string>> = { '!': '!=', '~': '=~' };

/** Labels of attributes, as `by (...)` and `on (...)` take them. */
export function labels(keys: readonly string[]): string {
  return keys.map(prometheusLabelName).join(', ');
}

/**
 * A gauge that every replica reports alike, without the labels that tell replicas and scrapes apart. While no replica is scraped (the
 * witness is missing) its last value holds for the gap, so that failed scrapes neither end nor start an alert; while one is, a series that
 * is gone is gone at once, as after `warmspare retire`. `max`, as of all that replicas of one store report.
 */
export function gauge(selector: string, by: readonly string[], gap: string, witness: string): string {
  return `max by (${labels(by)}) (${selector} or (last_over_time(${selector}[${gap}]) unless on () ${witness}))`;
}

/**
 * Of `llm_fallback_*` the replicas of one store report the same values: the greatest of each series, without the labels that tell replicas and
 * scrapes apart. What a replica reports of itself (`warmspare_*`) stays as it is. `expression` is made of the selector, such as its rate.
 */
export function merged(selector: string, expression: string = selector): string {
  const [own = ''] = /^\w+/.exec(selector) ?? [];
  const name = own.replace(/_(bucket|sum|count)$/, '');
  const metric = METRICS.find(({ prometheusName }) => prometheusName === own || prometheusName === name);
  if (metric === undefined) throw new Error(`the registry has no metric ${own}`);
  if (!own.startsWith('llm_fallback_')) return expression;
  const le = own.endsWith('_bucket') ? ', le' : '';
  return `max by (${labels(metric.attributes)}${le}) (${expression})`;
}

/**
 * Whether a counter has grown within the window. `increase()` would miss the first event of a series that comes into being with it, so the sum
 * is held against what it was, nothing counting as 0, provided that any replica was scraped then: on the first scrape of all, or the first
 * after failed ones, old counts are not news.
 */
export function grown(selector: string, by: readonly string[], window: string, witness: string): string {
  const now = `sum by (${labels(by)}) (${merged(selector)})`;
  const then = `sum by (${labels(by)}) (${merged(selector, `${selector} offset ${window}`)})`;
  return `(${now} - (${then} or 0 * ${now}) > 0)\nand on () count(${witness} offset ${window})`;
}

function definition(name: string): MetricDefinition {
  const found = METRICS.find((metric) => metric.name === name);
  if (found === undefined) throw new Error(`the registry has no metric ${name}`);
  return found;
}
