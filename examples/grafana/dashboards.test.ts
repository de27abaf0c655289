import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '@warmspare/semconv';
import { describe, expect, test } from 'vitest';
import { expressionsOf } from './expressions-of.ts';
import { committed, DASHBOARDS, dashboardFile } from './generate.ts';

const dashboards = Object.entries(DASHBOARDS).map(([file, build]) => ({ file, build, dashboard: build() }));

describe.each(dashboards)('$file', ({ file, build, dashboard }) => {
  test('is as it is generated', () => {
    expect(committed(file), 'run `node examples/grafana/generate.ts`').toBe(dashboardFile(build));
  });

  test('asks with variables that it has', () => {
    const own = (dashboard.templating?.list ?? []).map(({ name }) => name);
    const used = new Set(JSON.stringify(dashboard).match(/\$(?!__)\w+/g) ?? []);
    expect(own.map((name) => `$${name}`)).toEqual(expect.arrayContaining([...used]));
  });

  test('has nothing that Grafana 11 does not know, nor what Grafana 12 and 13 change when they bring it up to date', () => {
    const text = committed(file);
    expect(text).not.toMatch(/"(allowCustomValue|definition|auto|auto_min|auto_count)":|"inControlsMenu"/);
    // Migrations 40 to 42: a refresh that is no text, the choices of time ranges, fields that are hidden.
    const { refresh, schemaVersion } = JSON.parse(text) as Dashboard;
    expect({ refresh, schemaVersion }).toEqual({ refresh: '1m', schemaVersion: 39 });
    expect(text).not.toMatch(/time_options|hideFrom/);
  });

  test('says of each panel what it answers, and asks nothing twice in it', () => {
    for (const { description, title, expressions } of expressionsOf(dashboard)) {
      expect(description, title).toMatch(/\.$/);
      expect(new Set(expressions).size, title).toBe(expressions.length);
    }
  });
});

test('every metric is on a dashboard', () => {
  const asked = JSON.stringify(dashboards.map(({ dashboard }) => dashboard));
  const missing = METRICS.filter(({ prometheusName }) => !asked.includes(prometheusName)).map(({ name }) => name);
  expect(missing).toEqual([]);
});

test('no two dashboards have the same identifier', () => {
  const uids = dashboards.map(({ dashboard }) => dashboard.uid);
  expect(new Set(uids).size).toBe(uids.length);
});
