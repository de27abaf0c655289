/** Tries that a client gives a span each are one attempt of a configured chain, counted once and never taken back. */
import { METRIC_LLM_FALLBACK_CALLS } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { policy, start, T0, value, type World } from '../testdata/world.ts';
import { CALM_WAIT } from './trace-window.ts';

type SpanFacts = Parameters<World['send']>[1];

const POLICIES = { defaults: policy(), chains: [policy()] };
const HOLDER = 'a'.repeat(16);
const NOW = T0 + 60_000;

let ids = 0;

function attempt(model: string, from: number, more: Partial<SpanFacts> = {}): SpanFacts {
  ids++;
  return {
    traceId: '5b8efff798038103d269b633813fc60c',
    parentId: HOLDER,
    spanId: ids.toString(16).padStart(16, '0'),
    startTime: T0 + from * 1000,
    endTime: T0 + from * 1000 + 900,
    ...more,
    attributes: {
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.model.id': model,
      ...(more.statusCode !== 2 && { 'ai.response.finishReason': 'stop', 'gen_ai.response.finish_reasons': ['stop'] }),
      ...more.attributes,
    },
  };
}

const FAILED = { statusCode: 2 };
const holder = (more: Partial<SpanFacts> = {}): SpanFacts => ({
  ...attempt('', 0, { spanId: HOLDER, parentId: 'b'.repeat(16), endTime: T0 + 9000, ...more }),
  attributes: { 'ai.operationId': 'ai.generateText' },
});

/** Successes and failures of a target. */
function counted(world: World, target: string): readonly (number | undefined)[] {
  const points = world.points(METRIC_LLM_FALLBACK_CALLS);
  return ['success', 'error', 'schema_invalid'].map(
    (outcome) => value(points, { 'llm_fallback.target.name': target, 'llm_fallback.call.outcome': outcome }) ?? 0,
  );
}

const began = (): Promise<World> => start({ policies: POLICIES });

describe('a try that failed', () => {
  it.each([
    ['in one batch', [[attempt('gpt-5', 0, FAILED), attempt('gpt-5', 1, FAILED), attempt('gpt-5', 2)]]],
    ['in three', [[attempt('gpt-5', 0, FAILED)], [attempt('gpt-5', 1, FAILED)], [attempt('gpt-5', 2)]]],
    ['out of order', [[attempt('gpt-5', 2)], [attempt('gpt-5', 1, FAILED)], [attempt('gpt-5', 0, FAILED)]]],
  ])('is part of the attempt that succeeded: %s', async (_, batches) => {
    const world = await began();
    for (const batch of batches) await world.send(NOW, ...batch);
    await world.rest();
    expect(counted(world, 'gpt')).toEqual([1, 0, 0]);
  });

  it('is part of the attempt that failed in the end', async () => {
    const world = await began();
    await world.send(NOW, attempt('gpt-5', 0, FAILED), attempt('gpt-5', 1, FAILED), holder(FAILED));
    expect(counted(world, 'gpt')).toEqual([0, 0, 0]);
    world.now += CALM_WAIT;
    await world.pipeline.settle();
    expect(counted(world, 'gpt')).toEqual([0, 1, 0]);
  });

  it('shows at once in what is known of the target', async () => {
    const world = await began();
    await world.send(NOW, attempt('claude-haiku', 0, FAILED));
    expect(world.target('claude').state).toBe('failing');
  });

  it('is an attempt of its own before another target, another operation, or much later', async () => {
    const world = await began();
    await world.send(
      NOW,
      attempt('gpt-5', 0, FAILED),
      attempt('claude-haiku', 2),
      attempt('gpt-5', 3, { parentId: 'c'.repeat(16) }),
      attempt('gpt-5', 70),
    );
    await world.rest();
    expect(counted(world, 'gpt')).toEqual([2, 1, 0]);
    expect(counted(world, 'claude')).toEqual([1, 0, 0]);
  });

  it('is an attempt of its own beside one that began at the same moment', async () => {
    const world = await began();
    await world.send(NOW, attempt('gpt-5', 0, { ...FAILED, endTime: T0 }), attempt('gpt-5', 0));
    await world.rest();
    expect(counted(world, 'gpt')).toEqual([1, 1, 0]);
  });

  it('is an attempt of its own before the same model at another place, or for another job', async () => {
    const world = await began();
    const said = (attributes: SpanFacts['attributes']) => ({ attributes });
    const elsewhere = { parentId: 'c'.repeat(16) };
    await world.send(
      NOW,
      attempt('gpt-5', 0, { ...FAILED, ...said({ 'ai.model.provider': 'azure-openai.chat' }) }),
      attempt('gpt-5', 1, said({ 'ai.model.provider': 'openai.chat' })),
      attempt('gpt-5', 3, { ...FAILED, ...elsewhere, ...said({ 'ai.telemetry.functionId': 'title' }) }),
      attempt('gpt-5', 4, { ...elsewhere, ...said({ 'ai.telemetry.functionId': 'answer' }) }),
    );
    await world.rest();
    expect(counted(world, 'gpt')).toEqual([2, 2, 0]);
  });

  it('counts where a client gives its tries no spans of their own', async () => {
    const world = await began();
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5' };
    const answered = { ...attributes, 'gen_ai.response.model': 'gpt-5' };
    await world.send(NOW, { ...attempt('', 0, FAILED), attributes }, { ...attempt('', 2), attributes: answered });
    expect(counted(world, 'gpt')).toEqual([1, 1, 0]);
  });

  it('counts where our own instrumentation says that the span is a whole attempt', async () => {
    const world = await began();
    const attributes = { 'llm_fallback.call.outcome': 'error' };
    await world.send(NOW, attempt('gpt-5', 0, { attributes }), attempt('gpt-5', 2, { attributes }));
    expect(counted(world, 'gpt')).toEqual([0, 2, 0]);
  });

  it('is counted after a crash, too: nothing that was acknowledged is lost', async () => {
    const world = await began();
    await world.send(NOW, attempt('gpt-5', 0, FAILED));
    const next = await start({ policies: POLICIES, from: world.store });
    expect(counted(next, 'gpt')).toEqual([0, 1, 0]);
    await next.rest();
    const last = await start({ policies: POLICIES, from: next.store });
    expect(counted(last, 'gpt')).toEqual([0, 1, 0]);
  });

  it('is counted once by a stop in good order', async () => {
    const world = await began();
    await world.send(NOW, attempt('gpt-5', 0, FAILED));
    await world.pipeline.close();
    expect(counted(await start({ policies: POLICIES, from: world.store }), 'gpt')).toEqual([0, 1, 0]);
  });

  it('does not bring back a chain that the configuration dropped meanwhile', async () => {
    const world = await began();
    await world.send(NOW, attempt('gpt-5', 0, FAILED));
    world.pipeline.setPolicies({ defaults: policy(), chains: [] });
    await world.rest();
    expect(world.snapshot().targets).toEqual([]);
  });
});

describe('a schema violation that only the span around the call tells', () => {
  it('is the call’s, where both come in one batch', async () => {
    const world = await began();
    const violated = holder({ ...FAILED, exceptionType: 'AI_NoObjectGeneratedError' });
    await world.send(NOW, attempt('claude-haiku', 0), violated);
    await world.rest();
    expect(counted(world, 'claude')).toEqual([0, 0, 1]);
    expect(world.target('claude')).toMatchObject({ state: 'failing', lastSuccess: undefined });
  });

  it('is no other call’s', async () => {
    const world = await began();
    const violated = holder({ ...FAILED, exceptionType: 'AI_NoObjectGeneratedError' });
    await world.send(NOW, attempt('claude-haiku', 0, { parentId: 'c'.repeat(16) }), violated);
    await world.rest();
    expect(counted(world, 'claude')).toEqual([1, 0, 0]);
  });
});
