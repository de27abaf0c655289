/** What becomes of calls of no known chain, and of a chain that they showed: listed, retired, claimed by the configuration. */
import {
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  METRIC_LLM_FALLBACK_CALLS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { policy, start, T0, value } from '../testdata/world.ts';
import { ANSWERED, call, FAILED, rowsOf } from './testdata/calls.ts';

it('calls stay on the list of those that no chain claims', async () => {
  const world = await start();
  await world.send(T0 + 60_000, FAILED, ANSWERED);
  await world.rest();
  expect(world.snapshot().unassigned.map(({ requestModel, calls }) => [requestModel, calls])).toEqual([
    ['gpt-5', 1],
    ['claude-haiku-4-5', 1],
  ]);
});

it('a retired target that nobody declared stays retired', async () => {
  const world = await start();
  await world.send(T0 + 60_000, FAILED, ANSWERED);
  await world.rest();
  await world.pipeline.retire({ chain: 'inferred:gpt-5', target: 'claude-haiku-4-5' });
  const later = { traceId: 'c'.repeat(32) };
  await world.send(
    world.now,
    call('gpt-5', { ...later, failed: true }),
    call('claude-haiku-4-5', { ...later, from: 2 }),
  );
  await world.rest();
  expect(rowsOf(world)).toEqual(['inferred:gpt-5 / gpt-5 primary 0 0,2']);
});

it('a stop settles what was still kept', async () => {
  const world = await start();
  await world.send(T0 + 60_000, FAILED, ANSWERED);
  await world.pipeline.close();
  const next = await start({ from: world.store });
  expect(
    value(next.points(METRIC_LLM_FALLBACK_CALLS), {
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
    }),
  ).toBe(1);
});

describe('once the configuration claims the calls', () => {
  it('the chain that nobody declared leaves, and the list of unassigned calls empties', async () => {
    const world = await start();
    await world.send(T0 + 60_000, FAILED, ANSWERED);
    await world.rest();
    world.pipeline.setPolicies({ defaults: policy(), chains: [policy()] });
    // A span that is no evidence brings a commit now and then.
    await world.send(world.now + 5_000, { attributes: {}, endTime: world.now });
    expect(new Set(world.snapshot().targets.map(({ chain }) => chain))).toEqual(new Set(['summarize']));
    expect(world.snapshot().unassigned).toEqual([]);
    const next = await start({ from: world.store, policies: { defaults: policy(), chains: [policy()] } });
    expect(next.snapshot().unassigned).toEqual([]);
  });

  it('it stays while one of its rungs is claimed by nobody', async () => {
    const world = await start();
    await world.send(T0 + 60_000, FAILED, call('o3', { from: 2 }));
    await world.rest();
    world.pipeline.setPolicies({ defaults: policy(), chains: [policy()] });
    // A span that is no evidence brings a commit now and then.
    await world.send(world.now + 5_000, { attributes: {}, endTime: world.now });
    expect(world.target('o3').inferred).toBe(true);
    expect(world.snapshot().unassigned.map(({ requestModel }) => requestModel)).toEqual(['o3']);
  });
});

it('a call that its dated snapshot answered is its target’s, even where another target is called like the snapshot', async () => {
  const [primary, fallback] = policy().targets;
  if (!primary || !fallback) throw new Error('the chain lacks a target');
  const named = (target: typeof primary, name: string) => ({
    ...target,
    name,
    match: { [ATTR_GEN_AI_REQUEST_MODEL]: name },
  });
  const targets = [named(primary, 'gpt-5'), named(fallback, 'gpt-5-2025-08-07'), named(fallback, 'o3')];
  const world = await start({ policies: { defaults: policy(), chains: [policy({ targets })] } });
  await world.send(
    T0 + 60_000,
    call('gpt-5', { attributes: { [ATTR_GEN_AI_RESPONSE_MODEL]: 'gpt-5-2025-08-07' } }),
    call('gpt-5', { attributes: { [ATTR_GEN_AI_RESPONSE_MODEL]: 'o3' } }),
  );
  expect(rowsOf(world)).toEqual([
    'summarize / gpt-5 primary 0 1,0',
    'summarize / gpt-5-2025-08-07 fallback 1 0,0',
    'summarize / o3 fallback 2 1,0',
  ]);
});

it('a name that is longer than any model’s is not listed', async () => {
  const world = await start();
  await world.send(T0 + 60_000, call('x'.repeat(300)));
  expect(world.snapshot().unassigned.map(({ requestModel }) => requestModel)).toEqual([undefined]);
});
