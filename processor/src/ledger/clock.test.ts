/** What a clock that ran ahead left in the store is of now from the next start on: nothing lies in the future for ever. */
import {
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { attempt, CHAIN, confirmClock, DAY, HOUR, start, T0, type World } from '../testdata/world.ts';

type Spans = Parameters<World['send']>[1][];

const AHEAD = T0 + 30 * DAY;
const { [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: _names, ...unlisted } = attempt('rules', 'heuristic', 'cancelled');
const shorter = {
  ...CHAIN,
  [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt', 'claude'],
  [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback'],
};

/** A world that starts at T0 on what another one left that got `spans` a month later. */
async function after(receivedAt: number, ...spans: Spans): Promise<World> {
  const ahead = await start({ now: T0 });
  await ahead.send(T0, { attributes: CHAIN, endTime: T0 });
  if (spans.length > 0) await ahead.send(receivedAt, ...spans);
  return confirmClock(await start({ from: ahead.store, now: T0 }));
}

describe('a start at an earlier time than what was stored, which a sender agrees with', () => {
  it('counts from now since when a target is known', async () => {
    const ahead = await start({ now: AHEAD });
    await ahead.send(AHEAD, { attributes: CHAIN, endTime: T0 });
    const world = await confirmClock(await start({ from: ahead.store, now: T0 }));
    world.now = T0 + HOUR;
    expect(world.target('claude')).toMatchObject({ declaredAt: T0, timeSinceLastSuccess: 3600 });
    await world.send(T0 + HOUR, { attributes: CHAIN, endTime: T0 });
    expect(world.target('claude').declaredAt).toBe(T0);
  });

  it('does not keep a target declared that was named, or announced, in the future last', async () => {
    for (const attributes of [unlisted, CHAIN]) {
      const world = await after(AHEAD, { attributes, endTime: T0 });
      for (const [receivedAt, undeclared] of [
        [T0 + 7 * DAY, false],
        [T0 + 7 * DAY + 1, true],
      ] as const) {
        await world.send(receivedAt, { attributes: shorter, endTime: T0 });
        expect([receivedAt, world.target('rules').undeclared]).toEqual([receivedAt, undeclared]);
      }
    }
  });

  it('does not show a target as undeclared because its chain was announced in the future', async () => {
    const world = await after(AHEAD, { attributes: shorter, endTime: T0 });
    expect(world.target('rules')).toMatchObject({ undeclared: false, state: 'never_exercised' });
  });

  it.each(['organic', 'drill', 'shadow'])('takes sightings of kind %s from then as of now', async (kind) => {
    for (const [outcome, state] of [
      ['success', 'fresh'],
      ['error', 'failing'],
    ] as const) {
      const attributes = attempt('claude', 'fallback', outcome, { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: kind });
      const world = await after(AHEAD, { attributes, endTime: AHEAD });
      expect(world.target('claude')).toMatchObject({ state, lastAttempt: { at: T0 } });
      // What happens from now on is newer.
      const opposite = outcome === 'success' ? 'error' : 'success';
      await world.send(T0 + 1, { attributes: attempt('claude', 'fallback', opposite), endTime: T0 + 1 });
      expect(world.target('claude').lastAttempt?.at).toBe(T0 + 1);
    }
  });

  it.each(['success', 'error'])('takes one that ended a little ahead of its receipt as of now: %s', async (outcome) => {
    const before = await start({ now: T0 });
    const attributes = attempt('claude', 'fallback', outcome);
    await before.send(T0, { attributes, endTime: T0 + 200_000 });
    const world = await start({ from: before.store, now: T0 + 100_000 });
    expect(world.target('claude').lastAttempt?.at).toBe(T0 + 100_000);
  });

  it('goes on with the watermark from now', async () => {
    const world = await after(AHEAD, { attributes: CHAIN, endTime: AHEAD });
    expect(world.snapshot().watermarks).toMatchObject([{ at: T0 }]);
    await world.send(T0 + 5000, { attributes: CHAIN, endTime: T0 + 4000 });
    expect(world.snapshot().watermarks).toMatchObject([{ at: T0 + 4000 }]);
  });

  it('lets a row come back that was retired in the future, but not by what is older than now', async () => {
    const ahead = await start({ now: T0 });
    await ahead.send(T0, { attributes: CHAIN, endTime: T0 });
    ahead.now = AHEAD;
    await ahead.pipeline.retire({ chain: 'summarize', target: 'claude' });
    const world = await confirmClock(await start({ from: ahead.store, now: T0 }));
    const isBack = (): boolean => world.snapshot().targets.some(({ target }) => target === 'claude');
    await world.send(T0 + 1, { attributes: CHAIN, endTime: T0 });
    expect(isBack()).toBe(false);
    await world.send(T0 + 2, { attributes: CHAIN, endTime: T0 + 1 });
    expect(isBack()).toBe(true);
  });

  it('leaves what lies at now or before it as it is, and writes nothing then', async () => {
    const before = await start({ now: T0 });
    await before.send(T0, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 - HOUR });
    const world = await start({ from: before.store, now: T0 });
    expect(world.target('claude')).toMatchObject({ declaredAt: T0, lastSuccess: { at: T0 - HOUR } });
    expect(world.snapshot().watermarks).toMatchObject([{ at: T0 - HOUR }]);
  });
});
