/** Wrappers that try several targets within one span, as ai-fallback does: whose a failure is that names the first target alone. */
import { ATTR_GEN_AI_RESPONSE_MODEL } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { HOUR, policy, start, T0, type World } from '../testdata/world.ts';
import { type CallFacts, call, rowsOf } from '../traces/testdata/calls.ts';

const POLICIES = { defaults: policy(), chains: [policy()] };
const SITE = 'ai.telemetry.functionId';

/** Spans of the wrapper: the model asked for is always the first. */
const served = (model: string, more: CallFacts = {}) =>
  call('gpt-5', { ...more, attributes: { [ATTR_GEN_AI_RESPONSE_MODEL]: model, ...more.attributes } });
const failed = (errorType: string, more: CallFacts = {}) => call('gpt-5', { from: 20, failed: errorType, ...more });

async function after(...runs: readonly ReturnType<typeof call>[]): Promise<World> {
  const world = await start({ policies: POLICIES });
  for (const [index, run] of runs.entries()) {
    await world.send(T0 + index * HOUR, { ...run, traceId: String(index + 1).repeat(32) });
    await world.rest();
  }
  return world;
}

describe('once another target was seen to serve in its place', () => {
  it('both failed, and the error is told of the one that was asked for alone', async () => {
    const world = await after(served('claude-haiku-4-5'), failed('503'));
    expect(rowsOf(world).slice(0, 2)).toEqual(['summarize / gpt primary 0 0,1', 'summarize / claude fallback 1 1,1']);
    expect(world.target('claude')).toMatchObject({ state: 'failing', lastFailure: { errorType: undefined } });
  });

  it('it is fresh again by the next call that it serves', async () => {
    const again = served('claude-haiku-4-5', { from: 40 });
    expect((await after(served('claude-haiku-4-5'), failed('503'), again)).target('claude').state).toBe('fresh');
  });

  it.each(['400', 'context_length_exceeded', 'AbortError', 'content_filter'])(
    'it did not, where the request is at fault: %s',
    async (errorType) => {
      expect((await after(served('claude-haiku-4-5'), failed(errorType))).target('claude').state).toBe('fresh');
    },
  );

  it('it did not, where the call is made elsewhere in the code', async () => {
    const site = (name: string) => ({ attributes: { [SITE]: name } });
    const runs = (there: string) => [served('claude-haiku-4-5', site('answer')), failed('503', site(there))] as const;
    expect((await after(...runs('title'))).target('claude').state).toBe('fresh');
    expect((await after(...runs('answer'))).target('claude').state).toBe('failing');
  });
});

it('a failure is of the target that was asked for, where nothing was ever seen in its place', async () => {
  const world = await after(served('gpt-5-2025-08-07'), call('claude-haiku-4-5', { from: 5 }), failed('503'));
  expect(rowsOf(world).slice(0, 2)).toEqual(['summarize / gpt primary 0 1,1', 'summarize / claude fallback 1 1,0']);
  expect(world.target('claude').state).toBe('fresh');
});

describe('where no chain claims the calls', () => {
  const listed = async (...runs: readonly ReturnType<typeof call>[]) => {
    const world = await start();
    await world.send(T0, ...runs);
    await world.rest();
    return world.snapshot().unassigned.map(({ requestModel, calls, insteadOf }) => [requestModel, calls, insteadOf]);
  };

  it('the model that served is listed, and in whose place', async () => {
    expect(await listed(served('claude-haiku-4-5'), served('gpt-5-2025-08-07', { from: 5 }))).toEqual(
      expect.arrayContaining([
        ['claude-haiku-4-5', 1, 'gpt-5'],
        ['gpt-5', 1, undefined],
      ]),
    );
  });

  it('an alias of a gateway is listed as it was asked for', async () => {
    const answer = call('fast', { attributes: { [ATTR_GEN_AI_RESPONSE_MODEL]: 'gpt-4.1-mini' } });
    expect(await listed(answer)).toEqual([['fast', 1, undefined]]);
  });
});
