/** A clock that is plainly wrong destroys nothing: not at a start, not later, and all is as it was once it is right again. */
import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../base/errors.ts';
import { attempt, CHAIN, confirmClock, DAY, HOUR, start, T0 } from '../testdata/world.ts';

const success = { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 };
const YEARS = 20 * 365 * DAY;

describe('a clock far in the past', () => {
  it('leaves what is stored as it is, says so, and is forgotten once it is right', async () => {
    const before = await start({ now: T0 });
    await before.send(T0, { attributes: CHAIN, endTime: T0 }, success);
    const stored = JSON.stringify(before.store.contents());
    const world = await start({ from: before.store, now: T0 - YEARS });
    expect(world.pipeline.health().clockError).toMatch(/the clock stands at 2006-.*newest commit is of 2026-01-01/);
    expect(world.target('claude')).toMatchObject({ state: 'fresh', timeSinceLastSuccess: 0 });
    await expect(world.send(T0 - YEARS, { ...success, endTime: T0 + HOUR })).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(world.pipeline.retire({ chain: 'summarize', target: 'claude' })).rejects.toThrow(/the clock stands/);
    await world.pipeline.settle();
    expect(JSON.stringify(world.store.contents())).toBe(stored);
    world.now = T0 + HOUR;
    await world.pipeline.settle();
    expect(world.pipeline.health().clockError).toBeUndefined();
    await world.send(T0 + HOUR, { ...success, endTime: T0 + HOUR });
    expect(world.target('claude')).toMatchObject({ declaredAt: T0, lastSuccess: { at: T0 + HOUR } });
  });

  it('is told while the service runs, too', async () => {
    const world = await start({ now: T0 });
    await world.send(T0, success);
    world.now = T0 - DAY;
    await world.pipeline.settle();
    expect(world.pipeline.health().clockError).toBeDefined();
    expect(world.target('claude').lastSuccess?.at).toBe(T0);
  });

  it('was right where a span agrees with it: what lies ahead is pulled, and stays so over a restart', async () => {
    const ahead = await start({ now: T0 + DAY });
    await ahead.send(T0 + DAY, { ...success, endTime: T0 + DAY });
    const world = await confirmClock(await start({ from: ahead.store, now: T0 }));
    expect(world.pipeline.health().clockError).toBeUndefined();
    expect(world.target('claude').lastSuccess?.at).toBe(T0);
    const again = await start({ from: world.store, now: T0 + HOUR });
    expect(again.pipeline.health().clockError).toBeUndefined();
  });

  it('is within what clocks differ by up to five minutes', async () => {
    const before = await start({ now: T0 });
    await before.send(T0, success);
    const world = await start({ from: before.store, now: T0 - 5 * 60_000 });
    expect(world.pipeline.health().clockError).toBeUndefined();
  });
});
