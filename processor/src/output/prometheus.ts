/** Metric points go in, the Prometheus text exposition comes out piece by piece, with the names that Prometheus' own OTLP ingestion would give. Never drops a point silently: one without a definition throws. */
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

/** Characters of a piece: large enough to make writes few, small enough that the whole text never exists. */
const PIECE = 65_536;

/**
 * The text in pieces, each made when it is asked for. One family a metric, in the order of the points.
 * @throws Error at a metric without a definition, and at points of one metric that do not stand together.
 */
export function* prometheusText(
  points: Iterable<MetricPoint>,
  format: ExpositionFormat,
): Generator<string, void, undefined> {
  const begun = new Set<string>();
  let family: MetricDefinition | undefined;
  let text = '';
  for (const point of points) {
    if (family?.name !== point.name) {
      family = DEFINITIONS.get(point.name);
      if (family === undefined) throw new Error(`the metric ${point.name} has no definition`);
      if (begun.has(point.name)) throw new Error(`the points of ${point.name} do not stand together`);
      begun.add(point.name);
      text += header(family, format);
    }
    text += samples(family.prometheusName, point, format);
    if (text.length < PIECE) continue;
    yield text;
    text = '';
  }
  if (format === 'openmetrics') text += '# EOF\n';
  if (text !== '') yield text;
}

function header({ prometheusName, kind, brief }: MetricDefinition, format: ExpositionFormat): string {
  // OpenMetrics names a counter's family without the suffix that its samples have.
  const family =
    format === 'openmetrics' && kind === 'counter' ? prometheusName.replace(/_total$/, '') : prometheusName;
  return `# HELP ${family} ${escapeHelp(brief, format)}\n# TYPE ${family} ${kind}\n`;
}

function samples(name: string, point: MetricPoint, format: ExpositionFormat): string {
  const labels = labelsOf(point.attributes);
  return point.kind === 'histogram'
    ? histogramSamples(name, labels, point, format)
    : `${name}${braced(labels)} ${number(point.value)}\n`;
}

function histogramSamples(name: string, labels: string, point: DistributionPoint, format: ExpositionFormat): string {
  const bucket = `${name}_bucket{${labels}${labels === '' ? '' : ','}le="`;
  let cumulative = 0;
  let text = '';
  point.bounds.forEach((bound, index) => {
    cumulative += point.counts[index] ?? 0;
    // OpenMetrics wants bounds in canonical form, 1.0 and not 1.
    const le = format === 'openmetrics' && Number.isInteger(bound) ? `${bound}.0` : number(bound);
    text += `${bucket}${le}"} ${cumulative}\n`;
  });
  text += `${bucket}+Inf"} ${point.count}\n`;
  return `${text}${name}_sum${braced(labels)} ${number(point.sum)}\n${name}_count${braced(labels)} ${point.count}\n`;
}

/** Not kept: the labels of all series together are larger than the ledger. To Prometheus an empty label is an absent one. */
function labelsOf(attributes: MetricAttributes): string {
  let labels = '';
  for (const key in attributes) {
    const value = attributes[key];
    if (value === undefined || value === '') continue;
    labels += `${labels === '' ? '' : ','}${labelName(key)}="${escapeLabel(String(value))}"`;
  }
  return labels;
}

/** Attribute keys are those of semconv: a handful. */
const labelNames = new Map<string, string>();

function labelName(key: string): string {
  let name = labelNames.get(key);
  if (name === undefined) {
    name = prometheusLabelName(key);
    labelNames.set(key, name);
  }
  return name;
}

const braced = (labels: string): string => (labels === '' ? '' : `{${labels}}`);

const escapeLabel = (text: string): string =>
  /[\\\n"]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"') : text;

function escapeHelp(text: string, format: ExpositionFormat): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}

function number(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
