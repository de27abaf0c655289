/** Cases of health checks: they prove that a model answers, and nothing else. */
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALL_DURATION,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_CONTRACT_DRIFT,
  METRIC_LLM_FALLBACK_SCHEMA_CHECKS,
  METRIC_LLM_FALLBACK_TOKENS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { policiesOf, replay } from '../testdata/cases.ts';
import { attempt, start, T0, value, type World } from '../testdata/world.ts';
import { call, PAIR, rowsOf } from '../traces/testdata/calls.ts';
import type { AttributeValue } from '../types/span.ts';

const CONFIG = 'config/health-checks.yaml';
const ACCOUNT = 'litellm-internal-health-check';
const CHECK = { 'metadata.user_api_key_alias': ACCOUNT };

const probes = (world: World, target: string, outcome: string): number | undefined =>
  value(world.points(METRIC_LLM_FALLBACK_CALLS), {
    [ATTR_LLM_FALLBACK_TARGET_NAME]: target,
    [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'probe',
    [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
  });
const available = (world: World, target = 'f') =>
  world.target(target).assumptions.find(({ name }) => name === 'available');

describe('health checks of LiteLLM are kind probe', () => {
  it('a check that was cut at one token leaves a target never exercised, and shows that its model answers: hc-length', async () => {
    const world = await replay(['otlp/hc-length.json'], { config: CONFIG });
    await world.rest();
    expect(world.target('f')).toMatchObject({
      state: 'never_exercised',
      lastAttempt: undefined,
      lastFailure: undefined,
      activity: undefined,
    });
    expect(available(world)?.state).toBe('holds');
    expect(probes(world, 'f', 'truncated')).toBe(1);
  });

  it('a target that really ran is fresh by that call, though a check came later: hc-after-real', async () => {
    const world = await replay(['otlp/hc-after-real.json'], { config: CONFIG });
    await world.rest();
    const { state, lastSuccess, lastAttempt } = world.target('f');
    expect(state).toBe('fresh');
    expect(lastAttempt).toEqual(lastSuccess);
    expect(lastSuccess?.spanId).toBe('0000000031800006');
    expect(probes(world, 'f', 'truncated')).toBe(1);
  });

  it('a check that was refused as a bad request proves and breaks nothing: hc-badrequest', async () => {
    const world = await replay(['otlp/hc-badrequest.json'], { config: CONFIG });
    await world.rest();
    expect(world.target('f').state).toBe('never_exercised');
    expect(available(world)?.state).toBe('unverified');
    expect(probes(world, 'f', 'error')).toBe(1);
  });

  it.each<[string, Record<string, AttributeValue>]>([
    ['the key', { 'metadata.user_api_key_hash': ACCOUNT }],
    ['the alias of the key', { 'metadata.user_api_key_alias': ACCOUNT }],
    ['the team', { 'metadata.user_api_key_team_id': ACCOUNT }],
    ['the alias of the team', { 'metadata.user_api_key_team_alias': ACCOUNT }],
    ['the key, in newer spans', { 'litellm.api_key.hash': ACCOUNT }],
    ['the alias of the key, in newer spans', { 'litellm.metadata.user_api_key_alias': ACCOUNT }],
    ['the team, in newer spans', { 'litellm.team.id': ACCOUNT }],
    ['the tags, as text', { 'metadata.tags': `['${ACCOUNT}']` }],
    ['the tags of a Langfuse trace', { 'langfuse.trace.tags': ['nightly', ACCOUNT] }],
    ['a kind that somebody stated', { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'probe' }],
  ])('told by %s', async (_, attributes) => {
    const world = await start({ policies: policiesOf(CONFIG) });
    await world.send(T0 + 60_000, call('claude-haiku-4-5', { attributes }));
    expect(world.target('f').state).toBe('never_exercised');
    expect(probes(world, 'f', 'success')).toBe(1);
  });

  it.each<[string, Record<string, AttributeValue>]>([
    ['a limit of one token', { 'llm.request.max_tokens': 1, 'gen_ai.request.max_tokens': 1 }],
    ['a key of another account', { 'metadata.user_api_key_alias': 'health-team' }],
    ['a stated kind that says otherwise', { ...CHECK, [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'organic' }],
  ])('not told by %s', async (_, attributes) => {
    const world = await start({ policies: policiesOf(CONFIG) });
    await world.send(T0 + 60_000, call('claude-haiku-4-5', { attributes }));
    expect(world.target('f').state).toBe('fresh');
  });
});

describe('a health check', () => {
  it.each(['401', 'AuthenticationError', '404', 'model_not_found', 'insufficient_quota'])(
    'breaks the assumption available by %s, and moves no state',
    async (errorType) => {
      const world = await start({ policies: policiesOf(CONFIG) });
      await world.send(T0, call('claude-haiku-4-5', { from: -60 }));
      await world.send(T0 + 60_000, call('claude-haiku-4-5', { failed: errorType, attributes: CHECK }));
      expect(world.target('f').state).toBe('fresh');
      expect(available(world)?.state).toBe('broken');
    },
  );

  it.each(['429', 'InternalServerError', 'APITimeoutError'])('breaks nothing by %s', async (errorType) => {
    const world = await start({ policies: policiesOf(CONFIG) });
    await world.send(T0, call('claude-haiku-4-5', { from: -60 }));
    await world.send(T0 + 60_000, call('claude-haiku-4-5', { failed: errorType, attributes: CHECK }));
    expect(world.target('f').state).toBe('fresh');
    expect(available(world)?.state).toBe('holds');
  });

  it('proves nothing by an end that nobody knows', async () => {
    const world = await start({ policies: policiesOf(CONFIG) });
    const reasons = { 'gen_ai.response.finish_reasons': ['nobody_knows'] };
    await world.send(T0 + 60_000, call('claude-haiku-4-5', { attributes: { ...CHECK, ...reasons } }));
    expect(available(world)?.state).toBe('unverified');
    expect(probes(world, 'f', 'unknown')).toBe(1);
  });

  it('tells of the model even where the policy counts drills only', async () => {
    const { defaults, chains } = policiesOf(CONFIG);
    const counts = ['drill'] as const;
    const drillsOnly = chains.map((chain) => ({
      ...chain,
      counts,
      targets: chain.targets.map((target) => ({ ...target, counts })),
    }));
    const world = await start({ policies: { defaults, chains: drillsOnly } });
    await world.send(T0 + 60_000, call('claude-haiku-4-5', { attributes: CHECK }));
    expect(available(world)?.state).toBe('holds');
  });

  it('is no sibling: what answers after it stands in for nothing, and it stands in for no failure', async () => {
    const world = await start();
    const noted = { attributes: CHECK };
    await world.send(
      T0 + 60_000,
      call('gpt-5', { failed: '401', ...noted }),
      call('claude-haiku-4-5', { from: 2 }),
      call('gpt-5', { from: 20, failed: '500' }),
      call('claude-opus-4-1', { from: 22, ...noted }),
    );
    await world.rest();
    expect(rowsOf(world)).toEqual([]);
  });

  it('does not hide the fallback beside it', async () => {
    const world = await start();
    await world.send(
      T0 + 60_000,
      call('gpt-5', { failed: '500' }),
      call('o3', { from: 1, to: 1.5, attributes: CHECK }),
      call('claude-haiku-4-5', { from: 2 }),
    );
    await world.rest();
    expect(rowsOf(world)).toEqual(PAIR);
  });

  it('is no try of the call after it: it is counted at once', async () => {
    const world = await start({ policies: policiesOf(CONFIG) });
    const mistral = { 'gen_ai.provider.name': 'mistral_ai' };
    await world.send(
      T0 + 60_000,
      call('claude-haiku-4-5', { failed: '500', attributes: { ...mistral, ...CHECK } }),
      call('claude-haiku-4-5', { from: 2, attributes: mistral }),
    );
    await world.rest();
    expect(probes(world, 'f', 'error')).toBe(1);
    expect(world.target('f').state).toBe('fresh');
  });

  it('proves nothing where its time cannot be right', async () => {
    const world = await start({ policies: policiesOf(CONFIG) });
    const ahead = { startTime: T0, endTime: T0 + 3_600_000, spanId: '0'.repeat(16) };
    await world.send(T0, call('claude-haiku-4-5', { ...ahead, attributes: CHECK }));
    expect(available(world)?.state).toBe('unverified');
    expect(probes(world, 'f', 'success')).toBe(1);
  });

  it('is not listed as unassigned', async () => {
    const world = await start();
    expect(await world.send(T0 + 60_000, call('o3', { attributes: CHECK }))).toMatchObject({ accepted: 1 });
    expect(world.snapshot().unassigned).toEqual([]);
  });

  it('of the primary is counted under its kind, and is no load, no contract and no failure of it', async () => {
    const world = await start();
    const probe = { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'probe', 'gen_ai.response.model': 'gpt-5-probe' };
    const broken = { ...probe, [ATTR_ERROR_TYPE]: '500', [ATTR_LLM_FALLBACK_BREAKER_STATE]: 'open' };
    await world.send(
      T0,
      { attributes: attempt('gpt', 'primary', 'success', probe), endTime: T0 },
      { attributes: attempt('gpt', 'primary', 'error', broken), endTime: T0 },
    );
    expect(world.target('gpt')).toMatchObject({ lastSuccess: undefined, lastFailure: undefined, activity: undefined });
    expect(probes(world, 'gpt', 'success')).toBe(1);
    const [chain] = world.snapshot().chains;
    expect(chain).toMatchObject({ contract: [], breakers: [] });
    const organic = world
      .points(METRIC_LLM_FALLBACK_CALLS)
      .filter(({ attributes }) => attributes[ATTR_LLM_FALLBACK_TARGET_NAME] === 'gpt')
      .filter(({ attributes }) => attributes[ATTR_LLM_FALLBACK_EXERCISE_KIND] === undefined);
    expect(organic.filter((point) => 'value' in point && point.value > 0)).toEqual([]);
  });

  it('of a fallback is no schema, no drift, no failover and no duration, but what it used is counted', async () => {
    const world = await start();
    const told = {
      [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'probe',
      [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'invalid',
      [ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT]: 'abc',
      'llm_fallback.failover.duration': 99,
      'llm_fallback.trigger.reason': 'error',
      'llm_fallback.target.rank': 1,
      'gen_ai.usage.input_tokens': 8,
      'gen_ai.usage.output_tokens': 1,
    };
    await world.send(T0, { attributes: attempt('claude', 'fallback', 'success', told), endTime: T0 });
    const states = world.target('claude').assumptions.map(({ name, state }) => [name, state]);
    expect(states).toEqual([
      ['available', 'holds'],
      ['breaker', 'unverified'],
    ]);
    const own = { [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback' };
    expect(value(world.points(METRIC_LLM_FALLBACK_CALL_DURATION), own)).toBeUndefined();
    expect(world.points(METRIC_LLM_FALLBACK_SCHEMA_CHECKS)).toEqual([]);
    expect(world.points(METRIC_LLM_FALLBACK_CONTRACT_DRIFT)).toEqual([]);
    expect(world.points(METRIC_LLM_FALLBACK_TOKENS).map((point) => 'value' in point && point.value)).toEqual([8, 1]);
  });
});

it('a model whose account has no credit answers nothing, though a message alone says so', async () => {
  const world = await start({ policies: policiesOf(CONFIG) });
  await world.send(T0, call('claude-haiku-4-5', { from: -60 }));
  const statusMessage = 'Error code: 400 - Your credit balance is too low to access the Anthropic API.';
  await world.send(T0 + 60_000, call('claude-haiku-4-5', { failed: 'anthropic.BadRequestError', statusMessage }));
  await world.rest();
  expect(world.target('f')).toMatchObject({ state: 'failing', lastFailure: { errorType: 'billing_error' } });
  expect(available(world)?.state).toBe('broken');
});
