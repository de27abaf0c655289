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

/**
 * The format that the Accept header gives the greater weight (RFC 9110, 12.5.1). OpenMetrics must be named: whoever takes anything gets
 * plain text, and so does whoever takes neither.
 */
export function negotiateExposition(accept: string | undefined): ExpositionFormat {
  const ranges = (accept ?? '').toLowerCase().split(',').map(readRange);
  const weightOf = (...types: readonly string[]): number | undefined => {
    for (const type of types) {
      const weights = ranges.filter((range) => range.type === type).map(({ weight }) => weight);
      if (weights.length > 0) return Math.max(...weights);
    }
    return undefined;
  };
  const openMetrics = weightOf('application/openmetrics-text') ?? 0;
  const text = weightOf('text/plain', 'text/*', '*/*') ?? 0;
  return openMetrics > 0 && openMetrics >= text ? 'openmetrics' : 'text';
}

function readRange(range: string): { readonly type: string; readonly weight: number } {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const isWeight = weight === undefined || /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight);
  return { type, weight: isWeight ? Number(weight ?? 1) : 0 };
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
  const labelsOf = createLabels();
  let family: Family | undefined;
  let text = '';
  for (const point of points) {
    if (family?.name !== point.name) {
      family = familyOf(point.name, format);
      if (begun.has(point.name)) throw new Error(`the points of ${point.name} do not stand together`);
      begun.add(point.name);
      text += family.header;
    }
    text += samples(family, labelsOf(point), point, format);
    if (text.length < PIECE) continue;
    yield text;
    text = '';
  }
  if (format === 'openmetrics') text += '# EOF\n';
  if (text !== '') yield text;
}

/** What is the same for all points of a metric. */
interface Family {
  readonly name: string;
  readonly header: string;
  /** The names of its samples; a histogram has the last three. */
  readonly sample: string;
  readonly bucket: string;
  readonly sum: string;
  readonly count: string;
}

function familyOf(name: string, format: ExpositionFormat): Family {
  const definition = DEFINITIONS.get(name);
  if (definition === undefined) throw new Error(`the metric ${name} has no definition`);
  const { prometheusName: sample } = definition;
  const [bucket, sum, count] = [`${sample}_bucket`, `${sample}_sum`, `${sample}_count`];
  return { name, header: header(definition, format), sample, bucket, sum, count };
}

function header({ prometheusName, kind, brief }: MetricDefinition, format: ExpositionFormat): string {
  // OpenMetrics names a counter's family without the suffix that its samples have.
  const family =
    format === 'openmetrics' && kind === 'counter' ? prometheusName.replace(/_total$/, '') : prometheusName;
  return `# HELP ${family} ${escapeHelp(brief, format)}\n# TYPE ${family} ${kind}\n`;
}

function samples(
  { sample, bucket, sum, count }: Family,
  labels: string,
  point: MetricPoint,
  format: ExpositionFormat,
): string {
  if (point.kind !== 'histogram') return sample + labels + valueEnd(point.value);
  const counted = labels + valueEnd(point.count);
  const total = sum + labels + valueEnd(point.sum);
  return bucketSamples(bucket, labels, point, format) + total + count + counted;
}

function bucketSamples(name: string, labels: string, point: DistributionPoint, format: ExpositionFormat): string {
  const start = flat(labels === '' ? `${name}{le="` : `${name}${labels.slice(0, -1)},le="`);
  const { counts } = point;
  let cumulative = 0;
  let text = '';
  let index = 0;
  for (const bound of boundsIn(point.bounds, format)) {
    cumulative += counts[index++] ?? 0;
    const end = `${bound}${cumulative}\n`;
    text += start + end;
  }
  return `${text}${start}+Inf"} ${point.count}\n`;
}

const valueEnd = (value: number): string => {
  // Most gauges are states.
  if (value === 0) return ' 0\n';
  return value === 1 ? ' 1\n' : ` ${number(value)}\n`;
};

/**
 * The same text in one piece: V8 keeps what was put together as a tree until somebody looks into it, and the tree of what stands in many
 * samples would be walked for each of them.
 */
function flat(text: string): string {
  return Number.isNaN(text.charCodeAt(0)) ? '' : text;
}

/** The ends of the labels, written once for the bounds of each metric: those are one object. */
const writtenBounds: Readonly<Record<ExpositionFormat, WeakMap<readonly number[], readonly string[]>>> = {
  text: new WeakMap(),
  openmetrics: new WeakMap(),
};

function boundsIn(bounds: readonly number[], format: ExpositionFormat): readonly string[] {
  const known = writtenBounds[format].get(bounds);
  if (known) return known;
  // OpenMetrics wants bounds in canonical form, 1.0 and not 1.
  const written = bounds.map((bound) =>
    format === 'openmetrics' && Number.isInteger(bound) ? `${bound}.0"} ` : `${number(bound)}"} `,
  );
  writtenBounds[format].set(bounds, written);
  return written;
}

/** Each owner's labels are written once for all of its points; not for longer than a scrape, as together they are as large as the ledger. */
function createLabels(): (point: MetricPoint) => string {
  const textOfOwner = createLabelTexts();
  const textOfExtra = createLabelTexts();
  return ({ attributes, extra }) => {
    const own = textOfOwner(attributes);
    const more = extra === undefined ? '' : textOfExtra(extra);
    if (own === '' || more === '') return own + more === '' ? '' : `{${own}${more}}`;
    return `{${own},${more}}`;
  };
}

function createLabelTexts(): (attributes: MetricAttributes) => string {
  const written = new Map<MetricAttributes, string>();
  return (attributes) => {
    let text = written.get(attributes);
    if (text === undefined) {
      text = flat(labelText(attributes));
      written.set(attributes, text);
    }
    return text;
  };
}

/** To Prometheus an empty label is an absent one. */
function labelText(attributes: MetricAttributes): string {
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
