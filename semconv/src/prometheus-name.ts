/**
 * OpenTelemetry metric and attribute names in; the names out that Prometheus' own OTLP ingestion gives them with the
 * translation strategy UnderscoreEscapingWithSuffixes, so that both ways into Prometheus make the same series. Follows
 * prometheus/otlptranslator (metric_namer.go, label_namer.go, unit_namer.go) case by case, oddities included.
 */
import type { MetricKind } from './metric-definition.ts';

const UNITS: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tibibytes'],
  ['KBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['1', ''],
  ['%', 'percent'],
]);

const PER_UNITS: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
]);

/**
 * The Prometheus name of a metric: unit spelled out and appended, `_total` on counters (OTLP: monotonic sums), `_ratio` on
 * gauges of unit `1`, units in braces dropped, runs of other characters one underscore, `_` before a leading digit. The kind
 * may be left out for what is none of them (an up-down counter, say).
 * @throws RangeError where no letter or digit is left, as upstream refuses such a metric.
 */
export function prometheusMetricName(metric: {
  readonly name: string;
  readonly unit: string;
  readonly kind?: MetricKind;
}): string {
  const { name, unit, kind } = metric;
  let tokens = name.split(/[^a-zA-Z0-9:]+/).filter((token) => token !== '');
  tokens.push(...unitTokens(unit, tokens));
  if (kind === 'counter') tokens = [...tokens.filter((token) => token !== 'total'), 'total'];
  if (kind === 'gauge' && unit === '1') tokens = [...tokens.filter((token) => token !== 'ratio'), 'ratio'];
  const joined = tokens.join('_');
  if (/^_*$/.test(joined)) throw new RangeError(`no Prometheus metric name can be made of ${JSON.stringify(name)}`);
  return startsWithDigit(joined) ? `_${joined}` : joined;
}

/**
 * The Prometheus name of an attribute: every other character an underscore, `key_` before a leading digit, `key` before a
 * single leading underscore. Runs of underscores stay, as they do in Prometheus' default configuration (its
 * `label_name_preserve_multiple_underscores` and `label_name_underscore_sanitization` are on).
 * @throws RangeError where nothing but underscores is left, as upstream refuses such a label.
 */
export function prometheusLabelName(key: string): string {
  const sanitized = key.replace(/[^a-zA-Z0-9]/gu, '_');
  const prefix = startsWithDigit(sanitized) ? 'key_' : /^_(?!_)/.test(sanitized) ? 'key' : '';
  const label = prefix + sanitized;
  if (/^_*$/.test(label)) throw new RangeError(`no Prometheus label name can be made of ${JSON.stringify(key)}`);
  return label;
}

function unitTokens(unit: string, nameTokens: readonly string[]): string[] {
  const slash = unit.indexOf('/');
  const mainUnit = (slash < 0 ? unit : unit.slice(0, slash)).trim();
  const perUnit = slash < 0 ? '' : unit.slice(slash + 1).trim();

  let main = /[{}]/.test(mainUnit) ? '' : cleanUnit(UNITS.get(mainUnit) ?? mainUnit);
  let per = perUnit === '' || /[{}]/.test(perUnit) ? '' : cleanUnit(`per_${PER_UNITS.get(perUnit) ?? perUnit}`);
  if (nameTokens.includes(main)) main = '';
  per = per === 'per_' ? '' : per.replace(/_$/, '');
  if (per !== '') main = main.replace(/_$/, '');
  return [main, per].filter((token) => token !== '');
}

function cleanUnit(unit: string): string {
  return unit
    .replace(/[^a-zA-Z0-9:]/g, '_')
    .replace(/_+/g, '_')
    .replace(/^_/, '');
}

function startsWithDigit(text: string): boolean {
  return /^[0-9]/.test(text);
}
