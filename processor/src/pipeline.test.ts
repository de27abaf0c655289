/** The processor's inside from spans to metric points, on a store that keeps its contents across "restarts". */
import {
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_LLM_FALLBACK_CACHE_AGE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_STATE,
  ATTR_OTEL_METRIC_OVERFLOW,
  ATTR_SERVICE_NAME,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_TARGET_STATUS,
  METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
  METRIC_LLM_FALLBACK_TOKENS,
  METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from './errors.ts';
import { setIds } from './ids.ts';
import { createPipeline } from './pipeline.ts';
import { createMemoryStore, type MemoryStore } from './store/memory.ts';
import type { MetricPoint } from './types/metric.ts';
import type { Limits, Pipeline } from './types/pipeline.ts';
import type { ChainPolicy, Policies, Policy } from './types/policy.ts';
import type { Snapshot, TargetSnapshot } from './types/snapshot.ts';
import type { AttributeValue, Span } from './types/span.ts';
import type { Store } from './types/store.ts';

const T0 = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SHOP = { namespace: '', name: 'shop', environment: '' };

const DEFAULTS: Policy = {
  maxAge: 7 * 24 * 3600,
  maxCacheAge: undefined,
  maxFailover: 10,
  counts: ['organic', 'drill', 'shadow'],
  sampling: 'unknown',
  retireAfter: 7 * 24 * 3600,
};

const NO_CHAINS: Policies = { defaults: DEFAULTS, chains: [] };

const CHAIN = {
  [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize',
  [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt', 'claude', 'rules'],
  [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback', 'heuristic'],
};

interface SpanFacts {
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly endTime: number;
  readonly startTime?: number;
  readonly service?: Span['service'];
  readonly spanId?: string;
  readonly name?: string;
  readonly statusCode?: number;
}

let ids = 0;

function freshId(): string {
  ids++;
  return ids.toString(16).padStart(16, '0');
}

function span(pipeline: Pipeline, facts: SpanFacts): Span {
  const words = new Uint32Array(6);
  const id = facts.spanId ?? freshId();
  setIds(words, id.repeat(2), id);
  return {
    service: facts.service ?? SHOP,
    ids: words,
    name: facts.name ?? 'chat',
    startTime: facts.startTime ?? facts.endTime - 1000,
    endTime: facts.endTime,
    statusCode: facts.statusCode ?? 0,
    values: pipeline.keys.names.map((name) => facts.attributes[name]),
    resource: pipeline.keys.names.map(() => undefined),
  };
}

function attempt(target: string, type: string, outcome: string, more: Record<string, AttributeValue> = {}) {
  return {
    ...CHAIN,
    [ATTR_LLM_FALLBACK_TARGET_NAME]: target,
    [ATTR_LLM_FALLBACK_ROUTE_TYPE]: type,
    [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
    ...more,
  };
}

interface World {
  now: number;
  readonly store: MemoryStore;
  readonly pipeline: Pipeline;
  send(receivedAt: number, ...spans: readonly SpanFacts[]): ReturnType<ReturnType<Pipeline['batch']>['commit']>;
  target(name: string, service?: string): TargetSnapshot;
  points(name: string): MetricPoint[];
  snapshot(): Snapshot;
}

async function start(
  options: { policies?: Policies; store?: Store; limits?: Partial<Limits>; now?: number; from?: MemoryStore } = {},
): Promise<World> {
  const store = await createMemoryStore(options.from?.contents());
  const clock = { now: options.now ?? T0 };
  const pipeline = await createPipeline({
    policies: options.policies ?? NO_CHAINS,
    store: options.store ?? store,
    now: () => clock.now,
    limits: options.limits ?? {},
  });
  const world: World = {
    store,
    pipeline,
    get now() {
      return clock.now;
    },
    set now(value) {
      clock.now = value;
    },
    send(receivedAt, ...spans) {
      clock.now = Math.max(clock.now, receivedAt);
      const batch = pipeline.batch(receivedAt);
      for (const facts of spans) batch.add(span(pipeline, facts));
      return batch.commit();
    },
    snapshot: () => pipeline.snapshot(clock.now),
    target(name, service = 'shop') {
      const found = world.snapshot().targets.find((row) => row.target === name && row.service.name === service);
      if (!found) throw new Error(`no row ${name} of ${service}`);
      return found;
    },
    points(name) {
      return pipeline.metrics(world.snapshot()).filter((point) => point.name === name);
    },
  };
  return world;
}

function value(points: readonly MetricPoint[], attributes: Readonly<Record<string, string>>): number | undefined {
  const point = points.find((candidate) =>
    Object.entries(attributes).every(([name, expected]) => candidate.attributes[name] === expected),
  );
  return point && 'value' in point ? point.value : undefined;
}

function policy(more: Partial<ChainPolicy> = {}): ChainPolicy {
  const rest = { ...DEFAULTS, maxLatency: undefined, maxCost: undefined, limits: NO_LIMITS };
  return {
    ...DEFAULTS,
    name: 'summarize',
    namespace: undefined,
    service: undefined,
    environment: undefined,
    targets: [
      { ...rest, name: 'gpt', type: 'primary', match: { [ATTR_GEN_AI_REQUEST_MODEL]: 'gpt-*' } },
      { ...rest, name: 'claude', type: 'fallback', match: { [ATTR_GEN_AI_REQUEST_MODEL]: 'claude-*' } },
      { ...rest, name: 'last', type: 'cache', match: undefined, maxCacheAge: 60 },
    ],
    ...more,
  };
}

const NO_LIMITS = { p95Latency: undefined, costPerHour: undefined, tokensPerMinute: undefined };

describe('declarations', () => {
  it("a fallback that never ran has a row from its primary's first span, counting from its receipt", async () => {
    const world = await start();
    await world.send(T0, { attributes: attempt('gpt', 'primary', 'success'), endTime: T0 - HOUR });
    world.now = T0 + 60_000;
    expect(world.target('claude')).toMatchObject({ state: 'never_exercised', timeSinceLastSuccess: 60, rank: 1 });
    expect(world.target('gpt')).toMatchObject({ state: undefined, timeSinceLastSuccess: undefined });
    const calls = world.points(METRIC_LLM_FALLBACK_CALLS);
    const claude = { [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude' };
    expect(value(calls, { ...claude, [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success' })).toBe(0);
    expect(value(calls, { ...claude, [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error' })).toBe(0);
    expect(value(world.points(METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED), {})).toBe(0);
  });

  it('a declare span without an attempt declares all targets', async () => {
    const world = await start();
    await world.send(T0, { attributes: CHAIN, endTime: T0, startTime: T0 });
    expect(world.snapshot().targets.map(({ target }) => target)).toEqual(['gpt', 'claude', 'rules']);
  });

  it('the declaration is the first receipt, whatever comes later', async () => {
    const world = await start();
    await world.send(T0 + HOUR, { attributes: CHAIN, endTime: T0 });
    await world.send(T0 + 2 * HOUR, { attributes: CHAIN, endTime: T0 });
    expect(world.target('claude').declaredAt).toBe(T0 + HOUR);
  });

  it('a rung that announcements leave out for longer than retire_after has no status any more', async () => {
    const world = await start();
    await world.send(T0, { attributes: CHAIN, endTime: T0 });
    const shorter = {
      ...CHAIN,
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt', 'claude'],
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback'],
    };
    await world.send(T0 + 7 * DAY, { attributes: shorter, endTime: T0 });
    expect(world.target('rules')).toMatchObject({ undeclared: false, state: 'never_exercised' });
    await world.send(T0 + 7 * DAY + 1, { attributes: shorter, endTime: T0 });
    expect(world.target('rules')).toMatchObject({ undeclared: true, state: undefined });
    expect(value(world.points(METRIC_LLM_FALLBACK_TARGET_STATUS), { [ATTR_LLM_FALLBACK_TARGET_NAME]: 'rules' })).toBe(
      undefined,
    );
  });

  it('no row expires by inactivity', async () => {
    const world = await start();
    await world.send(T0, { attributes: CHAIN, endTime: T0 });
    world.now = T0 + 400 * DAY;
    expect(world.target('rules')).toMatchObject({ undeclared: false, state: 'never_exercised' });
    expect(value(world.points(METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS), {})).toBe(400 * 24 * 3600);
  });
});

describe('states', () => {
  const cases: { name: string; sent: [string, number, string?][]; at: number; state: string }[] = [
    { name: 'cancelled alone leaves it never exercised', sent: [['cancelled', 0]], at: 1, state: 'never_exercised' },
    { name: 'a success is fresh', sent: [['success', 0]], at: 7 * DAY, state: 'fresh' },
    { name: 'a success older than max_age is stale', sent: [['success', 0]], at: 7 * DAY + 1000, state: 'stale' },
    { name: 'a failure alone is failing', sent: [['error', 0]], at: 1, state: 'failing' },
    {
      name: 'a failure after a success is failing',
      sent: [
        ['success', 0],
        ['error', 1],
      ],
      at: 2,
      state: 'failing',
    },
    {
      name: 'failing goes before stale',
      sent: [
        ['success', 0],
        ['error', 1],
      ],
      at: 30 * DAY,
      state: 'failing',
    },
    {
      name: 'a success after a failure is fresh',
      sent: [
        ['error', 0],
        ['success', 1],
      ],
      at: 2,
      state: 'fresh',
    },
    {
      name: 'a late older failure changes nothing',
      sent: [
        ['success', 5],
        ['error', 1],
      ],
      at: 6,
      state: 'fresh',
    },
    {
      name: 'a tie is a success',
      sent: [
        ['error', 3],
        ['success', 3],
        ['error', 3],
      ],
      at: 4,
      state: 'fresh',
    },
    {
      name: 'a cancelled attempt after a success',
      sent: [
        ['success', 0],
        ['cancelled', 1],
      ],
      at: 2,
      state: 'fresh',
    },
  ];
  it.each(cases)('$name', async ({ sent, at, state }) => {
    const world = await start();
    for (const [outcome, offset] of sent) {
      await world.send(T0 + offset, { attributes: attempt('claude', 'fallback', outcome), endTime: T0 + offset });
    }
    world.now = T0 + at;
    expect(world.target('claude').state).toBe(state);
    const status = world.points(METRIC_LLM_FALLBACK_TARGET_STATUS);
    const own = status.filter(({ attributes }) => attributes[ATTR_LLM_FALLBACK_TARGET_NAME] === 'claude');
    expect(own.filter((point) => 'value' in point && point.value === 1)).toHaveLength(1);
    expect(value(own, { [ATTR_LLM_FALLBACK_TARGET_STATE]: state })).toBe(1);
  });

  it('kinds that the policy does not count leave the state as it is', async () => {
    const policies = { defaults: { ...DEFAULTS, counts: ['organic'] as const }, chains: [] };
    const world = await start({ policies });
    const drill = attempt('claude', 'fallback', 'success', { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill' });
    await world.send(T0, { attributes: drill, endTime: T0 });
    expect(world.target('claude').state).toBe('never_exercised');
    const calls = world.points(METRIC_LLM_FALLBACK_CALLS);
    expect(value(calls, { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill' })).toBe(1);
    world.pipeline.setPolicies(NO_CHAINS);
    expect(world.target('claude')).toMatchObject({ state: 'fresh', lastSuccessKind: 'drill' });
  });

  it('policy tightens a success and never loosens a failure', async () => {
    const world = await start({ policies: { defaults: DEFAULTS, chains: [policy()] } });
    const old = attempt('last', 'cache', 'success', { [ATTR_LLM_FALLBACK_CACHE_AGE]: 61 });
    await world.send(T0, { attributes: old, endTime: T0 });
    expect(world.target('last')).toMatchObject({ state: 'failing', lastFailure: { outcome: 'cache_stale' } });
    const failed = attempt('last', 'cache', 'error', { [ATTR_LLM_FALLBACK_CACHE_AGE]: 1 });
    await world.send(T0, { attributes: failed, endTime: T0 + 1 });
    expect(world.target('last').lastFailure?.outcome).toBe('error');
  });
});

describe('counting', () => {
  it('counts a span once, however often it comes, also after a restart', async () => {
    const world = await start();
    const facts = {
      attributes: attempt('claude', 'fallback', 'success', { [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 7 }),
      endTime: T0,
      spanId: freshId(),
    };
    expect(await world.send(T0, facts, facts)).toMatchObject({ accepted: 2, duplicates: 1 });
    expect(await world.send(T0, facts)).toMatchObject({ accepted: 1, duplicates: 1 });
    const again = await start({ from: world.store });
    expect(await again.send(T0, facts)).toMatchObject({ duplicates: 1 });
    expect(value(again.points(METRIC_LLM_FALLBACK_TOKENS), {})).toBe(7);
    expect(again.pipeline.instanceId).toBe(world.pipeline.instanceId);
  });

  it('never takes zero ids for duplicates', async () => {
    const world = await start();
    const facts = { attributes: attempt('claude', 'fallback', 'success'), endTime: T0, spanId: '0'.repeat(16) };
    expect(await world.send(T0, facts, facts)).toMatchObject({ accepted: 2, duplicates: 0 });
  });

  it('bounds error types and folds the rest', async () => {
    const world = await start();
    const errors = Array.from({ length: 30 }, (_, index) => ({
      attributes: attempt('claude', 'fallback', 'error', { [ATTR_ERROR_TYPE]: `E${index}` }),
      endTime: T0,
    }));
    await world.send(T0, ...errors.slice(0, 5));
    await world.send(T0, ...errors.slice(5));
    const types = world.points(METRIC_LLM_FALLBACK_CALLS).map(({ attributes }) => attributes[ATTR_ERROR_TYPE]);
    expect(new Set(types.filter((type) => type !== undefined)).size).toBe(11);
    expect(value(world.points(METRIC_LLM_FALLBACK_CALLS), { [ATTR_ERROR_TYPE]: '_OTHER' })).toBe(20);
  });

  it('counts runs that end badly', async () => {
    const world = await start();
    await world.send(T0, { attributes: { ...CHAIN, [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: 'exhausted' }, endTime: T0 });
    expect(value(world.points(METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED), {})).toBe(1);
  });

  it('leaves calls inside an attempt and spans around calls uncounted', async () => {
    const world = await start();
    const inner = {
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize',
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude',
      [ATTR_GEN_AI_OPERATION_NAME]: 'chat',
    };
    const agent = { [ATTR_GEN_AI_OPERATION_NAME]: 'invoke_agent' };
    const result = await world.send(T0, { attributes: inner, endTime: T0 }, { attributes: agent, endTime: T0 });
    expect(result).toMatchObject({ accepted: 0, ignored: 2 });
  });

  it('past the cap of rows everything folds into one overflow row', async () => {
    const world = await start({ limits: { rowsPerService: 3 } });
    const result = await world.send(
      T0,
      { attributes: attempt('gpt', 'primary', 'success'), endTime: T0 },
      { attributes: attempt('x1', 'fallback', 'success'), endTime: T0 },
      { attributes: attempt('x2', 'fallback', 'success'), endTime: T0 },
    );
    expect(result.overflowed).toBe(2);
    expect(world.snapshot().targets.filter(({ overflow }) => !overflow)).toHaveLength(3);
    const folded = world.points(METRIC_LLM_FALLBACK_CALLS).filter((p) => p.attributes[ATTR_OTEL_METRIC_OVERFLOW]);
    expect(value(folded, { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success' })).toBe(2);
  });
});

describe('time', () => {
  it('rejects and counts a span without an end', async () => {
    const world = await start();
    const result = await world.send(T0, { attributes: attempt('claude', 'fallback', 'success'), endTime: 0 });
    expect(result).toMatchObject({ accepted: 0, rejected: [{ reason: 'missing_end_time', count: 1 }] });
    expect(world.snapshot().targets).toEqual([]);
  });

  it('sets an end far in the future to the receipt and counts that', async () => {
    const world = await start();
    const facts = {
      attributes: attempt('claude', 'fallback', 'success'),
      endTime: T0 + 10 * DAY,
      spanId: freshId(),
    };
    expect(await world.send(T0, facts)).toMatchObject({ accepted: 1, clamped: 1 });
    expect(world.target('claude').lastSuccess?.at).toBe(T0);
    await world.send(T0 + DAY, facts);
    expect(world.target('claude').lastSuccess?.at).toBe(T0);
  });

  it('never reports a negative age', async () => {
    const world = await start();
    await world.send(T0, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 + 60_000 });
    expect(world.target('claude').timeSinceLastSuccess).toBe(0);
  });

  it('pulls stored times after now to now, once, and writes them back', async () => {
    const ahead = await start({ now: T0 + 30 * DAY });
    await ahead.send(T0 + 30 * DAY, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 + 30 * DAY });
    const world = await start({ from: ahead.store, now: T0 });
    world.now = T0 + HOUR;
    expect(world.target('claude').timeSinceLastSuccess).toBe(3600);
    const later = await start({ from: world.store, now: T0 + 2 * HOUR });
    expect(later.target('claude').timeSinceLastSuccess).toBe(7200);
  });

  it('moves the watermark by any span of a service that makes LLM calls', async () => {
    const world = await start();
    await world.send(T0, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 });
    await world.send(T0 + HOUR, { attributes: {}, endTime: T0 + HOUR });
    await world.send(T0 + HOUR, {
      attributes: {},
      endTime: T0 + HOUR,
      service: { ...SHOP, name: 'no-llm' },
    });
    const points = world.points(METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP);
    expect(points.map((point) => [point.attributes[ATTR_SERVICE_NAME], 'value' in point && point.value])).toEqual([
      ['shop', (T0 + HOUR) / 1000],
    ]);
  });
});

describe('configuration', () => {
  it('shows one placeholder until a service is seen, which inherits its time', async () => {
    const policies = { defaults: DEFAULTS, chains: [policy({ environment: 'prod' })] };
    const world = await start({ policies });
    expect(world.target('claude', '')).toMatchObject({ placeholder: true, state: 'never_exercised', declaredAt: T0 });
    expect(world.target('claude', '').attributes).toMatchObject({ [ATTR_DEPLOYMENT_ENVIRONMENT_NAME]: 'prod' });
    expect(world.target('claude', '').attributes).not.toHaveProperty(ATTR_SERVICE_NAME);
    const service = { ...SHOP, environment: 'prod' };
    await world.send(T0 + HOUR, { attributes: attempt('gpt', 'primary', 'success'), endTime: T0, service });
    expect(world.target('last')).toMatchObject({ placeholder: false, declaredAt: T0 });
    expect(world.snapshot().targets.some(({ placeholder }) => placeholder)).toBe(false);
    const second = { ...service, name: 'second' };
    await world.send(T0 + 2 * HOUR, { attributes: attempt('gpt', 'primary', 'success'), endTime: T0, service: second });
    expect(world.target('last', 'second').declaredAt).toBe(T0 + 2 * HOUR);
    const again = await start({ from: world.store, policies, now: T0 + 3 * HOUR });
    expect(again.snapshot().targets).toHaveLength(8);
  });

  it('assigns foreign calls by their model, the one served where none was asked, and lists the rest', async () => {
    const world = await start({ policies: { defaults: DEFAULTS, chains: [policy()] } });
    const call = (attributes: Record<string, AttributeValue>, statusCode = 0) => ({
      attributes: { [ATTR_GEN_AI_OPERATION_NAME]: 'chat', ...attributes },
      endTime: T0,
      statusCode,
    });
    await world.send(
      T0,
      call({ [ATTR_GEN_AI_REQUEST_MODEL]: 'gpt-5' }, 2),
      call({ [ATTR_GEN_AI_RESPONSE_MODEL]: 'claude-4' }),
      call({ [ATTR_GEN_AI_REQUEST_MODEL]: 'llama' }),
    );
    expect(world.target('claude').state).toBe('fresh');
    expect(world.target('gpt').lastFailure?.outcome).toBe('error');
    expect(world.snapshot().unassigned).toMatchObject([{ requestModel: 'llama', calls: 1 }]);
  });

  it('counts a call for the target whose model served it', async () => {
    const world = await start({ policies: { defaults: DEFAULTS, chains: [policy()] } });
    await world.send(T0, {
      attributes: {
        [ATTR_GEN_AI_OPERATION_NAME]: 'chat',
        [ATTR_GEN_AI_REQUEST_MODEL]: 'gpt-5',
        [ATTR_GEN_AI_RESPONSE_MODEL]: 'claude-4',
      },
      endTime: T0,
    });
    expect(world.target('claude').state).toBe('fresh');
    expect(world.target('gpt').lastSuccess).toBeUndefined();
  });

  it('a target that only configuration knew leaves with it', async () => {
    const world = await start({ policies: { defaults: DEFAULTS, chains: [policy()] } });
    await world.send(T0, { attributes: attempt('gpt', 'primary', 'success'), endTime: T0 });
    world.pipeline.setPolicies(NO_CHAINS);
    await world.send(T0, { attributes: attempt('gpt', 'primary', 'success'), endTime: T0 });
    expect(world.snapshot().targets.map(({ target }) => target)).toEqual(['gpt', 'claude', 'rules']);
  });
});

describe('retire', () => {
  it('removes rows durably; attempts do not revive them, later announcements do', async () => {
    const world = await start();
    await world.send(T0, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 });
    world.now = T0 + 1;
    expect(await world.pipeline.retire({ chain: 'summarize', target: 'claude' })).toBe(1);
    expect(world.snapshot().targets.map(({ target }) => target)).toEqual(['gpt', 'rules']);
    const again = await start({ from: world.store, now: T0 + 2 });
    const { [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: _names, ...silent } = attempt('claude', 'fallback', 'success');
    await again.send(T0 + 2, { attributes: silent, endTime: T0 + 2 });
    expect(again.snapshot().targets.map(({ target }) => target)).toEqual(['gpt', 'rules']);
    await again.send(T0 + 3, { attributes: CHAIN, endTime: T0 + 3 });
    expect(again.target('claude')).toMatchObject({ state: 'never_exercised', declaredAt: T0 + 3 });
    expect(value(again.points(METRIC_LLM_FALLBACK_CALLS), { [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude' })).toBe(0);
  });

  it('a configured target stays retired', async () => {
    const policies = { defaults: DEFAULTS, chains: [policy()] };
    const world = await start({ policies });
    await world.pipeline.retire({ chain: 'summarize', target: 'last' });
    const again = await start({ from: world.store, policies, now: T0 + 1 });
    await again.send(T0 + 1, { attributes: attempt('gpt', 'primary', 'success'), endTime: T0 });
    expect(again.snapshot().targets.map(({ target }) => target)).not.toContain('last');
  });
});

describe('acknowledged is durable', () => {
  const failing = async (): Promise<{ store: Store; fail: { now: boolean } }> => {
    const memory = await createMemoryStore();
    const fail = { now: false };
    return {
      fail,
      store: {
        ...memory,
        commit: (changes) => (fail.now ? Promise.reject(new StoreUnavailable('disk full')) : memory.commit(changes)),
      },
    };
  };

  it('a failed commit leaves no trace, and the same spans count when they come again', async () => {
    const { store, fail } = await failing();
    const world = await start({ store });
    const facts = { attributes: attempt('claude', 'fallback', 'success'), endTime: T0, spanId: freshId() };
    fail.now = true;
    await expect(world.send(T0, facts)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(world.snapshot().targets).toEqual([]);
    expect(world.pipeline.health()).toMatchObject({ storeAvailable: false, storeError: 'disk full' });
    fail.now = false;
    expect(await world.send(T0, facts)).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(world.pipeline.health().storeAvailable).toBe(true);
    expect(world.pipeline.stats()).toMatchObject({ batches: 1, received: 1, storeErrors: 1 });
  });

  it('a copy that came while the first was being committed fails with it', async () => {
    const memory = await createMemoryStore();
    let settle: (error?: Error) => void = () => undefined;
    const store: Store = {
      ...memory,
      commit: () =>
        new Promise((resolve, reject) => {
          settle = (error) => (error ? reject(error) : resolve());
        }),
    };
    const world = await start({ store });
    const facts = { attributes: attempt('claude', 'fallback', 'success'), endTime: T0, spanId: freshId() };
    const first = world.send(T0, facts);
    const copy = world.send(T0, facts);
    settle(new StoreUnavailable('disk full'));
    await expect(first).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(copy).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('a batch that is dropped leaves no trace', async () => {
    const world = await start();
    const facts = { attributes: attempt('claude', 'fallback', 'success'), endTime: T0, spanId: freshId() };
    world.pipeline.batch(T0).add(span(world.pipeline, facts));
    expect(world.snapshot().targets).toEqual([]);
    expect(await world.send(T0, facts)).toMatchObject({ duplicates: 0 });
  });
});
