/** That the ledger has every metric which the registry promises, as it promises it, and what each says of a few calls. */
import {
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_TOKEN_TYPE,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CACHE_AGE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_DRILL_FAULT,
  ATTR_LLM_FALLBACK_DRILL_ID,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  ATTR_OTEL_METRIC_OVERFLOW,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  METRIC_LLM_FALLBACK_CACHE_AGE,
  METRIC_LLM_FALLBACK_CALL_DURATION,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_CHAIN_SERVING_RANK,
  METRIC_LLM_FALLBACK_CHAIN_SPARES,
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
  METRICS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import {
  attempt,
  CHAIN,
  DEFAULTS,
  HOUR,
  policy,
  SHOP,
  start,
  T0,
  value,
  type World,
  whole,
} from '../testdata/world.ts';
import type { MetricPoint } from '../types/metric.ts';

const of = (target: string) => ({ [ATTR_LLM_FALLBACK_TARGET_NAME]: target });

/** One of each thing that can be counted; the first target after the primary has limits. */
async function busy(): Promise<World> {
  const [primary, spare, cache] = policy().targets;
  const limits = { p95Latency: 8, costPerHour: undefined, tokensPerMinute: undefined };
  const targets = [primary, spare && { ...spare, limits }, cache].filter((each) => each !== undefined);
  const world = await start({ policies: { defaults: DEFAULTS, chains: [policy({ targets })] } });
  const usage = { [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 7, [ATTR_GEN_AI_USAGE_OUTPUT_TOKENS]: 3 };
  const cost = { [ATTR_LLM_FALLBACK_COST_AMOUNT]: 0.25, [ATTR_LLM_FALLBACK_COST_CURRENCY]: 'USD' };
  const fell = { [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: 2, [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'timeout' };
  const invalid = {
    [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'invalid',
    [ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]: 'missing_required',
  };
  const breaker = (state: string) => ({
    [ATTR_LLM_FALLBACK_BREAKER_NAME]: 'b',
    [ATTR_LLM_FALLBACK_BREAKER_STATE]: state,
  });
  const failed = { [ATTR_ERROR_TYPE]: 'down' };
  const drilled = {
    [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill',
    [ATTR_LLM_FALLBACK_DRILL_ID]: 'd',
    [ATTR_LLM_FALLBACK_DRILL_FAULT]: 'rate_limit',
    [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'drill',
  };
  const sent: readonly (readonly [Record<string, string | number | readonly string[]>, number])[] = [
    [attempt('gpt', 'primary', 'success', { [ATTR_GEN_AI_RESPONSE_MODEL]: 'gpt-5', ...breaker('closed') }), 0],
    [attempt('gpt', 'primary', 'error', { ...failed, ...usage, ...cost, ...breaker('closed') }), 1000],
    [attempt('claude', 'fallback', 'success', { ...usage, ...cost, ...fell, ...breaker('open') }), 3000],
    [attempt('claude', 'fallback', 'schema_invalid', invalid), 4000],
    [attempt('claude', 'fallback', 'cancelled', { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill' }), 5000],
    [attempt('last', 'cache', 'success', { [ATTR_LLM_FALLBACK_CACHE_AGE]: 30 }), 6000],
    [attempt('last', 'cache', 'error', { ...failed, ...drilled }), 6500],
    [{ ...CHAIN, [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: 'exhausted' }, 7000],
    [{ ...CHAIN, [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: 'unprotected' }, 7000],
  ];
  for (const [attributes, offset] of sent) {
    await world.send(T0 + 10_000, { attributes, endTime: T0 + offset, service: { ...SHOP, namespace: 'eu' } });
  }
  return world;
}

const seconds = (world: World, name: string, target: string) => value(world.points(name), of(target));

describe('the metrics of the ledger', () => {
  it('are those of the registry, each of its kind and with its attributes', async () => {
    const world = await busy();
    const points = whole(world.pipeline.metrics(world.snapshot()));
    const promised = METRICS.filter(({ name }) => !name.startsWith('warmspare.'));
    expect(new Set(points.map(({ name }) => name))).toEqual(new Set(promised.map(({ name }) => name)));
    for (const { name, kind, attributes } of promised) {
      const carried = new Set(points.flatMap((point) => (point.name === name ? Object.keys(point.attributes) : [])));
      const mayBeMissing = [ATTR_DEPLOYMENT_ENVIRONMENT_NAME, ATTR_OTEL_METRIC_OVERFLOW];
      expect(
        [...carried].filter((key) => !attributes.includes(key)),
        name,
      ).toEqual([]);
      expect(
        attributes.filter((key) => !carried.has(key) && !mayBeMissing.includes(key)),
        name,
      ).toEqual([]);
      expect(new Set(points.flatMap((point) => (point.name === name ? [point.kind] : []))), name).toEqual(
        new Set([kind]),
      );
    }
  });

  it('carry the service, and leave out what it has not', async () => {
    const world = await busy();
    const points = whole(world.pipeline.metrics(world.snapshot()));
    expect(new Set(points.map(({ attributes }) => attributes[ATTR_SERVICE_NAME]))).toEqual(new Set(['shop']));
    expect(new Set(points.map(({ attributes }) => attributes[ATTR_SERVICE_NAMESPACE]))).toEqual(new Set(['eu']));
    expect(points.filter(({ attributes }) => ATTR_DEPLOYMENT_ENVIRONMENT_NAME in attributes)).toEqual([]);
  });

  it('tell in seconds when a target last worked, was last tried and was declared; of the primary no age and no status', async () => {
    const world = await busy();
    expect(seconds(world, METRIC_LLM_FALLBACK_LAST_SUCCESS_TIMESTAMP, 'claude')).toBe(T0 / 1000 + 3);
    expect(seconds(world, METRIC_LLM_FALLBACK_LAST_ATTEMPT_TIMESTAMP, 'claude')).toBe(T0 / 1000 + 4);
    expect(seconds(world, METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS, 'claude')).toBe(7);
    expect(seconds(world, METRIC_LLM_FALLBACK_MAX_AGE, 'claude')).toBe(7 * 24 * 3600);
    expect(seconds(world, METRIC_LLM_FALLBACK_LAST_SUCCESS_TIMESTAMP, 'rules')).toBeUndefined();
    expect(seconds(world, METRIC_LLM_FALLBACK_LAST_ATTEMPT_TIMESTAMP, 'rules')).toBeUndefined();
    expect(seconds(world, METRIC_LLM_FALLBACK_DECLARATION_TIMESTAMP, 'rules')).toBe(T0 / 1000 + 10);
    expect(seconds(world, METRIC_LLM_FALLBACK_LAST_SUCCESS_TIMESTAMP, 'gpt')).toBe(T0 / 1000);
    for (const name of [
      METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
      METRIC_LLM_FALLBACK_MAX_AGE,
      METRIC_LLM_FALLBACK_TARGET_STATUS,
    ]) {
      expect(seconds(world, name, 'gpt'), name).toBeUndefined();
    }
  });

  it('count every call once, by how it ended, and of those that failed the usage too', async () => {
    const world = await busy();
    const calls = (target: string, outcome: string, more: Record<string, string> = {}) =>
      value(world.points(METRIC_LLM_FALLBACK_CALLS), {
        ...of(target),
        [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
        ...more,
      });
    expect(calls('gpt', 'success')).toBe(1);
    expect(calls('gpt', 'error', { [ATTR_ERROR_TYPE]: 'down' })).toBe(1);
    expect(calls('claude', 'schema_invalid', { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'organic' })).toBe(1);
    expect(calls('claude', 'cancelled', { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill' })).toBe(1);
    const tokens = (type: string) =>
      value(world.points(METRIC_LLM_FALLBACK_TOKENS), { ...of('gpt'), [ATTR_GEN_AI_TOKEN_TYPE]: type });
    expect([tokens('input'), tokens('output')]).toEqual([7, 3]);
    expect(
      value(world.points(METRIC_LLM_FALLBACK_COST), { ...of('gpt'), [ATTR_LLM_FALLBACK_COST_CURRENCY]: 'USD' }),
    ).toBe(0.25);
    const checks = world.points(METRIC_LLM_FALLBACK_SCHEMA_CHECKS);
    expect(value(checks, { ...of('claude'), [ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]: 'missing_required' })).toBe(1);
    expect(value(world.points(METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED), {})).toBe(1);
    expect(value(world.points(METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED), {})).toBe(1);
  });

  it('measure durations of calls, failovers and cached answers', async () => {
    const world = await busy();
    const measured = (name: string, target: string, more: Record<string, string> = {}): unknown =>
      world
        .points(name)
        .find(({ attributes }) =>
          Object.entries({ ...of(target), ...more }).every(([key, is]) => attributes[key] === is),
        );
    const success = { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success' };
    expect(measured(METRIC_LLM_FALLBACK_CALL_DURATION, 'claude', success)).toMatchObject({ sum: 1, count: 1 });
    const timeout = { [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'timeout' };
    expect(measured(METRIC_LLM_FALLBACK_FAILOVER_DURATION, 'claude', timeout)).toMatchObject({ sum: 2, count: 1 });
    expect(measured(METRIC_LLM_FALLBACK_CACHE_AGE, 'last')).toMatchObject({ sum: 30, count: 1 });
  });

  it('tell which rank served the newest answered run, and how many spares are below it', async () => {
    const world = await start();
    const drill = { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill' };
    const told = () =>
      [METRIC_LLM_FALLBACK_CHAIN_SERVING_RANK, METRIC_LLM_FALLBACK_CHAIN_SPARES].map((name) =>
        value(world.points(name), {}),
      );
    const steps = [
      [attempt('gpt', 'primary', 'success'), [0, 0]],
      [attempt('rules', 'heuristic', 'success', drill), [0, 1]],
      [attempt('gpt', 'primary', 'error'), [0, 1]],
      [attempt('claude', 'fallback', 'cancelled'), [0, 1]],
      [attempt('claude', 'fallback', 'over_latency'), [1, 1]],
      [attempt('rules', 'heuristic', 'success'), [2, 0]],
      [attempt('claude', 'fallback', 'success', drill), [2, 0]],
      [attempt('gpt', 'primary', 'success'), [0, 2]],
    ] as const;
    for (const [index, [attributes, expected]] of steps.entries()) {
      await world.send(T0 + index * 1000, { attributes, endTime: T0 + index * 1000 });
      expect(told(), `after step ${index}`).toEqual(expected);
    }
  });

  it('go on after a restart from where they were, and from when they began', async () => {
    const world = await busy();
    const again = await start({ from: world.store, now: T0 + HOUR });
    const sums = ({ pipeline, snapshot }: World): MetricPoint[] =>
      [...pipeline.metrics(snapshot())].filter(({ kind }) => kind !== 'gauge');
    const byText = (points: readonly MetricPoint[]) => new Set(points.map((point) => JSON.stringify(point)));
    expect(sums(world).length).toBeGreaterThan(20);
    expect(byText(sums(again))).toEqual(byText(sums(world)));
  });
});
