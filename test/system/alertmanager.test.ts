/** The committed alert rules, from a failing fallback over Prometheus and Alertmanager to a webhook, and back to resolved; the runbooks' commands on the way. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { ruleFile } from '../../examples/prometheus/generate.ts';
import { DEFAULTS } from '../../examples/prometheus/parameters.ts';
import { freePort, startChild } from './child.ts';
import { eventually } from './eventually.ts';
import { type AttemptSpan, otlpBody, sendBody } from './otlp-body.ts';
import { startPrometheus } from './prometheus.ts';
import { placeService, startService } from './service.ts';

const WARMSPARE = fileURLToPath(new URL('../../processor/bin/warmspare.js', import.meta.url));

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

  await attempt(3, 'error');
  const commands = await runbookCommands({
    'http://127.0.0.1:9093': `http://${alertmanager}`,
    ALERT: 'FallbackFailing',
    CHAIN: 'summarize-ticket',
    TARGET: 'claude-haiku',
  });
  const run = (...begin: readonly string[]): Promise<Ended> =>
    runCommand(commands.find((words) => begin.every((word, index) => words[index] === word)) ?? [], service.admin);
  expect(await run('npx', 'warmspare', 'status')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('✗ failing'),
  });
  expect(await run('npx', 'warmspare', 'explain')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('last failure'),
  });
  expect(await run('amtool')).toMatchObject({ code: 0 });
  await eventually('the alert is silenced', async () => {
    const alerts = await (await fetch(`http://${alertmanager}/api/v2/alerts?silenced=true&active=false`)).json();
    return JSON.stringify(alerts).includes('"FallbackFailing"') || undefined;
  });

  expect(await run('npx', 'warmspare', 'retire')).toMatchObject({ code: 0 });
});

/** The commands that the runbooks tell to type, in words, with the names in capitals filled in. */
async function runbookCommands(names: Readonly<Record<string, string>>): Promise<readonly (readonly string[])[]> {
  let text = await readFile(new URL('../../examples/prometheus/runbooks.md', import.meta.url), 'utf8');
  for (const [name, value] of Object.entries(names)) text = text.replaceAll(name, value);
  const lines = text.replaceAll(/\\\n\s*/g, '').match(/(?<=^|`)(npx warmspare|amtool) [^`\n]+/gm) ?? [];
  return lines.map((line) => (line.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", '')));
}

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
}

/** Resolves whatever it ends with; `npx warmspare` is the built command, which finds the service at `admin`. */
function runCommand([program = '', ...parameters]: readonly string[], admin: string): Promise<Ended> {
  const isWarmspare = program === 'npx';
  const file = isWarmspare ? process.execPath : program;
  const words = isWarmspare ? [WARMSPARE, ...parameters.slice(1), '--url', admin] : parameters;
  return new Promise((resolve) => {
    execFile(file, words, (error, stdout) => resolve({ code: error === null ? 0 : error.code, stdout }));
  });
}

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
