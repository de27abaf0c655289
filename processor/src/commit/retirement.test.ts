/** A retired row comes back by an announcement whose event is later than the retirement, and by nothing else, whenever it arrives. */
import {
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { replay } from '../testdata/cases.ts';
import { attempt, CHAIN, DAY, freshId, HOUR, start, T0, value, type World } from '../testdata/world.ts';

type Spans = Parameters<World['send']>[1][];

/** When `claude` is retired. */
const RETIRED = T0 + DAY;
const CLAUDE = { chain: 'summarize', target: 'claude' };
const MINUTE = 60_000;

const targets = (world: World): string[] => world.snapshot().targets.map(({ target }) => target);
const isBack = (world: World): boolean => targets(world).includes('claude');

/** A chain that was announced a day before, whose `claude` has just been retired. */
async function retired(before: Spans = [{ attributes: CHAIN, endTime: T0 }]): Promise<World> {
  const world = await start();
  await world.send(T0, ...before);
  world.now = RETIRED;
  await world.pipeline.retire(CLAUDE);
  return world;
}

const { [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: _names, ...unlisted } = attempt('claude', 'fallback', 'success');
const run = { ...CHAIN, [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: 'exhausted' };

describe('a batch that waited elsewhere while the row was retired', () => {
  it('does not bring the row back (cases/otlp/retire-*)', async () => {
    const world = await replay(['otlp/retire-1-known.json'], { now: T0 });
    expect(targets(world)).toEqual(['main', 'backup']);
    world.now = RETIRED;
    expect(await world.pipeline.retire({ chain: 'tickets', target: 'backup' })).toBe(1);
    const late = { into: world, now: RETIRED + 2 * HOUR };
    await replay(['otlp/retire-2-late.json'], { ...late, endsAt: T0 + HOUR });
    expect(targets(world)).toEqual(['main']);
  });

  it.each([
    ['a declaration', CHAIN],
    ["the primary's attempt", attempt('gpt', 'primary', 'success')],
    ['its own attempt', attempt('claude', 'fallback', 'success')],
    ['its own attempt without a list', unlisted],
    ["the chain's run", run],
  ])('does not bring it back by %s, however often it comes', async (_what, attributes) => {
    const world = await retired();
    for (const receivedAt of [RETIRED, RETIRED + 1, RETIRED + HOUR, RETIRED + 30 * DAY]) {
      await world.send(receivedAt, { attributes, endTime: RETIRED, startTime: RETIRED - MINUTE });
      expect(targets(world)).toEqual(['gpt', 'rules']);
    }
    expect(value(world.points(METRIC_LLM_FALLBACK_CALLS), { [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude' })).toBe(
      undefined,
    );
  });

  it('does not keep the next announcement from bringing it back, however soon that follows', async () => {
    const world = await retired();
    await world.send(RETIRED + 10, { attributes: CHAIN, endTime: RETIRED });
    expect(isBack(world)).toBe(false);
    await world.send(RETIRED + 11, { attributes: CHAIN, endTime: RETIRED + 1 });
    expect(isBack(world)).toBe(true);
  });

  it('does not bring a chain back of which every row is retired, nor anything that it counts', async () => {
    const world = await start();
    await world.send(T0, { attributes: CHAIN, endTime: T0 });
    world.now = RETIRED;
    for (const target of ['gpt', 'claude', 'rules']) await world.pipeline.retire({ ...CLAUDE, target });
    expect(world.snapshot().chains).toEqual([]);
    const late = [CHAIN, run, { ...run, [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: [] }, unlisted];
    for (const attributes of late) await world.send(RETIRED + 1, { attributes, endTime: RETIRED });
    expect(world.snapshot()).toMatchObject({ targets: [], chains: [], counters: [] });
    await world.send(RETIRED + 2, { attributes: run, endTime: RETIRED + 1 });
    expect(targets(world)).toEqual(['gpt', 'claude', 'rules']);
    expect(value(world.points(METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED), {})).toBe(1);
  });

  it('finds no room in the overflow row either', async () => {
    const world = await start({ limits: { rowsPerService: 3 } });
    await world.send(T0, { attributes: CHAIN, endTime: T0 });
    world.now = RETIRED;
    await world.pipeline.retire(CLAUDE);
    await world.send(RETIRED, { attributes: attempt('other', 'fallback', 'success'), endTime: RETIRED });
    const late = { attributes: attempt('claude', 'fallback', 'success'), endTime: RETIRED };
    expect(await world.send(RETIRED + 1, late)).toMatchObject({ accepted: 1, overflowed: 0 });
    expect(targets(world)).toEqual(['gpt', 'rules', 'other']);
    await world.send(RETIRED + 2, { ...late, endTime: RETIRED + 1, spanId: freshId() });
    expect(world.snapshot().targets.map(({ target, overflow }) => (overflow ? 'overflow' : target))).toEqual([
      'overflow',
      'gpt',
      'rules',
      'other',
    ]);
  });

  it('still declares the other targets that it lists', async () => {
    const world = await retired();
    const longer = {
      ...CHAIN,
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt', 'claude', 'other'],
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback', 'fallback'],
    };
    await world.send(RETIRED + 1, { attributes: longer, endTime: T0 + HOUR });
    expect(targets(world)).toEqual(['gpt', 'other', 'rules']);
  });
});

describe('an announcement later than the retirement', () => {
  it.each([
    ['a declaration', CHAIN],
    ["the primary's attempt", attempt('gpt', 'primary', 'success')],
    ['its own failed attempt', attempt('claude', 'fallback', 'error')],
    ["the chain's run", run],
  ])('brings the row back: %s, and its declaration is its receipt', async (_what, attributes) => {
    const world = await retired();
    await world.send(RETIRED + 40 * DAY, { attributes, endTime: RETIRED + 1 });
    expect(world.target('claude')).toMatchObject({ declaredAt: RETIRED + 40 * DAY, rank: 1 });
  });

  it('brings it back beside older ones, in whatever order the spans of the batch stand', async () => {
    const spans = [-MINUTE, 1, -HOUR].map((offset) => ({ attributes: CHAIN, endTime: RETIRED + offset }));
    for (const order of [spans, spans.toReversed()]) {
      const world = await retired();
      await world.send(RETIRED + MINUTE, ...order);
      expect(isBack(world)).toBe(true);
    }
  });

  it('is told by its event, clamped: one that lies far ahead counts as of its receipt, and once', async () => {
    const ahead = { attributes: CHAIN, endTime: RETIRED + HOUR, startTime: RETIRED + HOUR, spanId: freshId() };
    const world = await retired([{ attributes: CHAIN, endTime: T0 }, ahead]);
    await world.send(RETIRED + 1, ahead);
    expect(isBack(world)).toBe(false);
    await world.send(RETIRED + 2, { ...ahead, spanId: freshId() });
    expect(isBack(world)).toBe(true);
  });

  it('is not told by one that lies far ahead and has no ids: nobody knows whether it came before', async () => {
    const world = await retired();
    const ahead = { attributes: CHAIN, endTime: RETIRED + HOUR, spanId: '0'.repeat(16) };
    await world.send(RETIRED + 1, ahead);
    expect(isBack(world)).toBe(false);
    await world.send(RETIRED + 2, { ...ahead, endTime: RETIRED + 2 });
    expect(isBack(world)).toBe(true);
  });

  it.each([
    ['a declaration', CHAIN],
    ['an attempt', attempt('claude', 'fallback', 'success')],
    ['a run', run],
  ])(
    'is none where it came before the retirement already, from a clock that is ahead: %s',
    async (_what, attributes) => {
      const span = { attributes, endTime: RETIRED + MINUTE, spanId: freshId() };
      const world = await start();
      await world.send(RETIRED - 1, span);
      world.now = RETIRED;
      await world.pipeline.retire(CLAUDE);
      for (const receivedAt of [RETIRED + 1, RETIRED + HOUR]) {
        await world.send(receivedAt, span);
        expect(isBack(world)).toBe(false);
      }
      const again = await start({ from: world.store, now: RETIRED + DAY });
      await again.send(RETIRED + DAY, span);
      expect(isBack(again)).toBe(false);
    },
  );

  it('after a second retirement has to be later than that one', async () => {
    const world = await retired();
    await world.send(RETIRED + 1, { attributes: CHAIN, endTime: RETIRED + 1 });
    world.now = RETIRED + HOUR;
    await world.pipeline.retire(CLAUDE);
    await world.send(RETIRED + DAY, { attributes: CHAIN, endTime: RETIRED + HOUR });
    expect(isBack(world)).toBe(false);
    await world.send(RETIRED + DAY, { attributes: CHAIN, endTime: RETIRED + HOUR + 1 });
    expect(isBack(world)).toBe(true);
  });
});
