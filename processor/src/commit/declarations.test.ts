/** Which rows there are: declared, configured, retired. */
import {
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_SERVICE_NAME,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_TARGET_STATUS,
  METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { attempt, CHAIN, DAY, DEFAULTS, HOUR, NO_CHAINS, policy, SHOP, start, T0, value } from '../testdata/world.ts';
import type { AttributeValue } from '../types/span.ts';

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

  it('a batch that was received before others and is committed after them changes nothing of that', async () => {
    const world = await start();
    await world.send(T0, { attributes: CHAIN, endTime: T0 });
    const shorter = {
      ...CHAIN,
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt', 'claude'],
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback'],
    };
    await world.send(T0 + 7 * DAY + 1, { attributes: shorter, endTime: T0 });
    await world.send(T0 + 1, { attributes: shorter, endTime: T0 });
    expect(world.target('rules').undeclared).toBe(true);
  });

  it('a rung that is announced again and again stays declared, however short retire_after is', async () => {
    const world = await start({ policies: { defaults: { ...DEFAULTS, retireAfter: 0.5 }, chains: [] } });
    await world.send(T0, { attributes: CHAIN, endTime: T0 });
    await world.send(T0 + 900, { attributes: CHAIN, endTime: T0 });
    expect(world.target('rules')).toMatchObject({ undeclared: false, state: 'never_exercised' });
  });

  it('of two lists that are announced at one time neither goes before the other', async () => {
    const policies = { defaults: { ...DEFAULTS, retireAfter: 0.7 }, chains: [] };
    const list = (...names: string[]) => ({
      ...CHAIN,
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: names,
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: names.map((_, rank) => (rank === 0 ? 'primary' : 'fallback')),
    });
    const [both, other] = [list('gpt', 'claude'), list('gpt', 'claude', 'o3')];
    for (const batches of [[[both, other]], [[other, both]], [[both], [other]], [[other], [both]]]) {
      const world = await start({ policies });
      for (const batch of batches) await world.send(T0, ...batch.map((attributes) => ({ attributes, endTime: T0 })));
      await world.send(T0 + 500, { attributes: both, endTime: T0 });
      await world.send(T0 + 1000, { attributes: list('gpt'), endTime: T0 });
      expect([world.target('claude').undeclared, world.target('o3').undeclared]).toEqual([false, true]);
    }
  });

  it('a row that was retired comes back with the next announcement, however soon it follows the one before', async () => {
    const world = await start();
    await world.send(T0, { attributes: CHAIN, endTime: T0 });
    await world.pipeline.retire({ chain: 'summarize', target: 'claude' });
    expect(world.snapshot().targets.map(({ target }) => target)).toEqual(['gpt', 'rules']);
    await world.send(T0 + 1, { attributes: CHAIN, endTime: T0 + 1 });
    expect(world.target('claude').declaredAt).toBe(T0 + 1);
    const retired = world.pipeline.retire({ chain: 'summarize', target: 'claude' });
    await Promise.all([retired, world.send(T0 + 2, { attributes: CHAIN, endTime: T0 + 2 })]);
    expect(world.target('claude')).toMatchObject({ declaredAt: T0 + 2, rank: 1 });
    const shorter = {
      ...CHAIN,
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt'],
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary'],
    };
    await world.send(T0 + 2 + 7 * DAY, { attributes: shorter, endTime: T0 });
    expect(world.target('claude').undeclared).toBe(false);
  });

  it('no row expires by inactivity', async () => {
    const world = await start();
    await world.send(T0, { attributes: CHAIN, endTime: T0 });
    world.now = T0 + 400 * DAY;
    expect(world.target('rules')).toMatchObject({ undeclared: false, state: 'never_exercised' });
    expect(value(world.points(METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS), {})).toBe(400 * 24 * 3600);
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

  it('assigns foreign calls by their model, the one served where none was asked, and lists the rest, restarted too', async () => {
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
    const again = await start({ from: world.store });
    await again.send(T0, call({ [ATTR_GEN_AI_REQUEST_MODEL]: 'llama' }));
    expect(again.snapshot().unassigned).toMatchObject([{ requestModel: 'llama', calls: 2, lastSeen: T0 }]);
  });

  it('assigns a span by its name, its attributes and its resource, all of which must match', async () => {
    const match = { 'span.name': 'ask *', 'team.name': 'su?port', [ATTR_GEN_AI_REQUEST_MODEL]: 'claude-*' };
    const [primary, spare] = policy().targets;
    const targets = [primary, spare && { ...spare, match }].filter((each) => each !== undefined);
    const world = await start({ policies: { defaults: DEFAULTS, chains: [policy({ targets })] } });
    const call = {
      [ATTR_GEN_AI_OPERATION_NAME]: 'chat',
      [ATTR_GEN_AI_REQUEST_MODEL]: 'claude-4',
      [ATTR_GEN_AI_RESPONSE_MODEL]: 'claude-4',
    };
    const resource = { 'team.name': 'support' };
    await world.send(
      T0,
      { attributes: call, endTime: T0, name: 'ask claude', resource: { 'team.name': 'sales' } },
      { attributes: call, endTime: T0, name: 'tell claude', resource },
      { attributes: { ...call, [ATTR_GEN_AI_REQUEST_MODEL]: 'llama' }, endTime: T0, name: 'ask llama', resource },
    );
    expect(world.target('claude', '').state).toBe('never_exercised');
    await world.send(T0, { attributes: call, endTime: T0, name: 'ask claude', resource });
    expect(world.target('claude').state).toBe('fresh');
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

  it('removes only what all parts of the selector name, with what it counted', async () => {
    const world = await start();
    const desk = { ...SHOP, name: 'desk', environment: 'prod' };
    for (const service of [SHOP, desk]) {
      await world.send(T0, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0, service });
    }
    const all = { chain: 'summarize', target: 'claude' };
    expect(await world.pipeline.retire({ ...all, service: 'shop', environment: 'prod' })).toBe(0);
    expect(await world.pipeline.retire({ ...all, routeType: 'cache' })).toBe(0);
    expect(await world.pipeline.retire({ ...all, service: 'desk', environment: 'prod' })).toBe(1);
    expect(world.target('claude').state).toBe('fresh');
    const calls = world.points(METRIC_LLM_FALLBACK_CALLS).map(({ attributes }) => attributes);
    const ofClaude = calls.filter((each) => each[ATTR_LLM_FALLBACK_TARGET_NAME] === 'claude');
    expect(new Set(ofClaude.map((each) => each[ATTR_SERVICE_NAME]))).toEqual(new Set(['shop']));
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
