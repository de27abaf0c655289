/** Attempts of a chain that an instrumentation inferred: rows of their own, until the configuration claims their calls. */
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  METRIC_LLM_FALLBACK_CALL_DURATION,
} from '@warmspare/semconv';
import { expect, it } from 'vitest';
import { replay } from '../testdata/cases.ts';
import { policy, start, T0, type World } from '../testdata/world.ts';
import { rowsOf } from '../traces/testdata/calls.ts';

type Facts = Parameters<World['send']>[1];

/** As a call's span has it. */
const call = (model: string, outcome: string): Facts['attributes'] => ({
  [ATTR_GEN_AI_OPERATION_NAME]: 'chat',
  [ATTR_GEN_AI_REQUEST_MODEL]: model,
  [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
  ...(outcome === 'success' ? {} : { [ATTR_ERROR_TYPE]: '503' }),
});

const attempt = (target: string, type: string, rank: number): Facts['attributes'] => ({
  [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'inferred:gpt-5',
  [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt-5', 'claude-haiku-4-5'],
  [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback'],
  [ATTR_LLM_FALLBACK_TARGET_NAME]: target,
  [ATTR_LLM_FALLBACK_TARGET_RANK]: rank,
  [ATTR_LLM_FALLBACK_ROUTE_TYPE]: type,
  [ATTR_LLM_FALLBACK_ROUTE_SOURCE]: 'inferred',
});

const { [ATTR_GEN_AI_OPERATION_NAME]: _, ...failedCall } = call('gpt-5', 'error');

/** The primary's call, the attempt that tells of its failure, and the fallback's call: each in a trace of its own. */
const FELL: readonly Facts[] = [
  { attributes: call('gpt-5', 'error'), endTime: T0 + 1_000 },
  { attributes: { ...failedCall, ...attempt('gpt-5', 'primary', 0) }, startTime: T0 + 1_000, endTime: T0 + 1_000 },
  {
    attributes: { ...call('claude-haiku-4-5', 'success'), ...attempt('claude-haiku-4-5', 'fallback', 1) },
    endTime: T0 + 2_000,
  },
];

it('they make rows wherever their traces are', async () => {
  const world = await start();
  await world.send(T0 + 60_000, ...FELL);
  await world.rest();
  expect(rowsOf(world)).toEqual([
    'inferred:gpt-5 / gpt-5 primary 0 0,1',
    'inferred:gpt-5 / claude-haiku-4-5 fallback 1 1,0',
  ]);
});

it('calls that a rule claims are of its targets, each once', async () => {
  const world = await start({ policies: { defaults: policy(), chains: [policy()] } });
  await world.send(T0 + 60_000, ...FELL);
  await world.rest();
  expect(rowsOf(world).filter((row) => !row.endsWith('0,0'))).toEqual([
    'summarize / gpt primary 0 0,1',
    'summarize / claude fallback 1 1,0',
  ]);
});

it('a failure that another call tells of has no duration', async () => {
  const world = await start();
  await world.send(T0 + 60_000, ...FELL);
  const measured = world
    .points(METRIC_LLM_FALLBACK_CALL_DURATION)
    .map(({ attributes }) => attributes[ATTR_LLM_FALLBACK_TARGET_NAME]);
  expect(measured).toEqual(['claude-haiku-4-5']);
});

it('rows of one model at two places leave once a rule claims that model', async () => {
  const world = await replay(['otlp/sib-azure-to-openai.json']);
  await world.rest();
  expect(rowsOf(world).map((row) => row.split(' primary')[0]?.split(' fallback')[0])).toEqual([
    'inferred:gpt-4o / gpt-4o (azure.ai.openai)',
    'inferred:gpt-4o / gpt-4o (openai)',
  ]);
  const [primary, fallback] = policy().targets;
  const match = (model: string) => ({ [ATTR_GEN_AI_REQUEST_MODEL]: model });
  if (!primary || !fallback) throw new Error('two targets wanted');
  for (const [model, left] of [
    ['gpt-5*', 2],
    ['gpt-4o*', 0],
  ] as const) {
    const targets = [{ ...primary, match: match(model) }, fallback];
    world.pipeline.setPolicies({ defaults: policy(), chains: [policy({ targets })] });
    const inferred = () => world.snapshot().targets.filter(({ chain }) => chain === 'inferred:gpt-4o').length;
    await expect.poll(inferred).toBe(left);
  }
});
