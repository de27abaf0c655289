/** The committed alert rules on a real Prometheus that scrapes a real service: what the spans of a bad day make fire, and a good chain does not. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_CACHE_AGE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  ATTR_SERVICE_NAME,
  type CallOutcome,
} from '@warmspare/semconv';
import { afterEach, expect, test } from 'vitest';
import { ruleFile } from '../../examples/prometheus/generate.ts';
import { DEFAULTS } from '../../examples/prometheus/parameters.ts';
import { sendBody } from './otlp-body.ts';
import { type Attributes, type SpanParts, spansBody } from './otlp-spans.ts';
import { startPrometheus } from './prometheus.ts';
import { placeService, startService } from './service.ts';

const ladder = 'targets: [{ name: gpt-5, type: primary }, { name: spare, type: fallback';
/** One chain an alert, named by it, and `good`, about which none may fire. */
const CHAINS = `defaults: { max_age: 24h, max_failover: 10s, sampling: none }
chains:
  - { name: good, ${ladder}, limits: { p95_latency: 60s } }] }
  - { name: FallbackStale, max_age: 1s, ${ladder} }] }
  - { name: FallbackNeverExercised, max_age: 1s, ${ladder} }] }
  - { name: FallbackFailing, ${ladder} }] }
  - { name: FallbackEngaged, ${ladder} }, { name: rules, type: heuristic }] }
  - { name: NoSpareLeft, ${ladder} }] }
  - { name: FallbackSchemaInvalid, ${ladder} }] }
  - { name: FallbackContractDrift, ${ladder} }] }
  - { name: FallbackUnprotected, ${ladder} }] }
  - { name: FallbackChainExhausted, ${ladder} }] }
  - { name: FallbackFailoverSlow, ${ladder} }] }
  - { name: FallbackCapacity, ${ladder}, limits: { p95_latency: 1ms } }] }
  - { name: FallbackCacheStale, targets: [{ name: gpt-5, type: primary }, { name: spare, type: cache, max_cache_age: 1h }] }
`;

type Spans = readonly Omit<SpanParts, 'id' | 'endTime'>[];

const attempt = (chain: string, target: 'gpt-5' | 'spare', outcome: CallOutcome, more: Attributes = {}): Spans => [
  {
    name: `${chain} ${target}`,
    attributes: {
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: chain,
      [ATTR_LLM_FALLBACK_TARGET_NAME]: target,
      [ATTR_LLM_FALLBACK_TARGET_RANK]: target === 'gpt-5' ? 0 : 1,
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: target === 'gpt-5' ? 'primary' : 'fallback',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
      ...more,
    },
    duration: 30,
    isError: outcome !== 'success',
  },
];
const run = (chain: string, outcome: string): Spans => [
  {
    name: chain,
    attributes: { [ATTR_LLM_FALLBACK_CHAIN_NAME]: chain, [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: outcome },
    duration: 30,
  },
];
const failover = (chain: string, seconds: number, outcome: CallOutcome = 'success'): Spans => [
  ...attempt(chain, 'gpt-5', 'error', { [ATTR_ERROR_TYPE]: '503' }),
  ...attempt(chain, 'spare', outcome, {
    [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'error',
    [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: seconds,
  }),
];
const primary = (chain: string, model: string): Spans =>
  attempt(chain, 'gpt-5', 'success', { [ATTR_GEN_AI_REQUEST_MODEL]: model });
/** The primary serves again. */
const back = (...chains: readonly string[]): Spans => chains.flatMap((chain) => attempt(chain, 'gpt-5', 'success'));
const cached = (age: number, outcome: CallOutcome): Spans =>
  attempt('FallbackCacheStale', 'spare', outcome, {
    [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'cache',
    [ATTR_LLM_FALLBACK_CACHE_AGE]: age,
  });

/** Everything works. */
const BEFORE: Spans = [
  ...primary('good', 'gpt-5'),
  ...failover('good', 0.4),
  ...run('good', 'served'),
  ...failover('FallbackStale', 0.4),
  ...primary('FallbackContractDrift', 'gpt-5'),
  ...failover('FallbackContractDrift', 0.4),
  ...attempt('FallbackEngaged', 'spare', 'success', {
    [ATTR_LLM_FALLBACK_TARGET_NAME]: 'rules',
    [ATTR_LLM_FALLBACK_TARGET_RANK]: 2,
    [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'heuristic',
    [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill',
  }),
  ...back('good', 'FallbackStale', 'FallbackContractDrift'),
];
const BAD_DAY: Spans = [
  ...attempt('FallbackFailing', 'spare', 'error', { [ATTR_ERROR_TYPE]: '404' }),
  ...attempt('FallbackSchemaInvalid', 'spare', 'schema_invalid'),
  ...attempt('FallbackSchemaInvalid', 'spare', 'success'),
  ...primary('FallbackContractDrift', 'gpt-5.1'),
  ...run('FallbackUnprotected', 'unprotected'),
  ...run('FallbackChainExhausted', 'exhausted'),
  ...failover('FallbackFailoverSlow', 31),
  ...primary('FallbackCapacity', 'gpt-5'),
  ...failover('FallbackCapacity', 0.4),
  ...cached(7200, 'success'),
  ...back('FallbackSchemaInvalid', 'FallbackFailoverSlow', 'FallbackCapacity', 'FallbackCacheStale'),
  ...failover('FallbackEngaged', 0.4),
  ...failover('NoSpareLeft', 0.4),
];
const REPAIRED: Spans = [
  ...failover('FallbackFailing', 0.4),
  ...failover('FallbackContractDrift', 0.4),
  ...failover('FallbackFailoverSlow', 0.4),
  ...failover('FallbackStale', 0.4),
  ...back('FallbackEngaged', 'NoSpareLeft'),
];

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

test('each alert fires for the chain that it is about, and ends with what repairs it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-alerts-'));
  open.push(() => rm(directory, { recursive: true, force: true }));
  const service = await startService(await placeService(directory, CHAINS));
  open.push(() => service.kill());
  let ids = 0;
  const send = async (spans: Spans): Promise<void> => {
    const begin = Date.now() - spans.length;
    const numbered = spans.map((span, index) => ({ ...span, id: ++ids, endTime: begin + index }));
    expect(await sendBody(service.otlp, spansBody({ [ATTR_SERVICE_NAME]: 'support-api' }, numbered))).toBe(true);
  };
  await send(BEFORE);

  const rules = join(directory, 'rules.yaml');
  await writeFile(
    rules,
    ruleFile({ ...DEFAULTS, settle: '0s', gap: '5s', window: '5s', unexercised: '1s', silence: '2h' }),
  );
  const prometheus = await startPrometheus(service.adminPort, `rule_files: [${JSON.stringify(rules)}]\n`);
  open.push(() => prometheus.close());
  const fires = (alert: string, chain = alert): string =>
    `ALERTS{alertname="${alert}", alertstate="firing", llm_fallback_chain_name="${chain}", llm_fallback_target_name=~"spare|"}`;
  await prometheus.until('count(warmspare_batches_total offset 5s)');
  expect(await prometheus.query(fires('FallbackFailing'))).toEqual([]);

  await send(BAD_DAY);
  const own = [...CHAINS.matchAll(/name: ([A-Z]\w+)/g)].map(([, name = '']) => name);
  for (const alert of own) await prometheus.until(fires(alert));
  expect(await prometheus.query('ALERTS{llm_fallback_chain_name="good"}')).toEqual([]);
  // Each has a chain of its own, whose fallback has run or not, so that an alert of another name there must follow from the same evidence.
  const others = await prometheus.query('ALERTS{alertstate="firing", llm_fallback_chain_name=~"[A-Z].*"}');
  const beside = others
    .map(({ labels }) => [labels.llm_fallback_chain_name, labels.alertname])
    .filter(([chain, alert]) => chain !== alert && alert !== 'FallbackNeverExercised');
  expect(beside.sort()).toEqual([
    ['FallbackCacheStale', 'FallbackFailing'],
    ['FallbackUnprotected', 'FallbackFailoverSlow'],
    ['NoSpareLeft', 'FallbackEngaged'],
  ]);

  await send(REPAIRED);
  for (const alert of [
    'FallbackFailing',
    'FallbackEngaged',
    'NoSpareLeft',
    'FallbackContractDrift',
    'FallbackFailoverSlow',
    'FallbackUnprotected',
  ]) {
    await prometheus.until(`count(up) unless on () ${fires(alert)}`);
  }
});
