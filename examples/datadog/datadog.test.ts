import { readFileSync } from 'node:fs';
import { ObjectSerializer } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/models/ObjectSerializer.js';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../processor/src/config/config.ts';
import { DEFAULTS as RULES } from '../prometheus/parameters.ts';
import { ruleGroups } from '../prometheus/rules.ts';
import { committed, FILES } from './generate.ts';
import { DEFAULTS, monitors } from './monitors.ts';

const TYPES: Readonly<Record<string, string>> = { 'dashboard.json': 'Dashboard', 'monitors.json': 'Array<Monitor>' };

describe.each(Object.entries(TYPES))('%s', (file, type) => {
  test('is as it is generated', () => {
    expect(committed(file), 'run `node examples/datadog/generate.ts`').toBe(FILES[file]?.());
  });

  test("is read by Datadog's models with nothing unknown in it, and written by them as it was", () => {
    const raw: unknown = JSON.parse(committed(file));
    const read: unknown = ObjectSerializer.deserialize(raw, type, '');
    expect(unknownIn(read)).toEqual([]);
    expect(ObjectSerializer.serialize(read, type, '')).toEqual(raw);
  });
});

test('a field or a value that Datadog does not know is found', () => {
  const dashboard = committed('dashboard.json');
  for (const wrong of [
    dashboard.replace('"custom_links"', '"links"').replace('"show_legend"', '"legend"'),
    dashboard.replace('"type": "toplist"', '"type": "top"'),
  ]) {
    expect(unknownIn(ObjectSerializer.deserialize(JSON.parse(wrong), 'Dashboard', ''))).not.toEqual([]);
  }
});

test('every alert for Prometheus has a monitor of the same name, with its runbook', () => {
  const alerts = ruleGroups(RULES).flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? [rule] : [])));
  const own = monitors(DEFAULTS);
  expect(own.map(({ name }) => name)).toEqual(alerts.map(({ alert }) => alert));
  for (const [index, { annotations }] of alerts.entries()) {
    expect(own[index]?.message).toContain(annotations.runbook_url);
  }
});

test('a monitor names in its text only tags that its query groups by', () => {
  for (const { message = '', name, query } of monitors(DEFAULTS)) {
    const grouped = new Set([...query.matchAll(/ by \{([^}]*)\}/g)].flatMap(([, tags = '']) => tags.split(',')));
    const named = [...message.matchAll(/\{\{\[?(.+?)\]?\.name\}\}/g)].map(([, tag = '']) => tag);
    expect([...grouped], name).toEqual(expect.arrayContaining(named));
  }
});

test('a team is told in its own way', () => {
  const [first] = monitors({ ...DEFAULTS, notify: '@slack-llm-oncall', tags: ['team:support'] });
  expect(first?.message).toMatch(/@slack-llm-oncall$/);
  expect(first?.tags).toEqual(['team:support']);
});

test('the configuration sends delta temporality to the intake, with the key from the environment', () => {
  const text = readFileSync(new URL('warmspare.yaml', import.meta.url), 'utf8');
  const { config, problems } = parseConfig(text, { DD_API_KEY: 'key-of-a-test' });
  expect(problems).toBeUndefined();
  expect(config?.exporter).toMatchObject({ temporality: 'delta', headers: { 'dd-api-key': 'key-of-a-test' } });
});

/** Paths of what the models could not place: they keep unknown fields and values instead of refusing them. */
function unknownIn(value: unknown, path = '$'): string[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => unknownIn(each, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  const isUnknown = '_unparsed' in value && value._unparsed === true;
  const more = 'additionalProperties' in value ? Object.keys(value.additionalProperties ?? {}) : [];
  return [
    ...(isUnknown ? [path] : []),
    ...more.map((key) => `${path}.${key}`),
    ...Object.entries(value).flatMap(([key, each]) => unknownIn(each, `${path}.${key}`)),
  ];
}
