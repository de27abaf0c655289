/** Cases of calls through gateways, as an earlier instrumentation told of them: what contradicts itself, or names nobody, moves no fallback. */
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { policiesOf, replay } from '../testdata/cases.ts';
import { DEFAULTS, policy, start, T0, type World } from '../testdata/world.ts';
import { call, rowsOf } from '../traces/testdata/calls.ts';

const unassigned = (world: World): readonly string[] =>
  world.snapshot().unassigned.map(({ requestModel, calls }) => `${requestModel} ${calls}`);

const states = (world: World): readonly string[] =>
  world.snapshot().targets.map(({ target, routeType, state }) => `${target} ${state ?? routeType}`);

describe('no route, and the call is listed', () => {
  it.each([
    ['both of LiteLLM’s targets fail, and nothing names the second: L05', 'L05_both_fail', ['gpt-5 1']],
    ['the same, the message being known to the client alone: M02', 'M02_bothfail_both_fail', ['bothfail 1']],
    ['a retry of Portkey: Q26', 'Q26_retry_429_then_ok', ['gpt-5-mini 1']],
    [
      'a variant of TensorZero falls back: Z05',
      'Z05_function_variant_fallback',
      ['tensorzero::function_name::summarize 1'],
    ],
    [
      'a fallback that names no chain, in a trace of its own: D1',
      'D1_try-catch_fallback_in_an_http_handler_zero-code_register_only',
      ['gpt-4.1-mini 1', 'gpt-5 1'],
    ],
    ['the group that served is the one asked for: L28', 'L28_ordered_order_1_fails', ['ordered 2']],
  ])('%s', async (_, name, listed) => {
    const world = await replay([`gateways/${name}.000.pb`]);
    await world.rest();
    expect(rowsOf(world)).toEqual([]);
    expect(unassigned(world).toSorted()).toEqual(listed);
  });

  it('a target whose name two of the list have: P16', async () => {
    const world = await replay(['gateways/P16_same_model_other_host.000.pb']);
    await world.rest();
    expect(states(world)).toEqual(['gpt-5 primary', 'gpt-5 never_exercised']);
    expect(unassigned(world)).toEqual(['gpt-5-s 1']);
  });
});

describe('what is said of the primary moves no fallback', () => {
  it.each([
    ['Q16_stream_both_fail', ['gpt-5 primary', 'gpt-4.1-mini never_exercised']],
    ['Q23_all_of_3_keys_fail', ['openai primary', 'openai never_exercised']],
    ['Q25_request_timeout_both', ['gpt-5 primary', 'gpt-4.1-mini never_exercised']],
    ['S4_reset_after_role_chunk', ['defl primary', 'gpt-4.1-mini never_exercised']],
  ])('%s', async (name, expected) => {
    const world = await replay([`gateways/${name}.000.pb`]);
    await world.rest();
    expect(states(world)).toEqual(expected);
  });
});

describe('a target that is named has the credit', () => {
  it.each([
    ['L30_two_1st_and_2nd_fail_3rd_serves', ['claude-haiku fresh']],
    ['P08_nested_fallback_lb_x_lb_fails', ['target-0 primary', 'gpt-4.1-mini fresh']],
    ['T5_stream_anthropic_rung_2', ['o3 primary', 'claude-haiku-4-5 fresh']],
  ])('%s', async (name, expected) => {
    const world = await replay([`gateways/${name}.000.pb`]);
    expect(states(world)).toEqual(expected);
  });
});

it('a rule on the model that served finds the variant of TensorZero: Z05', async () => {
  const served = (variant: string) => ({ 'gen_ai.response.model': `tensorzero::*::variant_name::${variant}` });
  const [primary, fallback] = policy().targets;
  if (!primary || !fallback) throw new Error('two targets wanted');
  const targets = [
    { ...primary, match: served('primary') },
    { ...fallback, match: served('fallback') },
  ];
  const world = await start({ policies: { defaults: DEFAULTS, chains: [policy({ targets })] } });
  await replay(['gateways/Z05_function_variant_fallback.000.pb'], { into: world });
  await world.rest();
  expect(rowsOf(world)).toEqual(['summarize / gpt primary 0 0,0', 'summarize / claude fallback 1 1,0']);
  expect(world.target('claude').state).toBe('fresh');
});

describe('a chain that is configured by the name that the headers give: litellm-alias', () => {
  const alias = () => start({ policies: policiesOf('config/litellm-alias.yaml') });
  const CHAIN = { [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'litellm:gpt-5', [ATTR_LLM_FALLBACK_ROUTE_SOURCE]: 'gateway' };

  it('is never exercised from the start', async () => {
    expect(states(await alias())).toEqual(['gpt-5 primary', 'gpt-4.1-mini never_exercised']);
  });

  it('takes the evidence of the headers', async () => {
    const world = await alias();
    const attempt = (target: string, type: string, outcome: string) => ({
      ...CHAIN,
      [ATTR_LLM_FALLBACK_TARGET_NAME]: target,
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: type,
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
    });
    await world.send(
      T0 + 60_000,
      { attributes: attempt('gpt-5', 'primary', 'error'), endTime: T0 },
      call('gpt-5', { from: 1, attributes: attempt('gpt-4.1-mini', 'fallback', 'success') }),
    );
    await world.rest();
    expect(rowsOf(world)).toEqual([
      'litellm:gpt-5 / gpt-5 primary 0 0,1',
      'litellm:gpt-5 / gpt-4.1-mini fallback 1 1,0',
    ]);
    expect(world.target('gpt-4.1-mini').state).toBe('fresh');
  });

  it('takes a failure that no header names for the primary’s, and leaves the fallback: L05', async () => {
    const world = await replay(['gateways/L05_both_fail.000.pb'], { config: 'config/litellm-alias.yaml' });
    await world.rest();
    expect(rowsOf(world)).toEqual([
      'litellm:gpt-5 / gpt-5 primary 0 0,1',
      'litellm:gpt-5 / gpt-4.1-mini fallback 1 0,0',
    ]);
    expect(world.target('gpt-4.1-mini').state).toBe('never_exercised');
  });
});
