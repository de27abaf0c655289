/** Metric points go in, the Prometheus text exposition comes out, with the names that Prometheus' own OTLP ingestion would give. Never drops a point silently: one without a definition throws. */
import { METRICS, type MetricDefinition, prometheusLabelName } from '@warmspare/semconv';
import type { DistributionPoint, MetricAttributes, MetricPoint } from '../types/metric.ts';

/** The two text formats that Prometheus scrapes. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** The content type of each format. */
export const EXPOSITION_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** OpenMetrics where the Accept header names it with a weight above zero, else the plain text format. */
export function negotiateExposition(accept: string | undefined): ExpositionFormat {
  const ranges = (accept ?? '').toLowerCase().split(',');
  const openMetrics = ranges.filter((range) => range.trim().startsWith('application/openmetrics-text'));
  return openMetrics.some((range) => !/;\s*q=0(\.0*)?\s*(;|$)/.test(range)) ? 'openmetrics' : 'text';
}

const DEFINITIONS: ReadonlyMap<string, MetricDefinition> = new Map(
  METRICS.map((definition) => [definition.name, definition]),
);

/** One family a metric, in the order of the first point; samples of a family stand together. */
export function renderPrometheus(points: readonly MetricPoint[], format: ExpositionFormat): string {
  const families = new Map<string, { definition: MetricDefinition; lines: string[] }>();
  for (const point of points) {
    let family = families.get(point.name);
    if (family === undefined) {
      const definition = DEFINITIONS.get(point.name);
      if (definition === undefined) throw new Error(`the metric ${point.name} has no definition`);
      family = { definition, lines: [] };
      families.set(point.name, family);
    }
    writePoint(family.lines, family.definition.prometheusName, point, format);
  }
  const blocks: string[] = [];
  for (const { definition, lines } of families.values()) blocks.push(header(definition, format), ...lines);
  if (format === 'openmetrics') blocks.push('# EOF');
  return `${blocks.join('\n')}\n`;
}

function header({ prometheusName, kind, brief }: MetricDefinition, format: ExpositionFormat): string {
  // OpenMetrics names a counter's family without the suffix that its samples have.
  const family =
    format === 'openmetrics' && kind === 'counter' ? prometheusName.replace(/_total$/, '') : prometheusName;
  return `# HELP ${family} ${escapeHelp(brief, format)}\n# TYPE ${family} ${kind}`;
}

function writePoint(lines: string[], name: string, point: MetricPoint, format: ExpositionFormat): void {
  const labels = labelsOf(point.attributes);
  if (point.kind === 'histogram') writeHistogram(lines, name, labels, point, format);
  else lines.push(`${name}${braced(labels)} ${number(point.value)}`);
}

function writeHistogram(
  lines: string[],
  name: string,
  labels: string,
  point: DistributionPoint,
  format: ExpositionFormat,
): void {
  const separator = labels === '' ? '' : ',';
  let cumulative = 0;
  point.bounds.forEach((bound, index) => {
    cumulative += point.counts[index] ?? 0;
    // OpenMetrics wants bounds in canonical form, 1.0 and not 1.
    const le = format === 'openmetrics' && Number.isInteger(bound) ? `${bound}.0` : number(bound);
    lines.push(`${name}_bucket{${labels}${separator}le="${le}"} ${cumulative}`);
  });
  lines.push(`${name}_bucket{${labels}${separator}le="+Inf"} ${point.count}`);
  lines.push(`${name}_sum${braced(labels)} ${number(point.sum)}`, `${name}_count${braced(labels)} ${point.count}`);
}

/** A series keeps its attributes object, so its labels are written once. */
const cache = new WeakMap<MetricAttributes, string>();

function labelsOf(attributes: MetricAttributes): string {
  let labels = cache.get(attributes);
  if (labels === undefined) {
    // To Prometheus an empty label is an absent one.
    labels = Object.entries(attributes)
      .filter(([, value]) => value !== '')
      .map(([key, value]) => `${prometheusLabelName(key)}="${escapeLabel(String(value))}"`)
      .join(',');
    cache.set(attributes, labels);
  }
  return labels;
}

const braced = (labels: string): string => (labels === '' ? '' : `{${labels}}`);

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');

function escapeHelp(text: string, format: ExpositionFormat): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}

function number(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
