/** Calls of no known chain: a failed one, then another model's answer beside it, is a fallback. */
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  METRIC_LLM_FALLBACK_FAILOVER_DURATION,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { start, T0 } from '../testdata/world.ts';
import {
  ANSWERED,
  type CallFacts,
  call,
  FAILED,
  PAIR,
  PARENT,
  rowsOf,
  type SpanFacts,
  shown,
} from './testdata/calls.ts';

describe('a failed call, then another model’s success under the same parent', () => {
  it.each([
    ['in one batch', [[FAILED, ANSWERED]]],
    ['in two', [[FAILED], [ANSWERED]]],
    ['out of order', [[ANSWERED], [FAILED]]],
    ['sent twice', [[FAILED, FAILED], [ANSWERED, FAILED], [ANSWERED]]],
  ])('is a fallback: %s', async (_, batches) => {
    expect(await shown(...batches)).toEqual(PAIR);
  });

  it('says why it fell and how long that took', async () => {
    const world = await start();
    await world.send(T0 + 60_000, FAILED, ANSWERED);
    await world.rest();
    const [duration] = world.points(METRIC_LLM_FALLBACK_FAILOVER_DURATION);
    expect(duration).toMatchObject({ count: 1, sum: 2, attributes: { 'llm_fallback.trigger.reason': 'rate_limit' } });
    expect(world.target('claude-haiku-4-5')).toMatchObject({ state: 'fresh', lastSuccess: { at: ANSWERED.endTime } });
  });

  it('names the chain after the call site, where the dialect names one', async () => {
    const attributes = { 'ai.telemetry.functionId': 'summarise' };
    const rows = await shown([
      call('gpt-5', { failed: true, attributes }),
      call('claude-haiku-4-5', { from: 2, attributes }),
    ]);
    expect(rows.map((row) => row.split(' ')[0])).toEqual(['inferred:summarise', 'inferred:summarise']);
  });

  it('may take three models, of which the second failed too', async () => {
    const rows = await shown([
      call('gpt-5', { failed: true }),
      call('gpt-4.1', { from: 2, failed: true }),
      call('claude-haiku-4-5', { from: 4 }),
    ]);
    expect(rows).toEqual([
      'inferred:gpt-5 / gpt-5 primary 0 0,1',
      'inferred:gpt-5 / gpt-4.1 fallback 1 0,1',
      'inferred:gpt-5 / claude-haiku-4-5 fallback 2 1,0',
    ]);
  });

  it('counts the tries of one model as one attempt', async () => {
    const rows = await shown([
      call('gpt-5', { failed: true }),
      call('gpt-5-2025-08-07', { from: 2, failed: true }),
      call('claude-haiku-4-5', { from: 4 }),
    ]);
    expect(rows).toEqual(['inferred:gpt-5 / gpt-5 primary 0 0,1', 'inferred:gpt-5 / claude-haiku-4-5 fallback 1 1,0']);
  });

  it('may overlap it, where the dialect says that both are of one run', async () => {
    const attributes = { 'litellm.call_id': '238c049f' };
    const world = await start();
    const fell = call('gpt-5', { from: 0, failed: true, attributes });
    await world.send(T0 + 60_000, fell, call('claude-haiku-4-5', { from: -0.1, to: 3, attributes }));
    await world.rest();
    expect(rowsOf(world)).toEqual(PAIR);
    expect(world.points(METRIC_LLM_FALLBACK_FAILOVER_DURATION)).toMatchObject([{ sum: 1 }]);
  });

  it('is found for each of several calls that failed side by side', async () => {
    const rows = await shown([
      call('gpt-5', { failed: true }),
      call('gpt-5', { from: 0.1, failed: true }),
      call('claude-haiku-4-5', { from: 2 }),
      call('claude-haiku-4-5', { from: 2.1 }),
    ]);
    expect(rows).toEqual(['inferred:gpt-5 / gpt-5 primary 0 0,2', 'inferred:gpt-5 / claude-haiku-4-5 fallback 1 2,0']);
  });
});

describe('what our own instrumentation found out without a chain', () => {
  const own = (outcome: string, more: Record<string, string | number> = {}) => ({
    [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
    ...more,
  });
  const said = {
    [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
    'llm_fallback.route.source': 'inferred',
    'llm_fallback.trigger.reason': 'rate_limit',
    'llm_fallback.failover.duration': 2,
  };
  const fell = call('gpt-5', { parentId: '', attributes: own('error') });
  const served = call('claude-haiku-4-5', { from: 2, parentId: '', attributes: own('success', said) });

  it.each([
    ['at once', [[fell, served]]],
    ['one by one', [[served], [fell]]],
    ['one of them as a span with a parent', [[{ ...fell, parentId: PARENT }], [served]]],
  ])('is a fallback of the call that it fell from: told %s', async (_, batches) => {
    expect(await shown(...batches)).toEqual(PAIR);
  });

  it('says which of several failures it was', async () => {
    const other = call('o3', { from: -1, to: -0.5, parentId: '', attributes: own('error') });
    expect(await shown([other, fell, served])).toEqual(PAIR);
  });

  it('is one though other calls of the trace succeeded meanwhile', async () => {
    const beside = call('o3', { from: 1.1, to: 1.2, parentId: '', attributes: own('success') });
    const after = call('o3', { from: 1.5, to: 1.6, parentId: '', attributes: own('success') });
    expect(await shown([fell, beside, after, served])).toEqual(PAIR);
  });

  it('may be the same model at another server', async () => {
    const azure = call('gpt-5', { from: 2, parentId: '', attributes: own('success', said) });
    expect(await shown([fell, azure])).toEqual([
      'inferred:gpt-5 / gpt-5 primary 0 0,1',
      'inferred:gpt-5 / gpt-5 fallback 1 1,0',
    ]);
  });

  it('leaves the calls of which it says nothing to what their spans show, as those of others are', async () => {
    const under = { parentId: PARENT };
    const unsaid = call('claude-haiku-4-5', { from: 2, ...under, attributes: own('success') });
    expect(await shown([{ ...fell, ...under }, unsaid])).toEqual(PAIR);
    expect(await shown([fell, { ...unsaid, parentId: '' }])).toEqual([]);
  });
});

describe('where a dialect puts a span around the calls of one operation', () => {
  const holder = (spanId: string, more: Partial<SpanFacts> = {}): SpanFacts =>
    call('', {
      spanId,
      ...more,
      attributes: { [ATTR_GEN_AI_OPERATION_NAME]: '', 'ai.operationId': 'ai.generateText' },
    });
  const leaf = { 'ai.operationId': 'ai.generateText.doGenerate' };
  const first = call('gpt-5', { failed: true, parentId: 'a'.repeat(16), attributes: leaf });
  const second = call('claude-haiku-4-5', { from: 2, parentId: 'b'.repeat(16), attributes: leaf });

  it.each([
    [
      'before',
      [
        [holder('a'.repeat(16)), holder('b'.repeat(16))],
        [first, second],
      ],
    ],
    ['after', [[first], [second], [holder('a'.repeat(16))], [holder('b'.repeat(16))]]],
  ])('calls below two of them are siblings, the spans around them coming %s', async (_, batches) => {
    expect(await shown(...batches)).toEqual(PAIR);
  });

  it('they are not without those spans: other operations may be anywhere', async () => {
    expect(await shown([first, second])).toEqual([]);
  });

  it('they are below a step of an agent, too, and the agent names the chain', async () => {
    const agent = (model: string, ids: string, at: number, more: CallFacts = {}): readonly SpanFacts[] => {
      const [step = '', around = ''] = [`1${ids}`, `2${ids}`];
      const named = { [ATTR_GEN_AI_OPERATION_NAME]: 'invoke_agent', 'gen_ai.agent.name': 'summarise' };
      return [
        call(model, { from: at, parentId: step, ...more }),
        { ...call('', { spanId: step, parentId: around }), attributes: { [ATTR_GEN_AI_OPERATION_NAME]: 'agent_step' } },
        { ...call('', { spanId: around }), attributes: named },
      ];
    };
    const rows = await shown([
      ...agent('gpt-5', 'a'.repeat(15), 0, { failed: true }),
      ...agent('claude-haiku-4-5', 'b'.repeat(15), 2),
    ]);
    expect(rows).toEqual(PAIR.map((row) => row.replace('inferred:gpt-5', 'inferred:summarise')));
  });

  it('calls right below agents are not: an agent may make many', async () => {
    const agent = (spanId: string): SpanFacts => ({
      ...call('', { spanId }),
      attributes: { [ATTR_GEN_AI_OPERATION_NAME]: 'invoke_agent' },
    });
    const plain = [
      call('gpt-5', { failed: true, parentId: 'a'.repeat(16) }),
      call('claude-haiku-4-5', { from: 2, parentId: 'b'.repeat(16) }),
    ];
    expect(await shown([...plain, agent('a'.repeat(16)), agent('b'.repeat(16))])).toEqual([]);
  });

  it('a violated schema that only those spans tell makes an answer a failure', async () => {
    const around = { statusCode: 2, exceptionType: 'AI_NoObjectGeneratedError', spanId: 'b'.repeat(16) };
    const rows = await shown([first, second], [holder('a'.repeat(16)), holder('b'.repeat(16), around)]);
    expect(rows).toEqual([PAIR[0], 'inferred:gpt-5 / claude-haiku-4-5 fallback 1 0,1']);
  });
});
