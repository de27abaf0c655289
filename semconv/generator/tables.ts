/** The resolved registry in, Markdown tables and a text with its marked regions replaced out. */
import { prometheusMetricName } from '../src/prometheus-name.ts';
import type { Attribute, Model } from './model.ts';

/** The tables by the name of the region that they fill. */
export function tables(model: Model): ReadonlyMap<string, string> {
  return new Map([
    ['attributes', attributesTable(model.attributes.filter(({ file }) => file === 'registry.yaml'))],
    ['spans', spansTables(model)],
    ['metrics', metricsTable(model, 'metrics.yaml')],
    ['service-metrics', metricsTable(model, 'service.yaml')],
  ]);
}

/** Fills every `<!-- generated:NAME -->` … `<!-- /generated:NAME -->` region whose table is known; leaves the rest alone. */
export function fillRegions(text: string, filling: ReadonlyMap<string, string>): string {
  return text.replace(
    /(<!-- generated:([a-z-]+) -->\n)[\s\S]*?(<!-- \/generated:\2 -->)/g,
    (whole, open: string, name: string, close: string) => {
      const table = filling.get(name);
      return table === undefined ? whole : `${open}\n${table}\n${close}`;
    },
  );
}

function attributesTable(attributes: readonly Attribute[]): string {
  const rows = attributes.map((attribute) => [
    `\`${attribute.key}\``,
    attribute.members.length > 0
      ? attribute.members.map(({ value }) => `\`${value}\``).join(' ')
      : `${attribute.type}${attribute.examples.length > 0 ? `, \`${example(attribute.examples[0])}\`` : ''}`,
    attribute.brief,
  ]);
  return table(['Attribute', 'Type or values', 'Meaning'], rows);
}

function spansTables(model: Model): string {
  return model.spans
    .map((span) => {
      const rows = span.attributes.map(({ attribute, requirement }) => [
        `\`${attribute.key}\``,
        requirement.replaceAll('_', '-'),
      ]);
      const intro = [span.brief, span.note].map((text) => text.trim()).filter((text) => text !== '');
      return `**\`${span.type}\`** (${span.kind}, named ${span.name}). ${intro.join(' ')}\n\n${table(['Attribute', 'Required'], rows)}`;
    })
    .join('\n');
}

function metricsTable(model: Model, file: string): string {
  const rows = model.metrics
    .filter((metric) => metric.file === file)
    .map((metric) => {
      const { name, unit, instrument: kind } = metric;
      const own = metric.attributes.filter(({ attribute }) => !ROW_ATTRIBUTES.has(attribute.key));
      return [
        `\`${name}\``,
        `\`${prometheusMetricName({ name, unit, kind })}\``,
        `${kind}, \`${unit}\``,
        own.map(({ attribute }) => `\`${attribute.key}\``).join(' '),
        metric.brief,
      ];
    });
  return table(['Metric', 'In Prometheus', 'Kind, unit', 'Own attributes', 'Meaning'], rows);
}

/** What identifies a row or a run; named once above the table instead of in each line. */
const ROW_ATTRIBUTES: ReadonlySet<string> = new Set([
  'service.namespace',
  'service.name',
  'deployment.environment.name',
  'llm_fallback.chain.name',
  'llm_fallback.target.name',
  'llm_fallback.route.type',
]);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return `${line(head)}${line(head.map(() => '---'))}${rows.map(line).join('')}`;
}

function example(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
