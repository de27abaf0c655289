/** The committed alert rules, from a failing fallback over Prometheus and Alertmanager to a webhook, and back to resolved. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { ruleFile } from '../../examples/prometheus/generate.ts';
import { DEFAULTS } from '../../examples/prometheus/parameters.ts';
import { freePort, startChild } from './child.ts';
import { eventually } from './eventually.ts';
import { type AttemptSpan, otlpBody, sendBody } from './otlp-body.ts';
import { startPrometheus } from './prometheus.ts';
import { placeService, startService } from './service.ts';

/** One alert as Alertmanager's webhook has it. */
interface Notice {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

test('a failing fallback reaches the webhook with its names, and its success ends the alert', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-alerts-'));
  open.push(() => rm(directory, { recursive: true, force: true }));
  const hook = await startHook();
  const alertmanager = await startAlertmanager(directory, hook.url);
  const service = await startService(await placeService(directory, ''));
  open.push(() => service.kill());
  const rules = join(directory, 'rules.yaml');
  await writeFile(rules, ruleFile({ ...DEFAULTS, settle: '0s', gap: '1m', labels: { team: 'support' } }));
  const prometheus = await startPrometheus(
    service.adminPort,
    `rule_files: [${JSON.stringify(rules)}]
alerting: { alertmanagers: [{ static_configs: [{ targets: ['${alertmanager}'] }] }] }
`,
  );
  open.push(() => prometheus.close());

  const attempt = async (id: number, outcome: AttemptSpan['outcome']): Promise<void> => {
    const span: AttemptSpan = { id, chain: 'summarize-ticket', rank: 1, outcome, endTime: Date.now() };
    expect(await sendBody(service.otlp, otlpBody('support-api', [span]))).toBe(true);
  };
  const notice = (status: Notice['status']): Promise<Notice> =>
    eventually(`FallbackFailing is ${status}`, () =>
      hook.notices.find((each) => each.labels.alertname === 'FallbackFailing' && each.status === status),
    );

  await attempt(1, 'error');
  const firing = await notice('firing');
  expect(firing.labels).toMatchObject({
    severity: 'critical',
    team: 'support',
    service_name: 'support-api',
    llm_fallback_chain_name: 'summarize-ticket',
    llm_fallback_target_name: 'claude-haiku',
    llm_fallback_route_type: 'fallback',
  });
  expect(firing.annotations.summary).toBe('claude-haiku (fallback) of chain summarize-ticket in support-api fails');
  expect(firing.annotations.runbook_url).toBe(`${DEFAULTS.runbooks}#fallbackfailing`);

  await attempt(2, 'success');
  await notice('resolved');
});

async function startHook(): Promise<{ url: string; notices: Notice[] }> {
  const notices: Notice[] = [];
  const server = createServer(async (request, response) => {
    const { alerts } = (await json(request)) as { alerts: readonly Notice[] };
    notices.push(...alerts);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, notices };
}

/** Resolves to host and port when Alertmanager is ready. */
async function startAlertmanager(directory: string, hook: string): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  await writeFile(
    join(directory, 'alertmanager.yml'),
    `route: { receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s }
receivers: [{ name: hook, webhook_configs: [{ url: '${hook}', send_resolved: true }] }]
`,
  );
  const parameters = [
    '--config.file=alertmanager.yml',
    '--storage.path=alertmanager',
    `--web.listen-address=${address}`,
    '--cluster.listen-address=',
  ];
  const child = startChild('prometheus-alertmanager', parameters, directory);
  open.push(() => child.end('SIGKILL'));
  await eventually('Alertmanager is ready', async () => {
    if (child.exitCode() !== undefined) throw new Error(child.output());
    return (await fetch(`http://${address}/-/ready`)).ok || undefined;
  });
  return address;
}
