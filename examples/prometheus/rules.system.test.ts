/** promtool's judgement of the committed rules: they parse, and each alert fires when it should and only then. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { CASES, type Case, HEALTHY } from './cases.ts';
import { DEFAULTS } from './parameters.ts';
import { ruleGroups } from './rules.ts';

const run = promisify(execFile);
const RULES = fileURLToPath(new URL('warmspare.rules.yaml', import.meta.url));

test('promtool takes the rules', async () => {
  const { stdout } = await run('promtool', ['check', 'rules', RULES]);
  expect(stdout).toContain('SUCCESS');
});

test.each(CASES)('$name', async (each) => {
  await promtoolTest(each);
});

test('a case that is wrong fails', async () => {
  const wrong: Case = { name: 'wrong', series: {}, firing: { 60: ['FallbackStale'] } };
  await expect(promtoolTest(wrong)).rejects.toThrow(/FallbackStale/);
});

test('every alert is seen firing', () => {
  const seen = new Set(CASES.flatMap(({ firing }) => Object.values(firing).flat()));
  const alerts = ruleGroups(DEFAULTS).flatMap(({ rules }) =>
    rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : [])),
  );
  expect(alerts.filter((alert) => !seen.has(alert))).toEqual([]);
});

async function promtoolTest({ name, series, firing }: Case): Promise<void> {
  const document = {
    rule_files: [RULES],
    evaluation_interval: '1m',
    tests: [
      {
        name,
        interval: '1m',
        input_series: Object.entries({ ...HEALTHY, ...series }).map(([key, values]) => ({ series: key, values })),
        promql_expr_test: Object.entries(firing).map(([minute, alerts]) => ({
          expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
          eval_time: `${minute}m`,
          exp_samples: alerts.map((alert) => ({ labels: `{alertname="${alert}"}`, value: 1 })),
        })),
      },
    ],
  };
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-promtool-'));
  try {
    const file = join(directory, 'test.yaml');
    await writeFile(file, stringify(document));
    await run('promtool', ['test', 'rules', file]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
