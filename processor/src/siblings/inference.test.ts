/** Calls of no known chain: a failed one, then another model's answer beside it, is a fallback; and what only looks like one. */
import { METRIC_LLM_FALLBACK_CALLS, METRIC_LLM_FALLBACK_FAILOVER_DURATION } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { policy, start, T0, value, type World } from '../testdata/world.ts';
import { CALM_WAIT } from './trace-window.ts';

type SpanFacts = Parameters<World['send']>[1];

const TRACE = '5b8efff798038103d269b633813fc60c';
const PARENT = 'eee19b7ec3c1b174';

let ids = 0;

interface CallFacts extends Partial<SpanFacts> {
  /** Seconds after T0. */
  readonly from?: number;
  readonly to?: number;
  readonly failed?: boolean | string;
}

function call(model: string, { from = 0, to = from + 1, failed = false, ...rest }: CallFacts = {}): SpanFacts {
  ids++;
  return {
    traceId: TRACE,
    parentId: PARENT,
    spanId: ids.toString(16).padStart(16, '0'),
    startTime: T0 + from * 1000,
    endTime: T0 + to * 1000,
    statusCode: failed === false ? 0 : 2,
    ...rest,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': model,
      ...(typeof failed === 'string' && { 'error.type': failed }),
      ...rest.attributes,
    },
  };
}

/** What is shown once all traces are settled: `chain / target type rank success,failures`. */
async function shown(...batches: readonly (readonly SpanFacts[])[]): Promise<readonly string[]> {
  const world = await start();
  for (const batch of batches) await world.send(T0 + 60_000, ...batch);
  await world.rest();
  return rowsOf(world);
}

function rowsOf(world: World): readonly string[] {
  const points = world.points(METRIC_LLM_FALLBACK_CALLS);
  return world.snapshot().targets.map(({ chain, target, routeType, rank, attributes }) => {
    const own = points.filter((point) =>
      Object.entries(attributes).every(([key, each]) => point.attributes[key] === each),
    );
    const count = (ok: boolean): number =>
      own
        .filter((point) => (point.attributes['llm_fallback.call.outcome'] === 'success') === ok)
        .reduce((sum, point) => sum + ('value' in point ? point.value : 0), 0);
    return `${chain} / ${target} ${routeType} ${rank} ${count(true)},${count(false)}`;
  });
}

const FAILED = call('gpt-5', { failed: 'RateLimitError' });
const ANSWERED = call('claude-haiku-4-5', { from: 2 });
const PAIR = ['inferred:gpt-5 / gpt-5 primary 0 0,1', 'inferred:gpt-5 / claude-haiku-4-5 fallback 1 1,0'];

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
    'llm_fallback.call.outcome': outcome,
    ...more,
  });
  const said = {
    'llm_fallback.route.type': 'fallback',
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

  it('is nothing where it says nothing, though the calls are siblings', async () => {
    const under = { parentId: PARENT };
    const unsaid = call('claude-haiku-4-5', { from: 2, ...under, attributes: own('success') });
    expect(await shown([{ ...fell, ...under }, unsaid])).toEqual([]);
  });
});

describe('where a dialect puts a span around the calls of one operation', () => {
  const holder = (spanId: string, more: Partial<SpanFacts> = {}): SpanFacts =>
    call('', { spanId, ...more, attributes: { 'gen_ai.operation.name': '', 'ai.operationId': 'ai.generateText' } });
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
      const named = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'summarise' };
      return [
        call(model, { from: at, parentId: step, ...more }),
        { ...call('', { spanId: step, parentId: around }), attributes: { 'gen_ai.operation.name': 'agent_step' } },
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
      attributes: { 'gen_ai.operation.name': 'invoke_agent' },
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

describe('it is no fallback', () => {
  it.each<[string, readonly SpanFacts[]]>([
    ['a retry', [call('gpt-5', { failed: true }), call('gpt-5', { from: 2 })]],
    ['a dated snapshot', [call('gpt-5', { failed: true }), call('gpt-5-2025-08-07', { from: 2 })]],
    ['a name with its provider', [call('openai/gpt-5', { failed: true }), call('gpt-5', { from: 2 })]],
    ['a call beside it', [call('gpt-5', { failed: true }), call('claude-haiku-4-5', { from: 0.5, to: 3 })]],
    ['load that is balanced', [call('gpt-5'), call('claude-haiku-4-5', { from: 2 })]],
    ['a second failure', [call('gpt-5', { failed: true }), call('claude-haiku-4-5', { from: 2, failed: true })]],
    ['a call after the first was given up', [call('gpt-5', { failed: 'AbortError' }), ANSWERED]],
    ['a call much later', [call('gpt-5', { failed: true }), call('claude-haiku-4-5', { from: 70, to: 71 })]],
    ['a call elsewhere', [call('gpt-5', { failed: true, parentId: 'f'.repeat(16) }), ANSWERED]],
    ['a call of another trace', [call('gpt-5', { failed: true, traceId: 'f'.repeat(32) }), ANSWERED]],
    ['a call without a parent', [call('gpt-5', { failed: true, parentId: '' }), call('o3', { from: 2, parentId: '' })]],
    [
      'a call of another service',
      [call('gpt-5', { failed: true, service: { namespace: '', name: 'other', environment: '' } }), ANSWERED],
    ],
    [
      'an embedding',
      [
        call('gpt-5', { failed: true }),
        call('embed-4', { from: 2, attributes: { 'gen_ai.operation.name': 'embeddings' } }),
      ],
    ],
    [
      'the next job, when the first was done at another try',
      [call('gpt-5', { failed: true }), call('gpt-5', { from: 2 }), call('claude-haiku-4-5', { from: 4 })],
    ],
    [
      'the next job, when something worked meanwhile',
      [call('gpt-5', { failed: true }), call('gpt-5', { from: 0.5, to: 3 }), call('o3', { from: 4 })],
    ],
    ['a call whose model nobody named', [call('', { failed: true }), ANSWERED]],
  ])('%s', async (_, spans) => {
    expect(await shown(spans)).toEqual([]);
    expect(await shown(...spans.toReversed().map((span) => [span]))).toEqual([]);
  });

  it('where the configuration claims the calls', async () => {
    const world = await start({ policies: { defaults: policy(), chains: [policy()] } });
    await world.send(T0 + 60_000, FAILED, ANSWERED);
    await world.rest();
    expect(world.snapshot().targets.map(({ chain }) => chain)).toEqual(['summarize', 'summarize', 'summarize']);
  });

  it('while something that was sent before may still be under way', async () => {
    const world = await start();
    await world.send(T0 + 60_000, FAILED, ANSWERED);
    world.now += CALM_WAIT - 1;
    expect(world.snapshot().targets).toEqual([]);
  });
});

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
      'llm_fallback.route.type': 'fallback',
      'llm_fallback.call.outcome': 'success',
    }),
  ).toBe(1);
});

describe('once the configuration claims the calls', () => {
  it('the chain that nobody declared leaves, and the list of unassigned calls empties', async () => {
    const world = await start();
    await world.send(T0 + 60_000, FAILED, ANSWERED);
    await world.rest();
    world.pipeline.setPolicies({ defaults: policy(), chains: [policy()] });
    await world.rest();
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
    await world.rest();
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
    match: { 'gen_ai.request.model': name },
  });
  const targets = [named(primary, 'gpt-5'), named(fallback, 'gpt-5-2025-08-07'), named(fallback, 'o3')];
  const world = await start({ policies: { defaults: policy(), chains: [policy({ targets })] } });
  await world.send(
    T0 + 60_000,
    call('gpt-5', { attributes: { 'gen_ai.response.model': 'gpt-5-2025-08-07' } }),
    call('gpt-5', { attributes: { 'gen_ai.response.model': 'o3' } }),
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
