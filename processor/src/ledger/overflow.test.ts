/** That whatever senders can name has a limit, and that what it leaves out is counted, once a name and batch, and only when it is durable. */
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  type CardinalityLimit,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../base/errors.ts';
import { createMemoryStore } from '../store/memory.ts';
import { attempt, NO_CHAINS, policy, SHOP, start, T0, type World } from '../testdata/world.ts';
import type { AttributeValue } from '../types/span.ts';
import { noOverflow } from './live.ts';

type Attributes = Readonly<Record<string, AttributeValue>>;

/** One batch of spans that each name something else. */
const sendAll = (world: World, all: readonly Attributes[]) =>
  world.send(T0, ...all.map((attributes) => ({ attributes, endTime: T0 })));

const each = (count: number, make: (index: number) => Attributes): readonly Attributes[] =>
  Array.from({ length: count }, (_, index) => make(index));

const letter = (index: number): string => String.fromCharCode(65 + index);
const currency = (index: number): Attributes =>
  attempt('gpt', 'primary', 'success', {
    [ATTR_LLM_FALLBACK_COST_AMOUNT]: 1,
    [ATTR_LLM_FALLBACK_COST_CURRENCY]: `X${letter(Math.floor(index / 26))}${letter(index % 26)}`,
  });
const breaker = (index: number): Attributes =>
  attempt('gpt', 'primary', 'success', {
    [ATTR_LLM_FALLBACK_BREAKER_NAME]: `breaker-${index}`,
    [ATTR_LLM_FALLBACK_BREAKER_STATE]: 'closed',
  });
const chain = (index: number): Attributes => ({
  ...attempt('gpt', 'primary', 'success'),
  [ATTR_LLM_FALLBACK_CHAIN_NAME]: `chain-${index}`,
  [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt'],
  [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary'],
});
const manyTargets = (count: number): Attributes => ({
  ...attempt('gpt', 'primary', 'success'),
  [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: each(count, () => ({})).map((_, index) => `t${index}`),
  [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: each(count, () => ({})).map(() => 'fallback'),
});
const unassigned = (index: number): Attributes => ({
  [ATTR_GEN_AI_OPERATION_NAME]: 'chat',
  [ATTR_GEN_AI_REQUEST_MODEL]: `model-${index}`,
});
const ofService = (index: number) => ({
  attributes: attempt('gpt', 'primary', 'success'),
  endTime: T0,
  service: { ...SHOP, name: `service-${index}` },
});

describe('a limit on what senders can name', () => {
  // The row's calls by outcome and their duration are series beside the currencies.
  it.each<[CardinalityLimit, number, (world: World) => Promise<unknown>]>([
    ['row_series', 5, (world) => sendAll(world, each(256 - 3 + 5, currency))],
    ['chain_breakers', 3, (world) => sendAll(world, each(16 + 3, breaker))],
    ['chain_targets', 1, (world) => sendAll(world, [manyTargets(65), manyTargets(64)])],
    ['unassigned', 4, (world) => sendAll(world, each(10 + 4, unassigned))],
    ['services', 2, (world) => world.send(T0, ...[0, 1, 2, 3, 4].map(ofService))],
    ['chains', 5, (world) => sendAll(world, each(100 + 5, chain))],
  ])('counts what is past it: %s', async (limit, count, send) => {
    const world = await start({ limits: { unassigned: 10, services: 3, rows: 100 } });
    await send(world);
    expect(world.pipeline.stats().overflow[limit]).toBe(count);
    await send(world);
    expect(world.pipeline.stats().overflow[limit]).toBeGreaterThanOrEqual(count);
  });

  it('keeps no more than that of chains, services and unassigned calls', async () => {
    const world = await start({ limits: { unassigned: 10, services: 3, rows: 4 } });
    await sendAll(world, [...each(7, chain), ...each(14, unassigned)]);
    await world.send(T0, ...[0, 1, 2, 3, 4].map(ofService));
    const { chains, watermarks, unassigned: listed } = world.snapshot();
    expect([chains.length, watermarks.length, listed.length]).toEqual([4, 3, 10]);
  });

  it('holds for batches that come at once, which do not know of each other', async () => {
    const world = await start({ limits: { rows: 3 } });
    const all = each(5, chain).map((attributes) => world.send(T0, { attributes, endTime: T0 }));
    await Promise.all(all);
    const { targets, chains } = world.snapshot();
    expect([targets.filter(({ overflow }) => !overflow).length, chains.length]).toEqual([3, 3]);
  });

  it('leaves the watermark of a service that is known: it moves on, and never back', async () => {
    const world = await start({ limits: { services: 1 } });
    await world.send(T0, ofService(0));
    for (const [endTime, at] of [
      [T0 + 5000, T0 + 5000],
      [T0 + 3000, T0 + 5000],
      [T0 + 9000, T0 + 9000],
    ] as const) {
      await world.send(T0 + 60_000, { ...ofService(0), endTime });
      expect(world.snapshot().watermarks).toMatchObject([{ at }]);
    }
    // A service that makes no calls is worth none, and no room for it is missed.
    await world.send(T0 + 120_000, { ...ofService(7), attributes: {} });
    expect(world.pipeline.stats().overflow.services).toBe(0);
    expect(world.snapshot().watermarks).toHaveLength(1);
  });

  it('counts the unassigned calls that one batch has no room for, though the list has', async () => {
    const world = await start({ limits: { unassigned: 1000 } });
    await sendAll(world, each(200 + 5, unassigned));
    expect(world.pipeline.stats().overflow.unassigned).toBe(5);
    expect(world.snapshot().unassigned).toHaveLength(200);
  });

  it('counts announced targets that share the overflow row, of which no span tells', async () => {
    const world = await start({ limits: { rowsPerService: 2 } });
    const declare = {
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize',
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt', 'claude', 'rules'],
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback', 'heuristic'],
    };
    expect(await world.send(T0, { attributes: declare, endTime: T0 })).toMatchObject({ overflowed: 0 });
    expect(world.pipeline.stats().overflow).toEqual({ ...noOverflow(), rows: 1 });
  });

  it('counts nothing of usual traffic, and nothing of a batch that was refused', async () => {
    const usual = await start();
    await sendAll(usual, [...each(3, breaker), ...each(3, currency), ...each(3, chain), ...each(3, unassigned)]);
    expect(usual.pipeline.stats().overflow).toEqual(noOverflow());
    const memory = await createMemoryStore();
    let refuses = false;
    const world = await start({
      store: {
        ...memory,
        commit: (changes) => (refuses ? Promise.reject(new StoreUnavailable('full')) : memory.commit(changes)),
      },
    });
    refuses = true;
    await expect(sendAll(world, each(16 + 3, breaker))).rejects.toBeInstanceOf(StoreUnavailable);
    expect(world.pipeline.stats().overflow).toEqual(noOverflow());
  });
});

describe('one sender that names without end', () => {
  const named = (name: string, chain: string, target = 'gpt') => ({
    attributes: { ...attempt(target, 'primary', 'success'), [ATTR_LLM_FALLBACK_CHAIN_NAME]: chain },
    endTime: T0,
    service: { ...SHOP, name },
  });
  const chainsOf = (world: World, name: string): string[] =>
    world.snapshot().chains.flatMap(({ service, chain: each }) => (service.name === name ? [each] : []));
  const flood = async (world: World, name: (index: number) => string): Promise<void> => {
    for (let at = 0; at < 2_400; at += 400) {
      const spans = Array.from({ length: 400 }, (_, index) => named(name(at + index), `chain-${at + index}`));
      await world.send(T0, ...spans);
    }
  };

  it('leaves room for the rows and the chains of others, and is counted', async () => {
    const world = await start({ limits: { rows: 2_000, rowsPerService: 1_000 } });
    await flood(world, (index) => `noisy-${index % 2}`);
    const { overflow, overflowed } = world.pipeline.stats();
    // Each chain has three targets; past three quarters only a sender of few may go on.
    expect([overflow.chains, overflowed]).toEqual([900, 1900]);
    await world.send(T0, named('quiet', 'summarize'), named('quiet', 'route'));
    expect(chainsOf(world, 'quiet').sort()).toEqual(['route', 'summarize']);
    expect(world.snapshot().targets.filter(({ service }) => service.name === 'quiet')).toHaveLength(6);
  });

  it('never keeps a configured chain from its rows, nor its placeholders from leaving', async () => {
    const policies = { ...NO_CHAINS, chains: [policy({ service: 'quiet' })] };
    const world = await start({ policies, limits: { rows: 100 } });
    await flood(world, (index) => `noisy-${index % 2}`);
    await world.send(T0, named('quiet', 'summarize'));
    const rows = world.snapshot().targets.filter((each) => each.chain === 'summarize');
    expect(rows.map(({ service, target, placeholder }) => [service.name, target, placeholder])).toEqual([
      ['quiet', 'gpt', false],
      ['quiet', 'claude', false],
      ['quiet', 'last', false],
    ]);
  });

  it('is one sender where one token is bound to all of its services', async () => {
    const senderOf = ({ name }: { readonly name: string }) => (name.startsWith('team-') ? 'token 0' : undefined);
    const world = await start({ senderOf, limits: { rowsPerService: 50 } });
    await flood(world, (index) => `team-${index}`);
    expect(world.snapshot().targets.filter(({ service }) => service.name.startsWith('team-'))).toHaveLength(50);
  });
});
