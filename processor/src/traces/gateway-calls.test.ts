/** A call that an app recorded and its gateway made, in one trace and one service: one call, whatever stands between the two. */
import { ATTR_GEN_AI_RESPONSE_MODEL } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { policy, start, T0 } from '../testdata/world.ts';
import { call, rowsOf, type SpanFacts } from './testdata/calls.ts';

const [APP, POST, SERVER] = ['a', 'b', 'c'].map((digit) => digit.repeat(16)) as [string, string, string];
const SERVER_KIND = 2;
const POLICIES = { defaults: policy(), chains: [policy()] };

const app = (model: string, more: Parameters<typeof call>[1] = {}): SpanFacts =>
  call(model, { spanId: APP, parentId: '', to: 4, ...more });
const between: readonly SpanFacts[] = [
  { ...call('', { spanId: POST, parentId: APP, from: 0.1, to: 3.9 }), attributes: {}, kind: 3, name: 'POST' },
  {
    ...call('', { spanId: SERVER, parentId: POST, from: 0.2, to: 3.8 }),
    attributes: {},
    kind: SERVER_KIND,
    name: 'POST /chat',
  },
];
const made = (model: string, more: Parameters<typeof call>[1] = {}): SpanFacts =>
  call(model, { parentId: SERVER, from: 0.3, to: 3, ...more });

async function rows(...batches: readonly (readonly SpanFacts[])[]): Promise<readonly string[]> {
  const world = await start({ policies: POLICIES });
  for (const batch of batches) await world.send(T0 + 60_000, ...batch);
  await world.rest();
  return rowsOf(world).slice(0, 2);
}

describe('counts once', () => {
  it.each<[string, readonly (readonly SpanFacts[])[]]>([
    ['in one batch', [[app('claude-haiku-4-5'), ...between, made('claude-haiku-4-5')]]],
    ['the gateway’s first', [[made('claude-haiku-4-5')], [...between], [app('claude-haiku-4-5')]]],
    ['the app’s first', [[app('claude-haiku-4-5')], [...between], [made('claude-haiku-4-5')]]],
    [
      'under a name with its provider',
      [[app('claude-haiku-4-5'), ...between, made('anthropic/claude-haiku-4-5-20251001')]],
    ],
  ])('%s', async (_, batches) => {
    expect(await rows(...batches)).toEqual(['summarize / gpt primary 0 0,0', 'summarize / claude fallback 1 1,0']);
  });

  it('where the app asks for the group of the gateway that the call was for', async () => {
    const group = { attributes: { 'litellm.model_group': 'claude-fast' } };
    expect(await rows([app('claude-fast'), ...between, made('claude-haiku-4-5', group)])).toEqual([
      'summarize / gpt primary 0 0,0',
      'summarize / claude fallback 1 1,0',
    ]);
  });

  it('as the failure that one of the two tells of', async () => {
    expect(await rows([app('claude-haiku-4-5', { failed: '500' }), ...between, made('claude-haiku-4-5')])).toEqual([
      'summarize / gpt primary 0 0,0',
      'summarize / claude fallback 1 0,1',
    ]);
  });

  it('and what the gateway’s fallback did is its own', async () => {
    const served = { [ATTR_GEN_AI_RESPONSE_MODEL]: 'claude-haiku-4-5' };
    expect(
      await rows([
        app('gpt-5', { attributes: served }),
        ...between,
        made('gpt-5', { to: 1, failed: '500' }),
        made('claude-haiku-4-5', { from: 1.5 }),
      ]),
    ).toEqual(['summarize / gpt primary 0 0,1', 'summarize / claude fallback 1 1,0']);
  });
});

it('a call of another model that a service makes for the answer is one of its own', async () => {
  expect(await rows([app('gpt-5'), ...between, made('claude-haiku-4-5')])).toEqual([
    'summarize / gpt primary 0 1,0',
    'summarize / claude fallback 1 1,0',
  ]);
});

it.each<[string, readonly (readonly SpanFacts[])[]]>([
  ['the app’s', [[app('claude-haiku-4-5')], [...between, made('claude-haiku-4-5', { failed: '401' })]]],
  ['the gateway’s', [[made('claude-haiku-4-5')], [...between, app('claude-haiku-4-5', { failed: '401' })]]],
])(
  'a success of %s record that was counted is denied by a failure in the other one, however late',
  async (_, batches) => {
    const world = await start({ policies: POLICIES });
    for (const batch of batches) await world.send(T0 + 60_000, ...batch);
    expect(world.target('claude').state).toBe('failing');
    await world.rest();
    expect(world.target('claude').state).toBe('failing');
    expect(rowsOf(world)[1]).toBe('summarize / claude fallback 1 1,0');
  },
);
