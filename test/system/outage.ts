/** A service whose senders are in an outage that goes on: every metric that Warmspare has keeps moving until it is closed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CACHE_AGE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_DRILL_FAULT,
  ATTR_LLM_FALLBACK_DRILL_ID,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  type BreakerState,
  type ChainOutcome,
} from '@warmspare/semconv';
import { sendBody } from './otlp-body.ts';
import { type Attributes, type SpanParts, spansBody } from './otlp-spans.ts';
import { placeService, type ServicePlace, startService } from './service.ts';

/** `route-email` is fed once: its targets turn stale and failing, and one is never tried. */
const CONFIGURATION = `defaults: { max_age: 24h, sampling: none }
chains:
  - name: summarize-ticket
    targets:
      - { name: gpt-5, type: primary }
      - { name: claude-haiku, type: fallback, limits: { p95_latency: 8s, cost_per_hour: 40 USD, tokens_per_minute: 200000 } }
      - { name: last-answer, type: cache, max_cache_age: 1h }
      - { name: keyword-rules, type: heuristic }
  - name: route-email
    max_age: 1s
    targets:
      - { name: gpt-5, type: primary }
      - { name: claude-haiku, type: fallback }
      - { name: keyword-rules, type: heuristic }
`;

const EVERY_MS = 500;
const RESOURCE: Attributes = {
  [ATTR_SERVICE_NAMESPACE]: 'acme',
  [ATTR_SERVICE_NAME]: 'support-api',
  [ATTR_DEPLOYMENT_ENVIRONMENT_NAME]: 'prod',
};

export interface Outage extends ServicePlace {
  close(): Promise<void>;
}

/** Resolves when the first spans are durable. `more` is YAML of further chains. */
export async function startOutage(more = ''): Promise<Outage> {
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-outage-'));
  const service = await startService(await placeService(directory, CONFIGURATION + more));
  let round = 0;
  const feed = async (): Promise<void> => {
    round++;
    const body = spansBody(RESOURCE, number(roundOf(round, Date.now()), round));
    await sendBody(service.otlp, body);
    await sendBody(service.otlp, body);
    await sendBody(service.otlp, new Uint8Array([1, 2, 3]));
  };
  await feed();
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(feed).catch(() => undefined);
  }, EVERY_MS);
  return {
    ...service,
    close: async () => {
      clearInterval(timer);
      await running;
      await service.kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

type Spans = readonly Omit<SpanParts, 'id'>[];

function roundOf(round: number, now: number): Spans {
  const usage = {
    [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 1200,
    [ATTR_GEN_AI_USAGE_OUTPUT_TOKENS]: 150,
    [ATTR_LLM_FALLBACK_COST_AMOUNT]: 0.012,
    [ATTR_LLM_FALLBACK_COST_CURRENCY]: 'USD',
  };
  const model = { [ATTR_GEN_AI_REQUEST_MODEL]: round === 1 ? 'gpt-5' : 'gpt-5.1' };
  const limited = { ...model, [ATTR_ERROR_TYPE]: '429' };
  const engaged = { [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'breaker_open', [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: 0.3 };
  const cached = { ...engaged, [ATTR_LLM_FALLBACK_CACHE_AGE]: 120.5 };
  const invalid = {
    [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'invalid',
    [ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]: 'missing_required',
    [ATTR_ERROR_TYPE]: 'schema_invalid',
  };
  const drilled = {
    [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill',
    [ATTR_LLM_FALLBACK_DRILL_ID]: `drill-${round}`,
    [ATTR_LLM_FALLBACK_DRILL_FAULT]: 'unavailable',
    [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'drill',
    [ATTR_LLM_FALLBACK_CACHE_AGE]: 60,
  };
  const valid = { [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'valid' };
  const [gpt, haiku, cache] = rungsOf('summarize-ticket', ['gpt-5', 'claude-haiku', 'last-answer']);
  return [
    gpt('success', now - 400, { ...usage, ...model, ...valid, ...breaker('closed') }),
    gpt('error', now - 350, { ...limited, ...breaker('closed') }),
    haiku('schema_invalid', now - 300, { ...usage, ...engaged, ...invalid, ...breaker('closed') }),
    cache('success', now - 250, cached),
    gpt('error', now - 200, { ...limited, ...breaker('closed') }),
    haiku('success', now - 100, { ...usage, ...engaged, ...valid, ...breaker('open') }),
    cache('success', now - 60, drilled),
    run('exhausted', now - 50),
    run('unprotected', now - 40),
    { name: 'GET /tickets', attributes: {}, endTime: now, duration: 20 },
    { name: 'endless', attributes: { [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize-ticket' }, endTime: 0, duration: 0 },
    ...(round === 1 ? fedOnce(now) : []),
  ];
}

function fedOnce(now: number): Spans {
  const [gpt, haiku, rules] = rungsOf('route-email', ['gpt-5', 'claude-haiku', 'keyword-rules']);
  return [
    gpt('error', now - 300, { [ATTR_ERROR_TYPE]: '503' }),
    haiku('success', now - 200, {}),
    rules('error', now - 100, { [ATTR_ERROR_TYPE]: 'TypeError' }),
  ];
}

type Rung = (outcome: string, endTime: number, more: Attributes) => Spans[number];
const TYPES = { 'gpt-5': 'primary', 'claude-haiku': 'fallback', 'last-answer': 'cache', 'keyword-rules': 'heuristic' };

function rungsOf(chain: string, targets: readonly [Target, Target, Target]): readonly [Rung, Rung, Rung] {
  const rung = (rank: 0 | 1 | 2): Rung => {
    const target = targets[rank];
    return (outcome, endTime, more) => ({
      name: `${chain} ${target}`,
      attributes: {
        [ATTR_LLM_FALLBACK_CHAIN_NAME]: chain,
        [ATTR_LLM_FALLBACK_TARGET_NAME]: target,
        [ATTR_LLM_FALLBACK_TARGET_RANK]: rank,
        [ATTR_LLM_FALLBACK_ROUTE_TYPE]: TYPES[target],
        [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
        ...more,
      },
      endTime,
      duration: 30,
      isError: outcome !== 'success',
    });
  };
  return [rung(0), rung(1), rung(2)];
}

type Target = keyof typeof TYPES;

const breaker = (state: BreakerState): Attributes => ({
  [ATTR_LLM_FALLBACK_BREAKER_NAME]: 'openai',
  [ATTR_LLM_FALLBACK_BREAKER_STATE]: state,
});

const run = (outcome: ChainOutcome, endTime: number): Spans[number] => ({
  name: 'summarize-ticket',
  attributes: { [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize-ticket', [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: outcome },
  endTime,
  duration: 300,
});

const number = (spans: Spans, round: number): SpanParts[] =>
  spans.map((span, index) => ({ ...span, id: round * 100 + index + 1 }));
