/** What only looks like a fallback among calls of no known chain. */
import { ATTR_GEN_AI_OPERATION_NAME } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { policy, start, T0 } from '../testdata/world.ts';
import { ANSWERED, call, FAILED, type SpanFacts, shown } from './testdata/calls.ts';
import { CALM_WAIT } from './trace-window.ts';

describe('it is no fallback', () => {
  it.each<[string, readonly SpanFacts[]]>([
    ['a retry', [call('gpt-5', { failed: true }), call('gpt-5', { from: 2 })]],
    ['a dated snapshot', [call('gpt-5', { failed: true }), call('gpt-5-2025-08-07', { from: 2 })]],
    ['a name with its provider', [call('openai/gpt-5', { failed: true }), call('gpt-5', { from: 2 })]],
    ['a call beside it', [call('gpt-5', { failed: true }), call('claude-haiku-4-5', { from: 0.5, to: 3 })]],
    ['a call that began when the other one did', [call('gpt-5', { failed: true, to: 0 }), call('o3', { to: 1 })]],
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
        call('embed-4', { from: 2, attributes: { [ATTR_GEN_AI_OPERATION_NAME]: 'embeddings' } }),
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
