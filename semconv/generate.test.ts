import { describe, expect, test } from 'vitest';
import { generate, loadModel, present, README_PATHS } from './generate.ts';
import { readModel } from './generator/model.ts';
import { fillRegions } from './generator/tables.ts';
import * as semconv from './src/index.ts';

const model = loadModel();

test('every generated file equals what the registry says', () => {
  const readmes = new Map(README_PATHS.map((path) => [path, present(path)]));
  for (const [path, text] of generate(model, readmes)) {
    expect(present(path), `${path} differs from model/*.yaml: run \`npm run generate\``).toBe(text);
  }
});

describe('the registry', () => {
  const ours = model.attributes.filter(({ key }) => key.startsWith('llm_fallback.'));

  test('has no name that is also a namespace', () => {
    for (const keys of [model.attributes.filter(({ deprecatedFor }) => deprecatedFor === undefined), model.metrics]) {
      const names = keys.map((each) => ('key' in each ? each.key : each.name));
      for (const name of names) {
        expect(
          names.filter((other) => other.startsWith(`${name}.`)),
          `${name} is a name and a namespace`,
        ).toEqual([]);
      }
    }
  });

  test('uses every attribute of ours on a span or a metric', () => {
    const used = new Set(
      [...model.spans, ...model.metrics].flatMap((each) => each.attributes.map((ref) => ref.attribute.key)),
    );
    expect(ours.map(({ key }) => key).filter((key) => !used.has(key))).toEqual([]);
  });

  test('gives an example of each of our attributes that has no list of values', () => {
    expect(ours.filter(({ members, examples }) => members.length === 0 && examples.length === 0)).toEqual([]);
  });

  test('refers to upstream names where it replaces old ones', () => {
    const keys = new Set(model.attributes.map(({ key }) => key));
    const renamed = model.attributes.flatMap(({ deprecatedFor }) => deprecatedFor ?? []);
    expect(renamed.length).toBeGreaterThan(0);
    expect(renamed.filter((key) => !keys.has(key))).toEqual([]);
  });
});

describe('a contradictory model is refused', () => {
  const attribute = '{ key: a, type: string, stability: development, brief: A. }';
  test.each([
    ['an attribute twice', `attributes: [${attribute}, ${attribute}]`, 'a is defined twice'],
    [
      'an unknown reference',
      'metrics: [{ name: m, instrument: gauge, unit: s, brief: M., attributes: [{ ref: b }] }]',
      'no attribute b',
    ],
    [
      'an unknown group',
      'metrics: [{ name: m, instrument: gauge, unit: s, brief: M., attributes: [{ ref_group: g }] }]',
      'no attribute group g',
    ],
    [
      'a histogram without bounds',
      'metrics: [{ name: m, instrument: histogram, unit: s, brief: M. }]',
      'm: a histogram, and nothing else, has bounds',
    ],
    [
      'an attribute twice on one span',
      `{ attributes: [${attribute}], spans: [{ type: s, kind: internal, brief: S., name: { note: s }, attributes: [{ ref: a }, { ref: a }] }] }`,
      's: a is defined twice',
    ],
  ])('%s', (_name, text, message) => {
    expect(() => readModel(new Map([['registry.yaml', text]]))).toThrow(message);
  });
});

test('regions are filled by name and nothing else is touched', () => {
  const text =
    'a\n<!-- generated:x -->\nold\n<!-- /generated:x -->\nb\n<!-- generated:y -->\nkept\n<!-- /generated:y -->\n';
  const filled =
    'a\n<!-- generated:x -->\n\nnew\n\n<!-- /generated:x -->\nb\n<!-- generated:y -->\nkept\n<!-- /generated:y -->\n';
  const filling = new Map([['x', 'new\n']]);
  expect(fillRegions(text, filling)).toBe(filled);
  expect(fillRegions(filled, filling)).toBe(filled);
});

describe('what the constants say', () => {
  test('the metric table has the Prometheus names that alerts are written against', () => {
    const names = Object.fromEntries(semconv.METRICS.map(({ name, prometheusName }) => [name, prometheusName]));
    expect(names).toMatchObject({
      'llm_fallback.time_since_last_success': 'llm_fallback_time_since_last_success_seconds',
      'llm_fallback.last_success.timestamp': 'llm_fallback_last_success_timestamp_seconds',
      'llm_fallback.max_age': 'llm_fallback_max_age_seconds',
      'llm_fallback.target.status': 'llm_fallback_target_status',
      'llm_fallback.calls': 'llm_fallback_calls_total',
      'llm_fallback.call.duration': 'llm_fallback_call_duration_seconds',
      'llm_fallback.failover.headroom': 'llm_fallback_failover_headroom_ratio',
    });
    expect(new Set(Object.values(names)).size).toBe(semconv.METRICS.length);
  });

  test('outcomes and states stand in the order in which they apply', () => {
    expect(semconv.CALL_OUTCOMES.join()).toBe(
      'cancelled,timeout,error,refused,truncated,schema_invalid,cache_stale,over_latency,over_cost,miss,unknown,success',
    );
    expect(semconv.TARGET_STATES.join()).toBe('never_exercised,failing,stale,fresh');
  });

  test('bounds of histograms ascend', () => {
    const bounds = semconv.METRICS.flatMap((metric) => (metric.bounds === undefined ? [] : [metric.bounds]));
    expect(bounds.length).toBeGreaterThan(0);
    for (const each of bounds) expect(each).toEqual([...new Set(each)].sort((a, b) => a - b));
  });
});
