/** What our own instrumentation inferred, with a chain of its own: it makes the rows, and the calls that it tells of make no others. */
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
} from '@warmspare/semconv';
import { expect, it } from 'vitest';
import { start, T0 } from '../testdata/world.ts';
import { type CallFacts, call, PAIR, PARENT, rowsOf, type SpanFacts, shown } from './testdata/calls.ts';

const own = (outcome: string, attributes: SpanFacts['attributes'] = {}) => ({
  attributes: { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome, ...attributes },
});
const inferred = (type: string, target: string, more: SpanFacts['attributes'] = {}) => ({
  [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'inferred:gpt-5',
  [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt-5', 'claude-haiku-4-5'],
  [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback'],
  [ATTR_LLM_FALLBACK_TARGET_NAME]: target,
  [ATTR_LLM_FALLBACK_ROUTE_TYPE]: type,
  [ATTR_LLM_FALLBACK_ROUTE_SOURCE]: 'inferred',
  ...more,
});
const fell = (more: CallFacts = {}): SpanFacts => call('gpt-5', { ...own('error'), ...more });
/** The failure again, as an attempt of the chain. */
const primary = (more: CallFacts = {}): SpanFacts =>
  call('gpt-5', { ...own('error', inferred('primary', 'gpt-5')), ...more });
const served = (more: CallFacts = {}): SpanFacts => {
  const took = { [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: 2 };
  return call('claude-haiku-4-5', {
    from: 2,
    ...own('success', inferred('fallback', 'claude-haiku-4-5', took)),
    ...more,
  });
};

it.each<[string, readonly (readonly SpanFacts[])[]]>([
  ['in one trace', [[fell(), primary(), served()]]],
  ['in any order', [[served()], [primary()], [fell()]]],
  [
    'each in a trace of its own, without a parent',
    [
      [fell({ traceId: 'a'.repeat(32), parentId: '' })],
      [primary({ traceId: 'b'.repeat(32), parentId: '' })],
      [served({ traceId: 'c'.repeat(32), parentId: '' })],
    ],
  ],
])('makes its rows, and no others: %s', async (_, batches) => {
  expect(await shown(...batches)).toEqual(PAIR);
});

it.each<[string, readonly (readonly SpanFacts[])[]]>([
  ['at once', [[fell(), primary(), served()]]],
  ['before', [[primary(), served()], [fell()]]],
  ['after', [[fell()], [primary(), served()]]],
])('a call whose failure is told of %s is listed no longer', async (_, batches) => {
  const world = await start();
  for (const batch of batches) await world.send(T0 + 60_000, ...batch);
  await world.rest();
  expect(rowsOf(world)).toEqual(PAIR);
  expect(world.snapshot().unassigned).toEqual([]);
});

it('a failure of another call at that time, and one of which no attempt tells, stay listed', async () => {
  const world = await start();
  await world.send(T0 + 60_000, fell(), primary({ to: 1.4 }), call('o3', own('error')), served());
  await world.rest();
  expect(world.snapshot().unassigned.map(({ requestModel }) => requestModel)).toEqual(['gpt-5', 'o3']);
});

it('without an attempt for the failure, the primary’s row is there all the same', async () => {
  expect(await shown([fell(), served()])).toEqual([
    'inferred:gpt-5 / gpt-5 primary 0 0,0',
    'inferred:gpt-5 / claude-haiku-4-5 fallback 1 1,0',
  ]);
});

it('a failure that was told of is nobody’s primary again', async () => {
  const next = call('o3', { from: 4, ...own('success') });
  expect(await shown([fell(), primary(), served(), next])).toEqual(PAIR);
  expect(await shown([fell(), served(), next])).not.toContainEqual(expect.stringContaining('o3'));
});

it('a success that was told of ends what failed before it, and another failure beside it is one of its own', async () => {
  const other = call('o3', { from: 0.2, to: 0.9, ...own('error') });
  const answer = call('sonar', { from: 4, ...own('success') });
  expect(await shown([other, fell(), primary(), served(), answer])).toEqual(PAIR);
});

it('the calls of an inferred chain in a request of its own are no siblings of others', async () => {
  const world = await start();
  await world.send(T0 + 60_000, primary({ parentId: PARENT }), served({ parentId: PARENT }));
  await world.rest();
  expect(rowsOf(world)).toEqual(PAIR);
});
