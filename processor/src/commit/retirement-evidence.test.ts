/** A row that was retired and came back knows nothing from before, however what it knows arrived. */
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALLS,
} from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attempt,
  CHAIN,
  DAY,
  DEFAULTS,
  freshId,
  HOUR,
  policy,
  SHOP,
  start,
  T0,
  value,
  type World,
} from '../testdata/world.ts';

/** When `claude` is retired. */
const RETIRED = T0 + DAY;
const CLAUDE = { chain: 'summarize', target: 'claude' };
const MINUTE = 60_000;
const run = { ...CHAIN, [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: 'exhausted' };

async function retired(): Promise<World> {
  const world = await start();
  await world.send(T0, { attributes: CHAIN, endTime: T0 });
  world.now = RETIRED;
  await world.pipeline.retire(CLAUDE);
  return world;
}

describe('a row that came back', () => {
  it('does not count what happened before its retirement, whether it comes with the announcement or after it', async () => {
    const old = { attributes: attempt('claude', 'fallback', 'success'), endTime: RETIRED - MINUTE };
    const announcement = { attributes: CHAIN, endTime: RETIRED + 1 };
    for (const batches of [[[old, announcement]], [[announcement], [old]], [[old], [announcement]]]) {
      const world = await retired();
      for (const spans of batches) await world.send(RETIRED + MINUTE, ...spans);
      expect(world.target('claude')).toMatchObject({ state: 'never_exercised', activity: undefined });
      expect(world.target('claude').assumptions.map(({ state }) => state)).toEqual(['unverified', 'unverified']);
      const calls = world.points(METRIC_LLM_FALLBACK_CALLS);
      const succeeded = { [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude', [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success' };
      expect(value(calls, succeeded)).toBe(0);
    }
  });

  it('shows the placeholder of another template again, which its retirement had hidden', async () => {
    const policies = { defaults: DEFAULTS, chains: [policy(), policy({ environment: 'prod' })] };
    const service = { ...SHOP, environment: 'prod' };
    const placeholders = async (from: World): Promise<string[]> =>
      (await start({ from: from.store, policies, now: from.now }))
        .snapshot()
        .targets.flatMap(({ placeholder, target }) => (placeholder ? [target] : []));
    const world = await start({ policies });
    await world.send(T0, { attributes: CHAIN, endTime: T0, service });
    world.now = RETIRED;
    await world.pipeline.retire({ ...CLAUDE, service: 'shop' });
    expect(await placeholders(world)).toEqual(['gpt', 'last']);
    await world.send(RETIRED + 1, { attributes: CHAIN, endTime: RETIRED + 1, service });
    expect(await placeholders(world)).toEqual(['gpt', 'claude', 'last']);
  });

  it('does not miss a failed try that waited, when its retirement had removed it', async () => {
    const world = await start({ policies: { defaults: DEFAULTS, chains: [policy()] } });
    const failed = (endTime: number) => ({
      attributes: {
        'ai.operationId': 'ai.generateText.doGenerate',
        [ATTR_GEN_AI_OPERATION_NAME]: 'chat',
        [ATTR_GEN_AI_REQUEST_MODEL]: 'claude-4',
      },
      statusCode: 2,
      parentId: freshId(),
      endTime,
    });
    const errors = (of: World) =>
      value(of.points(METRIC_LLM_FALLBACK_CALLS), {
        [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude',
        [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error',
      });
    await world.send(T0, failed(T0));
    world.now = T0 + 1;
    await world.pipeline.retire(CLAUDE);
    await world.send(T0 + 2, { attributes: CHAIN, endTime: T0 + 2 });
    await world.rest();
    expect(errors(world)).toBe(0);
    await world.send(world.now, failed(world.now));
    expect(errors(await start({ from: world.store, now: world.now }))).toBe(1);
  });

  it('is the same, however its evidence is ordered, repeated and split, and over a restart', async () => {
    const event = fc.record({
      attributes: fc.constantFrom(
        CHAIN,
        run,
        attempt('gpt', 'primary', 'success'),
        attempt('claude', 'fallback', 'success'),
        attempt('claude', 'fallback', 'error'),
      ),
      endTime: fc.constantFrom(-2, -1, 0, 1, 2).map((minutes) => RETIRED + minutes * MINUTE),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 8 }).chain((events) =>
          fc.record({
            events: fc.constant(events),
            order: fc.shuffledSubarray([...events.keys()], { minLength: events.length, maxLength: events.length }),
            again: fc.array(fc.nat(events.length - 1), { maxLength: 4 }),
            size: fc.integer({ min: 1, max: 4 }),
            restart: fc.nat(3),
          }),
        ),
        async ({ events, order, again, size, restart }) => {
          const spans = events.map((each) => ({ ...each, spanId: freshId() }));
          const sent = [...order, ...again].flatMap((index) => spans[index] ?? []);
          let world = await retired();
          for (let from = 0; from < sent.length; from += size) {
            await world.send(RETIRED + HOUR, ...sent.slice(from, from + size));
            if (from / size === restart) world = await start({ from: world.store, now: RETIRED + HOUR });
          }
          const since = spans.filter(({ endTime }) => endTime > RETIRED);
          expect(world.snapshot().targets.some(({ target }) => target === 'claude')).toBe(since.length > 0);
          if (since.length === 0) return;
          const own = since.filter(
            ({ attributes }) => Reflect.get(attributes, ATTR_LLM_FALLBACK_TARGET_NAME) === 'claude',
          );
          const newest = (outcome: string): number | undefined =>
            own
              .filter((each) => Reflect.get(each.attributes, ATTR_LLM_FALLBACK_CALL_OUTCOME) === outcome)
              .map(({ endTime }) => endTime)
              .sort((a, b) => b - a)[0];
          const { lastSuccess, lastFailure } = world.target('claude');
          expect([lastSuccess?.at, lastFailure?.at]).toEqual([newest('success'), newest('error')]);
          const calls = world.points(METRIC_LLM_FALLBACK_CALLS);
          const counted = calls
            .filter((point) => point.attributes[ATTR_LLM_FALLBACK_TARGET_NAME] === 'claude')
            .reduce((sum, point) => sum + ('value' in point ? point.value : 0), 0);
          expect(counted).toBe(own.length);
        },
      ),
      { numRuns: 100 },
    );
  });
});
