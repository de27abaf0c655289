/** A pipeline on a memory store with a clock of its own, and what tests say to it: spans, chains, policies. */
import {
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
} from '@warmspare/semconv';
import { PARENT_WORDS, setIds, setParent } from '../base/ids.ts';
import { createPipeline } from '../commit/pipeline.ts';
import { FAILED_WAIT } from '../traces/trace-window.ts';
import { createMemoryStore, type MemoryStore } from '../store/memory.ts';
import type { MetricPoint } from '../types/metric.ts';
import type { Limits, Pipeline } from '../types/pipeline.ts';
import type { ChainPolicy, Policies, Policy } from '../types/policy.ts';
import type { Snapshot, TargetSnapshot } from '../types/snapshot.ts';
import type { AttributeValue, Span } from '../types/span.ts';
import type { Store } from '../types/store.ts';

export const T0 = Date.UTC(2026, 0, 1);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const SHOP = { namespace: '', name: 'shop', environment: '' };

export const DEFAULTS: Policy = {
  maxAge: 7 * 24 * 3600,
  maxCacheAge: undefined,
  maxFailover: 10,
  counts: ['organic', 'drill', 'shadow'],
  sampling: 'unknown',
  retireAfter: 7 * 24 * 3600,
};

export const NO_CHAINS: Policies = { defaults: DEFAULTS, chains: [] };

export const CHAIN = {
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
  readonly traceId?: string;
  readonly parentId?: string;
  readonly exceptionType?: string;
  readonly unsampled?: boolean;
  readonly name?: string;
  readonly resource?: Readonly<Record<string, AttributeValue>>;
  readonly kind?: number;
  readonly statusCode?: number;
  readonly statusMessage?: string;
}

let ids = 0;

export function freshId(): string {
  ids++;
  return ids.toString(16).padStart(16, '0');
}

export function span(pipeline: Pipeline, facts: SpanFacts): Span {
  const words = new Uint32Array(6);
  const id = facts.spanId ?? freshId();
  setIds(words, facts.traceId ?? id.repeat(2), id);
  const parent = new Uint32Array(PARENT_WORDS);
  setParent(parent, facts.parentId ?? '');
  return {
    service: facts.service ?? SHOP,
    ids: words,
    parent,
    exceptionType: facts.exceptionType,
    unsampled: facts.unsampled ?? false,
    name: facts.name ?? 'chat',
    startTime: facts.startTime ?? facts.endTime - 1000,
    endTime: facts.endTime,
    kind: facts.kind ?? 0,
    statusCode: facts.statusCode ?? 0,
    statusMessage: facts.statusMessage ?? '',
    values: pipeline.keys.names.map((name) => facts.attributes[name]),
    resource: pipeline.keys.names.map((name) => facts.resource?.[name]),
  };
}

export function attempt(target: string, type: string, outcome: string, more: Record<string, AttributeValue> = {}) {
  return {
    ...CHAIN,
    [ATTR_LLM_FALLBACK_TARGET_NAME]: target,
    [ATTR_LLM_FALLBACK_ROUTE_TYPE]: type,
    [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
    ...more,
  };
}

export interface World {
  now: number;
  readonly store: MemoryStore;
  readonly pipeline: Pipeline;
  send(receivedAt: number, ...spans: readonly SpanFacts[]): ReturnType<ReturnType<Pipeline['batch']>['commit']>;
  /** Lets so much time pass that every trace is settled. */
  rest(): Promise<void>;
  target(name: string, service?: string): TargetSnapshot;
  /** With all their attributes in one object, as they are sent. */
  points(name: string): MetricPoint[];
  snapshot(): Snapshot;
}

/** A span that is no evidence, by a sender whose clock agrees with the world's. */
export async function confirmClock(world: World): Promise<World> {
  await world.send(world.now, { attributes: {}, endTime: world.now });
  return world;
}

export async function start(
  options: {
    policies?: Policies;
    store?: Store;
    limits?: Partial<Limits>;
    now?: number;
    from?: MemoryStore;
    senderOf?: (service: Span['service']) => string | undefined;
  } = {},
): Promise<World> {
  const store = await createMemoryStore(options.from?.contents());
  const clock = { now: options.now ?? T0 };
  const pipeline = await createPipeline({
    policies: options.policies ?? NO_CHAINS,
    store: options.store ?? store,
    now: () => clock.now,
    limits: options.limits ?? {},
    senderOf: options.senderOf,
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
    async rest() {
      clock.now += FAILED_WAIT;
      await pipeline.settle();
    },
    snapshot: () => pipeline.snapshot(clock.now),
    target(name, service = 'shop') {
      const found = world.snapshot().targets.find((row) => row.target === name && row.service.name === service);
      if (!found) throw new Error(`no row ${name} of ${service}`);
      return found;
    },
    points(name) {
      return whole(pipeline.metrics(world.snapshot())).filter((point) => point.name === name);
    },
  };
  return world;
}

/** With all their attributes in one object. */
export function whole(points: Iterable<MetricPoint>): MetricPoint[] {
  return [...points].map(({ extra, ...point }) => ({ ...point, attributes: { ...point.attributes, ...extra } }));
}

export function value(
  points: readonly MetricPoint[],
  attributes: Readonly<Record<string, string>>,
): number | undefined {
  const point = points.find((candidate) =>
    Object.entries(attributes).every(([name, expected]) => candidate.attributes[name] === expected),
  );
  return point && 'value' in point ? point.value : undefined;
}

export function policy(more: Partial<ChainPolicy> = {}): ChainPolicy {
  const model = (name: string) => ({ [ATTR_GEN_AI_REQUEST_MODEL]: name });
  const rest = { ...DEFAULTS, exclude: undefined, maxLatency: undefined, maxCost: undefined, limits: NO_LIMITS };
  return {
    ...DEFAULTS,
    name: 'summarize',
    namespace: undefined,
    service: undefined,
    environment: undefined,
    targets: [
      { ...rest, name: 'gpt', type: 'primary', match: model('gpt-*') },
      { ...rest, name: 'claude', type: 'fallback', match: model('claude-*') },
      { ...rest, name: 'last', type: 'cache', match: undefined, maxCacheAge: 60 },
    ],
    ...more,
  };
}

const NO_LIMITS = { p95Latency: undefined, costPerHour: undefined, tokensPerMinute: undefined };
