/** What the service says of its fallbacks, by the two ways into one real Prometheus: pushed by OTLP and scraped. Both must make the same series. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_LLM_FALLBACK_CACHE_AGE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  METRIC_LLM_FALLBACK_CACHE_AGE,
  METRIC_LLM_FALLBACK_CALL_DURATION,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED,
  METRIC_LLM_FALLBACK_COST,
  METRIC_LLM_FALLBACK_DECLARATION_TIMESTAMP,
  METRIC_LLM_FALLBACK_FAILOVER_DURATION,
  METRIC_LLM_FALLBACK_LAST_ATTEMPT_TIMESTAMP,
  METRIC_LLM_FALLBACK_LAST_SUCCESS_TIMESTAMP,
  METRIC_LLM_FALLBACK_MAX_AGE,
  METRIC_LLM_FALLBACK_SCHEMA_CHECKS,
  METRIC_LLM_FALLBACK_TARGET_STATUS,
  METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
  METRIC_LLM_FALLBACK_TOKENS,
  METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP,
  METRICS,
} from '@warmspare/semconv';
import { afterEach, expect, test } from 'vitest';
import { freePort } from './child.ts';
import { eventually } from './eventually.ts';
import { sendBody } from './otlp-body.ts';
import { type Attributes, spansBody } from './otlp-spans.ts';
import { type Sample, startPrometheus } from './prometheus.ts';
import { placeService, startService } from './service.ts';

const PROGRAM = fileURLToPath(new URL('./.servers/prometheus', import.meta.url));
const SCRAPED = 'warmspare';

/** What the spans below must have brought about. */
const EXPECTED: readonly string[] = [
  METRIC_LLM_FALLBACK_CACHE_AGE,
  METRIC_LLM_FALLBACK_CALL_DURATION,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED,
  METRIC_LLM_FALLBACK_COST,
  METRIC_LLM_FALLBACK_DECLARATION_TIMESTAMP,
  METRIC_LLM_FALLBACK_FAILOVER_DURATION,
  METRIC_LLM_FALLBACK_LAST_ATTEMPT_TIMESTAMP,
  METRIC_LLM_FALLBACK_LAST_SUCCESS_TIMESTAMP,
  METRIC_LLM_FALLBACK_MAX_AGE,
  METRIC_LLM_FALLBACK_SCHEMA_CHECKS,
  METRIC_LLM_FALLBACK_TARGET_STATUS,
  METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
  METRIC_LLM_FALLBACK_TOKENS,
  METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP,
];

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

test('metrics pushed by OTLP and scraped metrics are the same series under the same names and labels', async () => {
  if (!existsSync(PROGRAM)) throw new Error(`there is no ${PROGRAM}. Build it with: bash test/system/install.sh`);
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-service-'));
  open.push(() => rm(directory, { recursive: true, force: true }));
  const port = await freePort();
  const exporter = `exporters:
  otlp: { endpoint: 'http://127.0.0.1:${port}/api/v1/otlp/v1/metrics', interval: 1s }
`;
  const place = await placeService(directory, exporter);
  const flags = ['--web.enable-otlp-receiver'];
  const prometheus = await startPrometheus(place.adminPort, '', { program: PROGRAM, flags, port });
  open.push(() => prometheus.close());
  const service = await startService(place);
  open.push(() => service.kill());
  expect(await sendBody(service.otlp, spansOfAnOutage(Date.now()))).toBe(true);

  const [pushed, scraped] = await eventually('both ways have brought the same number of series', async () => {
    const all = await prometheus.query('{__name__=~"llm_fallback_.+"}');
    const ways = [all.filter((sample) => !isScraped(sample)), all.filter(isScraped)] as const;
    const done = ways.every((samples) => EXPECTED.every((name) => metricsOf(samples).has(name)));
    return (done && ways[0].length === ways[1].length) || undefined ? ways : undefined;
  }).catch(async (cause) => {
    const all = await prometheus.query('{__name__=~"llm_fallback_.+"}');
    throw new Error(`${service.output()}\n${JSON.stringify(all, undefined, 1)}`, { cause });
  });

  expect(new Set(pushed.map(seriesOf))).toEqual(new Set(scraped.map(seriesOf)));
  expect(countsOf(pushed)).toEqual(countsOf(scraped));
  expect(new Set(pushed.map(({ labels }) => labels.job))).toEqual(new Set(['acme/support-api']));
});

function isScraped({ labels }: Sample): boolean {
  return labels.job === SCRAPED;
}

/** Everything that tells a series from others, except from which side it came. */
function seriesOf({ labels }: Sample): string {
  const own = Object.entries(labels).filter(([label]) => label !== 'job' && label !== 'instance');
  // Prometheus writes the bound of one second as "1" when it is pushed and as "1.0" when it is scraped.
  return JSON.stringify(own.map(([label, value]) => [label, label === 'le' ? String(Number(value)) : value]).sort());
}

/** The values of what only counts, which cannot change between a push and a scrape when nothing happens. */
function countsOf(samples: readonly Sample[]): Record<string, number> {
  const counts = samples.filter(({ labels }) => /_(total|count|bucket)$/.test(labels.__name__ ?? ''));
  return Object.fromEntries(counts.map((sample) => [seriesOf(sample), sample.value]));
}

/** The registry's names of the metrics that the samples are of. */
function metricsOf(samples: readonly Sample[]): ReadonlySet<string> {
  const named = new Set(samples.map(({ labels }) => (labels.__name__ ?? '').replace(/_(bucket|sum|count)$/, '')));
  return new Set(METRICS.filter(({ prometheusName }) => named.has(prometheusName)).map(({ name }) => name));
}

/** A primary that fails, rungs that serve and one that does not, a run that nothing served and one that nothing protected. */
function spansOfAnOutage(now: number): Uint8Array<ArrayBuffer> {
  const usage = {
    [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 1200,
    [ATTR_GEN_AI_USAGE_OUTPUT_TOKENS]: 150,
    [ATTR_LLM_FALLBACK_COST_AMOUNT]: 0.012,
    [ATTR_LLM_FALLBACK_COST_CURRENCY]: 'USD',
  };
  const engaged = { [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'rate_limit', [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: 0.8 };
  const valid = { [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'valid' };
  const invalid = {
    [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'invalid',
    [ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]: 'missing_required',
    [ATTR_ERROR_TYPE]: 'schema_invalid',
  };
  const spans: readonly Attributes[] = [
    attempt(0, 'success', { ...usage, ...valid }),
    attempt(0, 'error', { [ATTR_ERROR_TYPE]: '429' }),
    attempt(1, 'success', { ...usage, ...engaged, ...valid }),
    attempt(1, 'schema_invalid', { ...usage, ...engaged, ...invalid }),
    attempt(2, 'success', { ...engaged, [ATTR_LLM_FALLBACK_CACHE_AGE]: 120.5 }),
    run('exhausted'),
    run('unprotected'),
  ];
  const resource = {
    [ATTR_SERVICE_NAME]: 'support-api',
    [ATTR_SERVICE_NAMESPACE]: 'acme',
    [ATTR_DEPLOYMENT_ENVIRONMENT_NAME]: 'prod',
  };
  return spansBody(
    resource,
    spans.map((attributes, index) => ({
      id: index + 1,
      name: 'summarize-ticket',
      attributes,
      endTime: now - 1000 * (index + 1),
      duration: 700,
    })),
  );
}

const NAMES = ['gpt-5', 'claude-haiku', 'last-answer'] as const;
const TYPES = ['primary', 'fallback', 'cache'] as const;
const CHAIN: Attributes = {
  [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize-ticket',
  [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: NAMES,
  [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: TYPES,
};

const attempt = (rank: 0 | 1 | 2, outcome: string, more: Attributes): Attributes => ({
  ...CHAIN,
  [ATTR_LLM_FALLBACK_TARGET_NAME]: NAMES[rank],
  [ATTR_LLM_FALLBACK_TARGET_RANK]: rank,
  [ATTR_LLM_FALLBACK_ROUTE_TYPE]: TYPES[rank],
  [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
  ...more,
});

const run = (outcome: string): Attributes => ({ ...CHAIN, [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: outcome });
