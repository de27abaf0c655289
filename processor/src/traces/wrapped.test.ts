/** Spans around calls of no known chain: which of them hide nothing, and which are operations of their own. */
import { ATTR_GEN_AI_OPERATION_NAME, ATTR_LLM_FALLBACK_CALL_OUTCOME } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { attempt, start, T0 } from '../testdata/world.ts';
import { type CallFacts, call, PAIR, PARENT, rowsOf, type SpanFacts, shown } from './testdata/calls.ts';

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(16)) as [string, string, string, string];

/** A span that is no call. */
const around = (spanId: string, parentId: string, more: Partial<SpanFacts> = {}): SpanFacts => ({
  ...call('', { spanId, parentId, to: 5 }),
  attributes: {},
  ...more,
});
const failed = (parentId: string, more: CallFacts = {}): SpanFacts =>
  call('gpt-5', { failed: 'RateLimitError', parentId, ...more });
const answered = (parentId: string, more: CallFacts = {}): SpanFacts =>
  call('claude-haiku-4-5', { from: 2, parentId, ...more });
const chain = { 'openinference.span.kind': 'CHAIN' };
const task = (name: string) => ({ attributes: { 'traceloop.span.kind': 'task', 'traceloop.entity.name': name } });
const agent = (name: string) => ({
  attributes: { [ATTR_GEN_AI_OPERATION_NAME]: 'invoke_workflow', 'gen_ai.agent.name': name },
});

describe('it hides nothing', () => {
  it.each<[string, readonly SpanFacts[]]>([
    ['a helper around each call', [failed(A), around(A, PARENT), answered(B), around(B, PARENT)]],
    ['a helper around the first one', [failed(A), around(A, PARENT), answered(PARENT)]],
    ['a helper around the second one', [failed(PARENT), answered(B), around(B, PARENT)]],
    [
      'helpers around helpers',
      [failed(A), around(A, C), around(C, PARENT), answered(B), around(B, D), around(D, PARENT)],
    ],
    ['around the whole request', [failed(A), around(A, C), answered(B), around(B, C), around(C, '', { kind: 2 })]],
    [
      'around a call that was tried twice',
      [
        call('gpt-5', { from: -2, to: -1, failed: true, parentId: A }),
        failed(A),
        around(A, PARENT),
        answered(B),
        around(B, PARENT),
      ],
    ],
    [
      'RunnableSequences below one RunnableWithFallbacks, a parser in each',
      [
        failed(A),
        around(A, PARENT, { attributes: chain, name: 'RunnableSequence', statusCode: 2 }),
        answered(B),
        around(C, B, { attributes: chain, name: 'PydanticToolsParser' }),
        around(B, PARENT, { attributes: chain, name: 'RunnableSequence' }),
      ],
    ],
    [
      'workflows that LangChain names after its classes',
      [
        failed(A, { attributes: { 'traceloop.workflow.name': 'ChatOpenAI.workflow' } }),
        around(A, PARENT, task('RunnableSequence')),
        answered(B, { attributes: { 'traceloop.workflow.name': 'ChatAnthropic.workflow' } }),
        around(B, PARENT, task('RunnableLambda')),
      ],
    ],
  ])('%s', async (_, spans) => {
    expect(await shown(spans)).toEqual(PAIR);
    expect(await shown(...spans.map((span) => [span]))).toEqual(PAIR);
    expect(await shown(...spans.toReversed().map((span) => [span]))).toEqual(PAIR);
  });

  it('where our own instrumentation recorded the calls, and found out nothing', async () => {
    const own = (outcome: string) => ({ attributes: { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome } });
    const spans = [failed(A, own('error')), around(A, PARENT), answered(B, own('success')), around(B, PARENT)];
    expect(await shown(spans)).toEqual(PAIR);
  });

  it('where it comes long after its call, when other spans have passed by', async () => {
    const world = await start();
    await world.send(T0 + 20_000, failed(A), answered(B));
    const others = Array.from({ length: 70_000 }, () => ({ attributes: {}, endTime: T0 + 20_000 }));
    await world.send(T0 + 21_000, ...others);
    await world.send(T0 + 29_000, around(A, PARENT), around(B, PARENT));
    await world.rest();
    expect(rowsOf(world)).toEqual(PAIR);
  });

  it('and names the chain, where it is a site of the code and the calls name none', async () => {
    const rows = await shown([
      failed(A),
      around(A, PARENT, task('summarise')),
      answered(B),
      around(B, PARENT, task('summarise')),
    ]);
    expect(rows).toEqual(PAIR.map((row) => row.replace('inferred:gpt-5', 'inferred:summarise')));
  });
});

describe('it is an operation of its own', () => {
  it.each<[string, readonly SpanFacts[]]>([
    [
      'around calls of two targets',
      [
        failed(A),
        call('o3', { from: 1, failed: true, parentId: A }),
        around(A, PARENT),
        answered(B, { from: 3 }),
        around(B, PARENT),
      ],
    ],
    [
      'a request that the service answered',
      [failed(A), around(A, PARENT, { kind: 2 }), answered(B), around(B, PARENT, { kind: 2 })],
    ],
    ['a message that it took', [failed(A), around(A, PARENT, { kind: 5 }), answered(PARENT)]],
    [
      'a tool',
      [
        failed(A),
        around(A, PARENT, { attributes: { [ATTR_GEN_AI_OPERATION_NAME]: 'execute_tool' } }),
        answered(PARENT),
      ],
    ],
    [
      'a tool of the AI SDK',
      [failed(A), around(A, PARENT, { attributes: { 'ai.operationId': 'ai.toolCall' } }), answered(PARENT)],
    ],
    [
      'a guardrail',
      [failed(A), around(A, PARENT, { attributes: { 'openinference.span.kind': 'GUARDRAIL' } }), answered(PARENT)],
    ],
    [
      'a task of another name',
      [failed(A), around(A, PARENT, task('title')), answered(B), around(B, PARENT, task('answer'))],
    ],
    [
      'for another agent',
      [failed(A), around(A, PARENT, agent('title')), answered(B), around(B, PARENT, agent('answer'))],
    ],
    ['that nobody has sent', [failed(A), answered(B), around(B, PARENT)]],
    ['beside the other one', [failed(A, { to: 3 }), around(A, PARENT), answered(B), around(B, PARENT)]],
    [
      'of another service',
      [
        failed(A),
        around(A, PARENT),
        answered(B, { service: { namespace: '', name: 'other', environment: '' } }),
        around(B, PARENT),
      ],
    ],
  ])('%s', async (_, spans) => {
    expect(await shown(spans)).toEqual([]);
    expect(await shown(...spans.toReversed().map((span) => [span]))).toEqual([]);
  });

  it('an attempt of a chain: what is tried in it is its own', async () => {
    const world = await start();
    const chained = { attributes: attempt('gpt', 'primary', 'success') };
    await world.send(T0 + 60_000, failed(A), answered(A), around(A, PARENT, chained));
    await world.rest();
    expect(world.snapshot().targets.map(({ chain: name }) => name)).toEqual(['summarize', 'summarize', 'summarize']);
  });

  it('in which a fallback is one', async () => {
    const spans = [failed(A), answered(A), around(A, PARENT), call('o3', { from: 4, parentId: PARENT })];
    expect(await shown(spans)).toEqual(PAIR);
  });
});

it('spans that are above each other in a circle do no harm', async () => {
  expect(await shown([failed(A), around(A, B), around(B, A), answered(PARENT)])).toEqual([]);
});
