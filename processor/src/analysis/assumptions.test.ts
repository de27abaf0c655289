import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_ASSUMPTION_NAME,
  ATTR_LLM_FALLBACK_ASSUMPTION_STATE,
  ATTR_LLM_FALLBACK_CACHE_AGE,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  METRIC_LLM_FALLBACK_ASSUMPTION_STATUS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { attempt, DAY, DEFAULTS, freshId, HOUR, policy, start, T0, value, type World } from '../testdata/world.ts';
import type { AttributeValue } from '../types/span.ts';

const assumption = (world: World, name: string, target = 'claude') =>
  world.target(target).assumptions.find((each) => each.name === name);
const stateOf = (world: World, name: string, target = 'claude'): string | undefined =>
  assumption(world, name, target)?.state;

const claude = (outcome: string, more: Record<string, AttributeValue> = {}) =>
  attempt('claude', 'fallback', outcome, more);
const checked = (fingerprint: string, validity = 'valid') => ({
  [ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT]: fingerprint,
  [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: validity,
});
const primary = (more: Record<string, AttributeValue> = {}) => attempt('gpt', 'primary', 'success', more);

describe('available', () => {
  it('is unverified until the model has answered, and says since when', async () => {
    const world = await start();
    await world.send(T0, { attributes: primary(), endTime: T0 });
    expect(assumption(world, 'available')).toMatchObject({ state: 'unverified', since: T0, by: undefined });
    expect(stateOf(world, 'available', 'rules')).toBeUndefined();
  });

  it('holds by any answer, even one that is no success', async () => {
    for (const outcome of ['success', 'refused', 'truncated', 'schema_invalid', 'over_latency']) {
      const world = await start();
      await world.send(T0, { attributes: claude(outcome), endTime: T0, spanId: '00000000000000aa' });
      expect(assumption(world, 'available')).toMatchObject({
        state: 'holds',
        since: T0,
        by: { spanId: '00000000000000aa' },
      });
    }
  });

  it.each([
    ...['401', '402', '403', '404', '410', 'HTTP 404', '404 Not Found', 'Error code: 401'],
    ...['invalid_api_key', 'model_not_found', 'insufficient_quota', 'account_deactivated', 'billing_not_active'],
    ...[
      'AuthenticationError',
      'PermissionDeniedError',
      'NotFoundError',
      'openai.NotFoundError',
      'litellm.NotFoundError',
    ],
    ...[
      'authentication_error',
      'permission_error',
      'not_found_error',
      'billing_error',
      'anthropic.AuthenticationError',
    ],
    ...['UNAUTHENTICATED', 'PERMISSION_DENIED', 'NOT_FOUND', 'google.api_core.exceptions.PermissionDenied'],
    ...['AccessDeniedException', 'ResourceNotFoundException', 'UnrecognizedClientException', 'ExpiredTokenException'],
    ...['DeploymentNotFound', 'model_decommissioned', 'AI_NoSuchModelError', 'AI_LoadAPIKeyError', 'budget_exceeded'],
  ])('is broken by %s, and says so', async (error) => {
    const world = await start();
    await world.send(T0, { attributes: claude('success'), endTime: T0 });
    await world.send(T0 + 1, { attributes: claude('error', { [ATTR_ERROR_TYPE]: error }), endTime: T0 + 1 });
    expect(assumption(world, 'available')).toMatchObject({ state: 'broken', since: T0 + 1 });
    expect(assumption(world, 'available')?.words).toContain(error);
  });

  it.each([
    ...['429', '500', '503', '529', 'HTTP 503', 'rate_limit_exceeded', 'overloaded_error', 'api_error'],
    ...['RateLimitError', 'InternalServerError', 'APIConnectionError', 'AI_APICallError', 'AI_RetryError', 'Error'],
    ...[
      'RESOURCE_EXHAUSTED',
      'UNAVAILABLE',
      'ThrottlingException',
      'ModelNotReadyException',
      'BadRequestError',
      '_OTHER',
    ],
  ])('is left as it is by %s', async (error) => {
    const world = await start();
    await world.send(T0, { attributes: claude('success'), endTime: T0 });
    await world.send(T0 + 1, { attributes: claude('error', { [ATTR_ERROR_TYPE]: error }), endTime: T0 + 1 });
    await world.send(T0 + 2, { attributes: claude('timeout'), endTime: T0 + 2 });
    expect(stateOf(world, 'available')).toBe('holds');
  });

  it('is judged by the newest evidence, whatever came first', async () => {
    const world = await start();
    await world.send(T0 + 9, { attributes: claude('success'), endTime: T0 + 9 });
    await world.send(T0 + 10, { attributes: claude('error', { [ATTR_ERROR_TYPE]: '404' }), endTime: T0 + 5 });
    expect(stateOf(world, 'available')).toBe('holds');
  });

  it('is proved by no call without an answer', async () => {
    for (const outcome of ['timeout', 'error', 'cancelled']) {
      const world = await start();
      await world.send(T0, { attributes: claude(outcome), endTime: T0 });
      expect([outcome, assumption(world, 'available')]).toMatchObject([
        outcome,
        { state: 'unverified', by: undefined },
      ]);
    }
  });

  it('holds where a proof and a break are of one time, in whatever order they come', async () => {
    const [proof, gone] = [claude('success'), claude('error', { [ATTR_ERROR_TYPE]: '404' })];
    for (const batches of [[[proof, gone]], [[gone, proof]], [[proof], [gone]], [[gone], [proof]]]) {
      const world = await start();
      for (const batch of batches) await world.send(T0, ...batch.map((attributes) => ({ attributes, endTime: T0 })));
      expect(assumption(world, 'available')).toMatchObject({ state: 'holds', since: T0 });
      await world.send(T0 + 1, { attributes: gone, endTime: T0 + 1 });
      expect(stateOf(world, 'available')).toBe('broken');
    }
  });

  it('is broken for as long as nothing proves it, however long ago that was', async () => {
    const world = await start();
    await world.send(T0, { attributes: claude('error', { [ATTR_ERROR_TYPE]: '404' }), endTime: T0 });
    world.now = T0 + 400 * DAY;
    expect(assumption(world, 'available')).toMatchObject({ state: 'broken', since: T0 });
  });

  it('expires with the maximum age, at that moment', async () => {
    const world = await start();
    await world.send(T0, { attributes: claude('success'), endTime: T0 });
    world.now = T0 + 7 * DAY;
    expect(stateOf(world, 'available')).toBe('holds');
    world.now = T0 + 7 * DAY + 1;
    expect(assumption(world, 'available')).toMatchObject({ state: 'unverified', since: T0 + 7 * DAY });
  });

  it('is proved once by a span from the future, however often it comes, and by a late one as of its end', async () => {
    const world = await start();
    const ahead = { attributes: claude('success'), endTime: T0 + 300 * DAY, spanId: freshId() };
    await world.send(T0, ahead);
    await world.send(T0 + DAY, ahead);
    expect(assumption(world, 'available')).toMatchObject({ state: 'holds', since: T0 });
    const late = { attributes: claude('error', { [ATTR_ERROR_TYPE]: '404' }), endTime: T0 - DAY };
    await world.send(T0 + DAY, late);
    expect(stateOf(world, 'available')).toBe('holds');
    await world.send(T0 + DAY, { ...late, endTime: T0 + HOUR });
    expect(assumption(world, 'available')).toMatchObject({ state: 'broken', since: T0 + HOUR });
  });

  it('is not proved by a kind of exercise that the policy does not count', async () => {
    const world = await start({ policies: { defaults: { ...DEFAULTS, counts: ['organic'] }, chains: [] } });
    const drill = claude('success', { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill' });
    await world.send(T0, { attributes: drill, endTime: T0 });
    expect(stateOf(world, 'available')).toBe('unverified');
  });

  it('survives a restart', async () => {
    const world = await start();
    await world.send(T0, { attributes: claude('success'), endTime: T0 });
    const again = await start({ from: world.store, now: T0 + HOUR });
    expect(assumption(again, 'available')).toMatchObject({ state: 'holds', since: T0 });
  });
});

describe('schema', () => {
  it('does not apply while no schema is known', async () => {
    const world = await start();
    await world.send(T0, { attributes: claude('success'), endTime: T0 });
    expect(stateOf(world, 'schema')).toBeUndefined();
  });

  it('holds by a valid output and is broken by an invalid one', async () => {
    const world = await start();
    await world.send(T0, { attributes: claude('success', checked('s1')), endTime: T0 });
    expect(stateOf(world, 'schema')).toBe('holds');
    await world.send(T0 + 1, { attributes: claude('schema_invalid', checked('s1', 'invalid')), endTime: T0 + 1 });
    expect(stateOf(world, 'schema')).toBe('broken');
  });

  it('of a declared schema expires when the chain moves to another, until it is proved against that', async () => {
    const world = await start();
    await world.send(T0, { attributes: primary(checked('s1')), endTime: T0 });
    await world.send(T0 + 1, { attributes: claude('success', checked('s1')), endTime: T0 + 1 });
    expect(stateOf(world, 'schema')).toBe('holds');
    await world.send(T0 + 2, { attributes: primary(checked('s2')), endTime: T0 + 2 });
    expect(assumption(world, 'schema')).toMatchObject({ state: 'unverified', since: T0 + 2 });
    // A rolling deploy: an old instance proves the old schema once more.
    await world.send(T0 + 3, { attributes: claude('success', checked('s1')), endTime: T0 + 3 });
    expect(stateOf(world, 'schema')).toBe('unverified');
    await world.send(T0 + 4, { attributes: claude('success', checked('s2')), endTime: T0 + 4 });
    await world.send(T0 + 5, { attributes: claude('success', checked('s1')), endTime: T0 + 5 });
    expect(assumption(world, 'schema')).toMatchObject({ state: 'holds', since: T0 + 4 });
  });

  it('of a declared schema stays broken when an old instance proves the old schema', async () => {
    const world = await start();
    await world.send(T0, { attributes: primary(checked('s1')), endTime: T0 });
    await world.send(T0 + 1, { attributes: primary(checked('s2')), endTime: T0 + 1 });
    await world.send(T0 + 2, { attributes: claude('success', checked('s2')), endTime: T0 + 2 });
    await world.send(T0 + 3, { attributes: claude('schema_invalid', checked('s2', 'invalid')), endTime: T0 + 3 });
    await world.send(T0 + 4, { attributes: claude('success', checked('s1')), endTime: T0 + 4 });
    expect(assumption(world, 'schema')).toMatchObject({ state: 'broken', since: T0 + 3 });
  });

  it('of a declared schema is broken by an invalid output against any, until a valid one against the same or the current', async () => {
    const world = await start();
    await world.send(T0, { attributes: primary(checked('s1')), endTime: T0 });
    await world.send(T0 + 1, { attributes: claude('schema_invalid', checked('s1', 'invalid')), endTime: T0 + 1 });
    await world.send(T0 + 2, { attributes: primary(checked('s2')), endTime: T0 + 2 });
    expect(stateOf(world, 'schema')).toBe('broken');
    await world.send(T0 + 3, { attributes: claude('success', checked('s1')), endTime: T0 + 3 });
    expect(stateOf(world, 'schema')).toBe('unverified');
    await world.send(T0 + 4, { attributes: claude('success', checked('s2')), endTime: T0 + 4 });
    expect(stateOf(world, 'schema')).toBe('holds');
  });

  it('can be proved again after a rollback: the schema that came back is the current one', async () => {
    const world = await start();
    await world.send(T0, { attributes: primary(checked('s1')), endTime: T0 });
    await world.send(T0 + 1, { attributes: primary(checked('s2')), endTime: T0 + 1 });
    const back = T0 + 2 * HOUR;
    await world.send(back, { attributes: primary(checked('s1')), endTime: back });
    expect(stateOf(world, 'schema')).toBe('unverified');
    await world.send(back + 1, { attributes: claude('success', checked('s1')), endTime: back + 1 });
    expect(assumption(world, 'schema')).toMatchObject({ state: 'holds', since: back + 1 });
  });

  it('of wire schemas that were rolled back has to be proved anew', async () => {
    const world = await start();
    await world.send(T0, { attributes: primary(checked('openai-1')), endTime: T0 });
    await world.send(T0 + 1, { attributes: primary(checked('openai-2')), endTime: T0 + 1 });
    await world.send(T0 + 2, { attributes: claude('success', checked('anthropic-2')), endTime: T0 + 2 });
    await world.send(T0 + 3, { attributes: primary(checked('openai-2')), endTime: T0 + 3 });
    const back = T0 + 2 * HOUR;
    await world.send(back, { attributes: primary(checked('openai-1')), endTime: back });
    expect(assumption(world, 'schema')).toMatchObject({ state: 'unverified', since: T0 + 3 });
    await world.send(back + 1, { attributes: claude('success', checked('anthropic-1')), endTime: back + 1 });
    expect(stateOf(world, 'schema')).toBe('holds');
  });

  it('of wire schemas is compared within the target only', async () => {
    const world = await start();
    await world.send(T0, { attributes: primary(checked('openai-1')), endTime: T0 });
    await world.send(T0 + 1, { attributes: claude('success', checked('anthropic-1')), endTime: T0 + 1 });
    expect(stateOf(world, 'schema')).toBe('holds');
    await world.send(T0 + 2, { attributes: primary(checked('openai-2')), endTime: T0 + 2 });
    expect(stateOf(world, 'schema')).toBe('unverified');
    await world.send(T0 + 3, { attributes: claude('success', checked('anthropic-2')), endTime: T0 + 3 });
    expect(stateOf(world, 'schema')).toBe('holds');
  });
});

describe('cache', () => {
  const served = (age: number) => attempt('last', 'cache', 'success', { [ATTR_LLM_FALLBACK_CACHE_AGE]: age });
  const policies = { defaults: DEFAULTS, chains: [policy()] };

  it('holds by a serve that is young enough, and is broken by an older one', async () => {
    const world = await start({ policies });
    await world.send(T0, { attributes: served(60), endTime: T0 });
    expect(stateOf(world, 'cache', 'last')).toBe('holds');
    await world.send(T0 + 1, { attributes: served(61), endTime: T0 + 1 });
    expect(stateOf(world, 'cache', 'last')).toBe('broken');
  });

  it('does not apply where no policy says how old is too old', async () => {
    const world = await start();
    await world.send(T0, { attributes: served(60), endTime: T0 });
    expect(stateOf(world, 'cache', 'last')).toBeUndefined();
  });
});

it('is a metric: 1 for its state, 0 for the others, for targets that it applies to', async () => {
  const world = await start();
  await world.send(T0, { attributes: claude('success'), endTime: T0 });
  const points = world.points(METRIC_LLM_FALLBACK_ASSUMPTION_STATUS);
  const of = (state: string) =>
    value(points, { [ATTR_LLM_FALLBACK_ASSUMPTION_NAME]: 'available', [ATTR_LLM_FALLBACK_ASSUMPTION_STATE]: state });
  expect([of('holds'), of('broken'), of('unverified')]).toEqual([1, 0, 0]);
  expect(points.some(({ attributes }) => Object.values(attributes).includes('primary'))).toBe(false);
});
