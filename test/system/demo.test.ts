/** The demo's app in front of real clients, seen through a real Prometheus: the queries and the alerts say what happened. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, json, startAnthropic, startOpenAI } from '@warmspare/providers';
import { afterEach, expect, test } from 'vitest';
import { DRIFTED_ANSWER, GOOD_ANSWER, tickets } from '../../examples/app/demo/tickets.ts';
import { sendTickets } from '../../examples/app/demo/traffic.ts';
import { ruleFile } from '../../examples/prometheus/generate.ts';
import { DEFAULTS } from '../../examples/prometheus/parameters.ts';
import { startChild } from './child.ts';
import { eventually } from './eventually.ts';
import { type Sample, startPrometheus } from './prometheus.ts';
import { placeService, startService } from './service.ts';

const CHAINS = `chains:
  - name: summarize-ticket
    max_age: 24h
    targets:
      - { name: gpt-5, type: primary }
      - { name: claude-haiku, type: fallback }
      - { name: last-answer, type: cache, max_cache_age: 1h }
      - { name: keyword-rules, type: heuristic }
`;

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

test('what happened in the demo is what Prometheus knows, also after a restart and after kill -9', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-demo-'));
  open.push(() => rm(directory, { recursive: true, force: true }));
  const [openai, anthropic] = [await startOpenAI(), await startAnthropic()];
  open.push(
    () => openai.close(),
    () => anthropic.close(),
  );
  const place = await placeService(directory, CHAINS);
  let service = await startService(place);
  open.push(() => service.kill());
  const rules = join(directory, 'rules.yaml');
  await writeFile(rules, ruleFile({ ...DEFAULTS, settle: '0s', window: '3s', gap: '1m' }));
  const prometheus = await startPrometheus(service.adminPort, `rule_files: [${JSON.stringify(rules)}]\n`);
  open.push(() => prometheus.close());
  const app = await startApp(openai.url, anthropic.url, service.otlp);

  const calls = 'sum by (llm_fallback_target_name, llm_fallback_call_outcome) (llm_fallback_calls_total) > 0';
  const untilCalls = async (expected: Readonly<Record<string, number>>): Promise<void> => {
    await prometheus.until(calls, (samples) => JSON.stringify(counted(samples)) === JSON.stringify(sorted(expected)));
  };
  const firing = async (alert: string): Promise<readonly string[]> => {
    const samples = await prometheus.until(`ALERTS{alertname="${alert}", alertstate="firing"}`);
    return samples.map(({ labels }) => labels.llm_fallback_target_name ?? '');
  };

  openai.otherwise(json(GOOD_ANSWER));
  anthropic.otherwise(json(GOOD_ANSWER));
  await sendTickets(app, tickets(1, 40));
  await untilCalls({ 'gpt-5 success': 40 });
  expect(await states(prometheus.query)).toEqual({
    'claude-haiku': 'never_exercised',
    'last-answer': 'never_exercised',
    'keyword-rules': 'never_exercised',
  });

  openai.otherwise(fail('unavailable'));
  await sendTickets(app, tickets(41, 20));
  await untilCalls({ 'gpt-5 success': 40, 'gpt-5 error': 20, 'claude-haiku success': 20 });
  expect(await states(prometheus.query)).toMatchObject({ 'claude-haiku': 'fresh' });

  anthropic.otherwise(json(DRIFTED_ANSWER));
  await sendTickets(app, tickets(61, 10));
  await sendTickets(app, tickets(35, 10));
  const end = {
    'gpt-5 success': 40,
    'gpt-5 error': 40,
    'claude-haiku success': 20,
    'claude-haiku schema_invalid': 20,
    'last-answer miss': 10,
    'last-answer success': 10,
    'keyword-rules success': 10,
  };
  const endStates = { 'claude-haiku': 'failing', 'last-answer': 'fresh', 'keyword-rules': 'fresh' };
  await untilCalls(end);
  expect(await states(prometheus.query)).toEqual(endStates);
  expect(await firing('FallbackFailing')).toEqual(['claude-haiku']);
  expect(await firing('FallbackSchemaInvalid')).toEqual(['claude-haiku']);
  expect(await unhealthyRules(prometheus.url)).toEqual([]);

  for (const way of ['stop', 'kill'] as const) {
    const before = await ages(prometheus.query);
    expect(Object.keys(before).sort()).toEqual(['claude-haiku', 'keyword-rules', 'last-answer']);
    await service[way]();
    await prometheus.until('up == 0');
    service = await startService(place);
    await prometheus.until('up == 1');
    await untilCalls(end);
    expect(await states(prometheus.query)).toEqual(endStates);
    const after = await ages(prometheus.query);
    for (const [target, age] of Object.entries(before)) expect(after[target], target).toBeGreaterThan(age);
  }
});

type Query = (expression: string) => Promise<readonly Sample[]>;

/** The app in its own process, as the demo runs it; resolves to its address. */
async function startApp(openai: string, anthropic: string, otlp: string): Promise<string> {
  const source = new URL('../../examples/app/src/', import.meta.url);
  const parameters = ['--import', new URL('telemetry.ts', source).href, fileURLToPath(new URL('main.ts', source))];
  const child = startChild(process.execPath, parameters, fileURLToPath(source), {
    PORT: '0',
    OPENAI_BASE_URL: `${openai}/v1`,
    OPENAI_API_KEY: 'sk-local',
    ANTHROPIC_BASE_URL: anthropic,
    ANTHROPIC_API_KEY: 'sk-ant-local',
    OTEL_SERVICE_NAME: 'support-api',
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
    OTEL_BSP_SCHEDULE_DELAY: '100',
  });
  open.push(() => child.end('SIGTERM'));
  return eventually('the app listens', () => {
    if (child.exitCode() !== undefined) throw new Error(child.output());
    return /listens on (\S+)/.exec(child.output())?.[1];
  });
}

function counted(samples: readonly Sample[]): Readonly<Record<string, number>> {
  return sorted(
    Object.fromEntries(
      samples.map(({ labels, value }) => [
        `${labels.llm_fallback_target_name} ${labels.llm_fallback_call_outcome}`,
        value,
      ]),
    ),
  );
}

function sorted(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function states(query: Query): Promise<Readonly<Record<string, string>>> {
  const samples = await query('llm_fallback_target_status == 1');
  return Object.fromEntries(
    samples.map(({ labels }) => [labels.llm_fallback_target_name ?? '', labels.llm_fallback_target_state ?? '']),
  );
}

async function ages(query: Query): Promise<Readonly<Record<string, number>>> {
  const samples = await query('llm_fallback_time_since_last_success_seconds');
  return Object.fromEntries(samples.map(({ labels, value }) => [labels.llm_fallback_target_name ?? '', value]));
}

/** The names of rules that Prometheus could not evaluate. */
async function unhealthyRules(url: string): Promise<readonly string[]> {
  const answer = (await (await fetch(`${url}/api/v1/rules`)).json()) as {
    data: { groups: { rules: { name: string; health: string }[] }[] };
  };
  const rules = answer.data.groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(0);
  return rules.filter(({ health }) => health !== 'ok').map(({ name }) => name);
}
