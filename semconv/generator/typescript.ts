/** The resolved registry in, the text of the TypeScript sources out: constants, value types and the metric table. */
import { prometheusMetricName } from '../src/prometheus-name.ts';
import type { Attribute, Metric, Model } from './model.ts';

const HEADER = '/** Generated from model/*.yaml by `npm run generate`; change the model, not this file. */\n';

/** `llm_fallback.chain.name` → `ATTR_LLM_FALLBACK_CHAIN_NAME`. */
function attributeConstant(key: string): string {
  return `ATTR_${constantCase(key)}`;
}

/** `llm_fallback.calls` → `METRIC_LLM_FALLBACK_CALLS`. */
function metricConstant(name: string): string {
  return `METRIC_${constantCase(name)}`;
}

/** Constants and value types of one model document's attributes. */
export function attributesSource(attributes: readonly Attribute[]): string {
  return `${HEADER}\n${attributes.map(attributeSource).join('\n')}`;
}

/** Constants of all metrics, and the table of them. */
export function metricsSource(model: Model): string {
  const origins = new Map([
    ['external.yaml', './gen-ai.ts'],
    ['registry.yaml', './attributes.ts'],
    ['service.yaml', './attributes.ts'],
  ]);
  const used = new Map<string, Set<string>>();
  for (const { attribute } of model.metrics.flatMap((metric) => metric.attributes)) {
    const from = origins.get(attribute.file);
    if (from === undefined) throw new Error(`no source is generated for ${attribute.file}`);
    used.set(from, (used.get(from) ?? new Set()).add(attributeConstant(attribute.key)));
  }
  const imports = [...used]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([from, names]) =>
        `import {\n${[...names]
          .sort()
          .map((name) => `  ${name},\n`)
          .join('')}} from '${from}';\n`,
    );
  const constants = model.metrics.map(
    (metric) =>
      `${comment('', metric.brief, metric.note)}export const ${metricConstant(metric.name)} = '${metric.name}';\n`,
  );
  return `${HEADER}${imports.join('')}import type { MetricDefinition } from './metric-definition.ts';

${constants.join('\n')}
/** Every metric, in the registry's order. */
export const METRICS: readonly MetricDefinition[] = [
${model.metrics.map(metricEntry).join('')}];
`;
}

function attributeSource(attribute: Attribute): string {
  const deprecated =
    attribute.deprecatedFor === undefined ? [] : [`Read only: \`${attribute.deprecatedFor}\` is its new name.`];
  const constant = `${comment('', attribute.brief, attribute.note, ...deprecated)}export const ${attributeConstant(attribute.key)} = '${attribute.key}';\n`;
  const { names } = attribute;
  if (names === undefined) return constant;
  const members = attribute.members.map(({ value, brief }) => `${comment('  ', brief)}  '${value}',\n`).join('');
  return `${constant}
/** All values of \`${attribute.key}\`, in the registry's order. */
export const ${names.values} = [
${members}] as const;

/** Values of \`${attribute.key}\`. */
export type ${names.type} = (typeof ${names.values})[number];
`;
}

function metricEntry(metric: Metric): string {
  const { name, instrument: kind, unit, brief } = metric;
  const lines = [
    `name: ${metricConstant(name)},`,
    `kind: '${kind}',`,
    `unit: '${unit}',`,
    fit('brief:', ' ', quote(brief), ''),
    fit(
      'attributes: [',
      '',
      metric.attributes.map(({ attribute }) => attributeConstant(attribute.key)).join(', '),
      ']',
    ),
    ...(metric.bounds === undefined ? [] : [`bounds: [${metric.bounds.join(', ')}],`]),
    `prometheusName: '${prometheusMetricName({ name, unit, kind })}',`,
  ];
  return `  {\n${lines.map((line) => `    ${line}\n`).join('')}  },\n`;
}

/** One line where it fits in 120 columns, else broken as the formatter breaks it. */
function fit(open: string, space: string, content: string, close: string): string {
  const line = `${open}${space}${content}${close},`;
  if (line.length <= 116) return line;
  if (close === '') return `${open}\n      ${content},`;
  return `${open}\n${content
    .split(', ')
    .map((item) => `      ${item},\n`)
    .join('')}    ${close},`;
}

function comment(indent: string, ...paragraphs: readonly string[]): string {
  const lines = paragraphs.flatMap((text) => wrap(text.trim(), 116 - indent.length));
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}

function quote(text: string): string {
  return text.includes("'") ? JSON.stringify(text) : `'${text}'`;
}

function constantCase(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}
