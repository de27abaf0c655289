/** The dashboards as Grafana takes them, and what they ask on a real Prometheus that scrapes a real service. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOutage } from '../../test/system/outage.ts';
import { type Prometheus, startPrometheus } from '../../test/system/prometheus.ts';
import { expressionsOf, withVariables } from './expressions-of.ts';
import { committed, DASHBOARDS } from './generate.ts';

const run = promisify(execFile);
const READER = fileURLToPath(new URL('../../test/system/.servers/manifests', import.meta.url));

const open: (() => Promise<unknown>)[] = [];
let prometheus: Prometheus;
beforeAll(async () => {
  const outage = await startOutage();
  open.push(outage.close);
  prometheus = await startPrometheus(outage.adminPort);
  open.push(() => prometheus.close());
  await prometheus.until('up == 1');
});
afterAll(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

describe.each(Object.entries(DASHBOARDS))('%s', (file, build) => {
  test("keeps Grafana's schema: no field that it does not know, no constraint broken", async () => {
    const { stdout } = await run(READER, ['-grafana', fileURLToPath(new URL(file, import.meta.url))]);
    expect(stdout.trim()).toBe(build().title);
  });

  test.each(expressionsOf(build()))('has data: $title', async ({ expressions }) => {
    for (const expression of expressions) {
      await prometheus.until(withVariables(expression), (samples) => samples.some(({ value }) => !Number.isNaN(value)));
    }
  });
});

test('a dashboard with a field that Grafana does not know is refused', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-grafana-'));
  open.push(() => rm(directory, { recursive: true, force: true }));
  const wrong = join(directory, 'wrong.json');
  await writeFile(wrong, committed('chain.json').replace('"fieldConfig"', '"fieldConfiguration"'));
  await expect(run(READER, ['-grafana', wrong])).rejects.toThrow(/unexpected field 'fieldConfiguration'/);
});
