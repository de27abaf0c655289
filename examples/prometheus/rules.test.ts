import { readFileSync } from 'node:fs';
import { METRICS } from '@warmspare/semconv';
import { describe, expect, test } from 'vitest';
import { select } from './expressions.ts';
import { committed, committedOperator, operatorFile, ruleFile } from './generate.ts';
import { DEFAULTS, readParameters } from './parameters.ts';
import { type AlertRule, ruleGroups } from './rules.ts';

const runbooks = readFileSync(new URL('runbooks.md', import.meta.url), 'utf8');
const alerts = ruleGroups(DEFAULTS).flatMap(({ rules }) => rules.filter((rule): rule is AlertRule => 'alert' in rule));

const RUNBOOK_PARTS = ['**What it means.**', '**How to look.**', '**How to drill.**', '**When to silence.**'];

test('the committed rule file is the generated one, for the Prometheus Operator, too', () => {
  expect(committed(), 'run `node examples/prometheus/generate.ts`').toBe(ruleFile(DEFAULTS));
  expect(committedOperator()).toBe(operatorFile(DEFAULTS));
});

describe.each(alerts)('$alert', ({ alert, annotations, expr, labels }) => {
  test('has a runbook under its own heading, and the URL leads there', () => {
    const headings = runbooks.match(/^## .+$/gm) ?? [];
    expect(headings).toContain(`## ${alert}`);
    const [, section = ''] = runbooks.split(`\n## ${alert}\n`);
    const [text = ''] = section.split('\n## ');
    expect(text.match(/^\*\*.+?\*\*/gm)).toEqual(RUNBOOK_PARTS);
    expect(annotations.runbook_url).toBe(`${DEFAULTS.runbooks}#${alert.toLowerCase()}`);
  });

  test('has a CamelCase name, a severity and texts', () => {
    expect(alert).toMatch(/^([A-Z][a-z]+)+$/);
    expect(['critical', 'warning', 'info']).toContain(labels.severity);
    expect(annotations.summary).not.toBe('');
    // What is wrong, in numbers and names of this very alert.
    expect(annotations.description).toMatch(/\{\{ \$(value|labels\.\w+)/);
  });

  test('names in its texts only labels that its expression keeps', () => {
    const texts = Object.values(annotations).join();
    const named = [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
    const kept = [...expr.matchAll(/ by \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(', '));
    expect(kept).toEqual(expect.arrayContaining(named));
  });

  test('asks only for series and labels that the registry has', () => {
    const known = new Map(METRICS.map((metric) => [metric.prometheusName, metric]));
    const asked = expr.match(/\b(llm_fallback|warmspare)_[a-z_]+(?=[{[) ]|$)/g) ?? [];
    const labelNames = new Set(METRICS.flatMap(({ attributes }) => attributes.map((key) => key.replaceAll('.', '_'))));
    expect(asked.filter((name) => !known.has(name) && !labelNames.has(name))).toEqual([]);
  });
});

test('the runbooks speak only of metrics, labels and attributes that there are', () => {
  const known = new Set(
    METRICS.flatMap(({ prometheusName, attributes }) => [
      prometheusName,
      ...attributes.map((key) => key.replaceAll('.', '_')),
    ]),
  );
  const named = runbooks.match(/\b(llm_fallback|warmspare)_[a-z_]+/g) ?? [];
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test('a metric or an attribute that the registry does not have is refused', () => {
  expect(() => select('llm_fallback.no_such_metric')).toThrow('the registry has no metric llm_fallback.no_such_metric');
  expect(() => select('llm_fallback.calls', { 'llm_fallback.contract.part': 'model' })).toThrow('has no attribute');
});

test("a team's rules are about its services only, with its labels, runbooks and bounds", () => {
  const file = ruleFile(readParameters(readFileSync(new URL('team.example.yaml', import.meta.url), 'utf8')));
  const selectors = file.match(/\bllm_fallback_\w+(\{[^}]*\})?(?=\[| offset|\)| -)/g) ?? [];
  const ofSeries = selectors.filter((each) => METRICS.some(({ prometheusName }) => each.startsWith(prometheusName)));
  expect(ofSeries.length).toBeGreaterThan(25);
  expect(ofSeries.filter((each) => !each.includes('service_namespace="support"'))).toEqual([]);
  expect(file.match(/team: support/g)?.length).toBe(alerts.length);
  expect(file).toContain('runbook_url: https://wiki.example.com/llm-fallbacks#fallbackstale');
  expect(file).toContain('> 0.2\n');
  expect(file).toContain(', 1800)');
});

test('parameters that are none are refused with every reason at once', () => {
  expect(() => readParameters('sharing: 1\nshare: 2\ngap: soon\nlabels: [a]\njob: 7')).toThrow(
    /there is no parameter sharing; there are job, .*; share must be .*; gap must be .*; labels must be .*; job must be/,
  );
  expect(() => readParameters('[]')).toThrow('must be a YAML mapping');
  expect(readParameters('')).toEqual(DEFAULTS);
});

test("a team's parameters change what they name and nothing else", () => {
  const text = ruleFile({ ...DEFAULTS, job: 'spares', labels: { team: 'support' } });
  expect(text).toContain('up{job="spares"}');
  expect(text.match(/team: support/g)?.length).toBe(alerts.length);
  expect(text.replaceAll('job="spares"', 'job="warmspare"').replace(/ +team: support\n/g, '')).toBe(committed());
});
