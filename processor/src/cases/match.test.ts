/** Cases of `match` and `exclude`: which target has the credit for a call that names none. */
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALLS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { policiesOf, replay } from '../testdata/cases.ts';
import { start, T0, value, type World } from '../testdata/world.ts';
import { call } from '../traces/testdata/calls.ts';

const successes = (world: World, target: string): number =>
  value(world.points(METRIC_LLM_FALLBACK_CALLS), {
    [ATTR_LLM_FALLBACK_TARGET_NAME]: target,
    [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
  }) ?? 0;

describe('a dated name that the fallback’s glob fits', () => {
  it.each([
    ['served-gpt-4-0613', 'gpt-4', 'gpt-4-turbo'],
    ['served-gpt-4o-2024-08-06', 'gpt-4o', 'gpt-4o-mini'],
  ])('is the success of the primary: %s', async (file, primary, fallback) => {
    const world = await replay([`otlp/${file}.json`], { config: 'config/snapshots.yaml' });
    await world.rest();
    expect(successes(world, primary)).toBe(1);
    expect(world.target(fallback).state).toBe('never_exercised');
  });

  it.each([
    ['answered under an older one', { asked: 'gpt-4', served: 'gpt-4-0314' }],
    ['asked for by its month and day', { asked: 'gpt-4-0613', served: 'gpt-4-0613' }],
    ['answered under it', { asked: 'gpt-4o', served: 'gpt-4o-2024-11-20' }],
    ['answered under it by a gateway', { asked: 'openai/gpt-4o', served: 'gpt-4o-2024-11-20' }],
    ['asked for by it', { asked: 'gpt-4o-2024-08-06', served: 'gpt-4o-2024-08-06' }],
    ['asked for by it, without an answer', { asked: 'gpt-4o-2024-08-06', served: undefined }],
  ])('is the primary’s: %s', async (_, { asked, served }) => {
    const world = await start({ policies: policiesOf('config/snapshots.yaml') });
    const attributes = served === undefined ? {} : { 'gen_ai.response.model': served };
    await world.send(T0 + 60_000, call(asked, { attributes }));
    const fallbacks = world.snapshot().targets.filter(({ routeType }) => routeType === 'fallback');
    expect(fallbacks.map(({ state }) => state)).toEqual(['never_exercised', 'never_exercised']);
  });

  it('is no name of another model that the glob fits', async () => {
    const world = await start({ policies: policiesOf('config/snapshots.yaml') });
    await world.send(
      T0 + 60_000,
      call('gpt-4-turbo', { attributes: { 'gen_ai.response.model': 'gpt-4-turbo-2024-04-09' } }),
    );
    expect(world.target('gpt-4-turbo').state).toBe('fresh');
  });

  it('is the fallback’s where another model served', async () => {
    const world = await start({ policies: policiesOf('config/snapshots.yaml') });
    await world.send(
      T0 + 60_000,
      call('gpt-4o', { attributes: { 'gen_ai.response.model': 'gpt-4o-mini-2024-07-18' } }),
    );
    expect(world.target('gpt-4o-mini').state).toBe('fresh');
    expect(successes(world, 'gpt-4o')).toBe(0);
  });
});

describe('exclude', () => {
  const LOAD_TEST = { 'metadata.user_api_key_alias': 'loadtest-7' };
  const replayed = async (...spans: Parameters<typeof call>[]) => {
    const world = await start({ policies: policiesOf('config/exclude.yaml') });
    await world.send(T0 + 60_000, ...spans.map((facts) => call(...facts)));
    await world.rest();
    return world;
  };

  it('wins over match: a load test counts for no target, is listed nowhere, and shows no fallback', async () => {
    const world = await replayed(
      ['gpt-5', { failed: 'RateLimitError', attributes: LOAD_TEST }],
      ['claude-haiku-4-5', { from: 2, attributes: LOAD_TEST }],
    );
    expect(world.target('f').state).toBe('never_exercised');
    expect(successes(world, 'f')).toBe(0);
    expect(world.snapshot().unassigned).toEqual([]);
    expect(new Set(world.snapshot().targets.map(({ chain }) => chain))).toEqual(new Set(['c']));
  });

  it('wins over match where the model that served leads to the target', async () => {
    const served = { 'gen_ai.response.model': 'claude-haiku-4-5' };
    const world = await replayed(
      ['gpt-5', { attributes: { ...LOAD_TEST, ...served } }],
      ['gpt-5', { from: 5, attributes: served }],
    );
    expect(successes(world, 'p')).toBe(0);
    expect(successes(world, 'f')).toBe(1);
  });

  it('leaves out only what it matches', async () => {
    const world = await replayed(['claude-haiku-4-5', { attributes: { 'metadata.user_api_key_alias': 'team-a' } }]);
    expect(world.target('f').state).toBe('fresh');
  });
});

it('an answer of the gateway’s cache is nobody’s call, whatever match fits it: L15', async () => {
  const world = await replay(['gateways/L15_cache_hit_stream.000.pb'], { config: 'config/health-checks.yaml' });
  await world.rest();
  expect(world.snapshot().targets.map(({ target, lastSuccess, state }) => [target, lastSuccess, state])).toEqual([
    ['p', undefined, undefined],
    ['f', undefined, 'never_exercised'],
  ]);
  expect(world.snapshot().unassigned).toEqual([]);
});

it('a model name of 16 KB does not hold up the service: slow globs', async () => {
  const world = await start({ policies: policiesOf('config/slow-glob.yaml') });
  const began = performance.now();
  await world.send(T0 + 60_000, ...Array.from({ length: 50 }, () => call('claudehaiku'.repeat(1489))));
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(world.snapshot().targets.map(({ target, state }) => [target, state])).toEqual([
    ['p', undefined],
    ['f', 'never_exercised'],
  ]);
});

it('calls that a rule assigns are telemetry of their service, whether they count at once or once their trace is settled', async () => {
  for (const asked of ['gpt-4', 'gpt-4o-mini']) {
    for (const failed of [false, '503']) {
      const world = await start({ policies: policiesOf('config/snapshots.yaml') });
      await world.send(T0 + 60_000, call(asked, { failed }));
      await world.rest();
      expect(world.snapshot().watermarks, `${asked}, failed: ${failed}`).toHaveLength(1);
    }
  }
});
