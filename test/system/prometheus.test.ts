/** What the service says of its fallbacks, as a real Prometheus reads it, over a restart. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { METRICS } from '@warmspare/semconv';
import { afterEach, expect, test } from 'vitest';
import { otlpBody, sendBody } from './otlp-body.ts';
import { type Prometheus, type Sample, startPrometheus } from './prometheus.ts';
import { placeService, type Service, startService } from './service.ts';

const CHAINS = `chains:
  - name: summarize-ticket
    max_age: 24h
    targets:
      - { name: gpt-5, type: primary }
      - { name: claude-haiku, type: fallback }
      - { name: last-answer, type: cache }
`;

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function start(): Promise<{ service: Service; prometheus: Prometheus }> {
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-service-'));
  open.push(() => rm(directory, { recursive: true, force: true }));
  const service = await startService(await placeService(directory, CHAINS));
  open.push(() => service.kill());
  const prometheus = await startPrometheus(service.adminPort);
  open.push(() => prometheus.close());
  return { service, prometheus };
}

const byTarget = (samples: readonly Sample[]): Record<string, number> =>
  Object.fromEntries(samples.map(({ labels, value }) => [labels.llm_fallback_target_name ?? '', value]));

test('queries return what happened, before and after a restart of the service', async () => {
  const { service, prometheus } = await start();
  const states = 'llm_fallback_target_status == 1';
  const stateOf = (samples: readonly Sample[], target: string): string | undefined =>
    samples.find(({ labels }) => labels.llm_fallback_target_name === target)?.labels.llm_fallback_target_state;

  const declared = await prometheus.until(states);
  expect(stateOf(declared, 'claude-haiku')).toBe('never_exercised');
  expect(stateOf(declared, 'last-answer')).toBe('never_exercised');
  expect(stateOf(declared, 'gpt-5')).toBeUndefined();

  const [now, chain] = [Date.now(), 'summarize-ticket'];
  const sent = await sendBody(
    service.otlp,
    otlpBody('support-api', [
      { id: 1, chain, rank: 0, outcome: 'success', endTime: now - 60_000 },
      { id: 2, chain, rank: 0, outcome: 'success', endTime: now - 50_000 },
      { id: 3, chain, rank: 0, outcome: 'error', endTime: now - 41_000 },
      { id: 4, chain, rank: 1, outcome: 'success', endTime: now - 40_000 },
    ]),
  );
  expect(sent).toBe(true);

  const calls =
    'sum by (llm_fallback_target_name, llm_fallback_call_outcome) (llm_fallback_calls_total{service_name="support-api"}) > 0';
  const happened = (samples: readonly Sample[]): Record<string, number> =>
    Object.fromEntries(
      samples.map(({ labels, value }) => [
        `${labels.llm_fallback_target_name} ${labels.llm_fallback_call_outcome}`,
        value,
      ]),
    );
  const expected = { 'gpt-5 success': 2, 'gpt-5 error': 1, 'claude-haiku success': 1 };
  expect(happened(await prometheus.until(calls))).toEqual(expected);
  const seen = await prometheus.query(states);
  expect(stateOf(seen, 'claude-haiku')).toBe('fresh');
  expect(stateOf(seen, 'last-answer')).toBe('never_exercised');

  const age = byTarget(
    await prometheus.query('llm_fallback_time_since_last_success_seconds{service_name="support-api"}'),
  );
  const agedUntil = (Date.now() - now) / 1000 + 40;
  expect(age['claude-haiku']).toBeGreaterThanOrEqual(40);
  expect(age['claude-haiku']).toBeLessThanOrEqual(agedUntil);
  expect(age).not.toHaveProperty('gpt-5');
  expect(byTarget(await prometheus.query('llm_fallback_max_age_seconds{llm_fallback_route_type="fallback"}'))).toEqual({
    'claude-haiku': 86_400,
  });

  const declarations = 'llm_fallback_declaration_timestamp_seconds{service_name="support-api"}';
  const declaredAt = byTarget(await prometheus.query(declarations));

  await service.stop();
  await prometheus.until('up == 0');
  const again = await startService(service);
  open.push(() => again.kill());
  await prometheus.until('up == 1');

  expect(happened(await prometheus.until(calls))).toEqual(expected);
  const after = await prometheus.query(states);
  expect(stateOf(after, 'claude-haiku')).toBe('fresh');
  expect(stateOf(after, 'last-answer')).toBe('never_exercised');
  expect(byTarget(await prometheus.query(declarations))).toEqual(declaredAt);
  const aged = byTarget(
    await prometheus.query('llm_fallback_time_since_last_success_seconds{service_name="support-api"}'),
  );
  expect(aged['claude-haiku']).toBeGreaterThan(age['claude-haiku'] ?? Number.POSITIVE_INFINITY);
  expect(await prometheus.query('resets(llm_fallback_calls_total[10m]) > 0')).toEqual([]);
});

test('every series of the namespace has a name, a type and labels that the registry knows', async () => {
  const { service, prometheus } = await start();
  const span = { id: 7, chain: 'summarize-ticket', rank: 1, outcome: 'success', endTime: Date.now() } as const;
  expect(await sendBody(service.otlp, otlpBody('support-api', [span]))).toBe(true);
  await prometheus.until('llm_fallback_calls_total{service_name="support-api"} > 0');

  const known = new Map(METRICS.map((metric) => [metric.prometheusName, metric]));
  const series = await prometheus.query('{__name__=~"llm_fallback_.+"}');
  expect(series.length).toBeGreaterThan(0);
  for (const { labels } of series) {
    const name = (labels.__name__ ?? '').replace(/_(bucket|sum|count)$/, '');
    const metric = known.get(name) ?? known.get(labels.__name__ ?? '');
    expect(metric, `${labels.__name__} is not in the registry`).toBeDefined();
    const allowed = new Set([
      '__name__',
      'job',
      'instance',
      'le',
      ...(metric?.attributes ?? []).map((key) => key.replaceAll('.', '_')),
    ]);
    expect(Object.keys(labels).filter((label) => !allowed.has(label))).toEqual([]);
  }

  const response = await fetch(`${prometheus.url}/api/v1/metadata`);
  const metadata = (await response.json()) as { data: Record<string, readonly { type: string; help: string }[]> };
  const told = METRICS.flatMap((metric) => {
    // OpenMetrics, which Prometheus asks for first, names a counter's family without the suffix.
    const family = metric.prometheusName.replace(/_total$/, '');
    const [first] = metadata.data[metric.prometheusName] ?? metadata.data[family] ?? [];
    return first === undefined ? [] : [{ metric, told: first }];
  });
  expect(told.map(({ metric }) => metric.prometheusName)).toContain('llm_fallback_calls_total');
  for (const each of told) expect(each.told).toMatchObject({ type: each.metric.kind, help: each.metric.brief });
});
