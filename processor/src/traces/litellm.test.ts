/** LiteLLM's own spans: which group failed, which one served, and what an app tells of the same request. */
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { HOUR, policy, start, T0 } from '../testdata/world.ts';
import { type CallFacts, call, PARENT, rowsOf, type SpanFacts, shown } from './testdata/calls.ts';

const [REQUEST, APP] = ['a', 'b'].map((digit) => digit.repeat(16)) as [string, string];
const OTHER_TRACE = 'd'.repeat(32);

const request = (group: string, model: string, more: CallFacts = {}): SpanFacts =>
  call(model, {
    parentId: REQUEST,
    ...more,
    attributes: {
      [ATTR_GEN_AI_OPERATION_NAME]: 'acompletion',
      'litellm.model_group': group,
      'litellm.call_id': 'r1',
      'metadata.user_api_key_hash': 'k',
    },
  });
const failed = (more: CallFacts = {}): SpanFacts => request('two', 'gpt-5', { failed: 'RateLimitError', ...more });
const served = (more: CallFacts = {}): SpanFacts => request('backup', 'gpt-4.1-mini', { from: 2, ...more });

/** `Received Proxy Server Request`, which the proxy puts around a request. */
const received = (message = '', more: CallFacts = {}): SpanFacts => ({
  ...call('', { spanId: REQUEST, parentId: PARENT, to: 5, kind: 2, ...more }),
  statusCode: message === '' ? 0 : 2,
  attributes: message === '' ? {} : { 'error.message': message },
});
const said = (group: string, fallbacks: string, error: string): string =>
  `litellm.RateLimitError: x\n\nLiteLLM: model group '${group}' failed with the error above. Fallback to ${fallbacks} also failed: litellm.${error}: y`;

/** The app's own call, whose route the proxy's headers told. */
const app = (more: CallFacts = {}): SpanFacts =>
  call('two', {
    spanId: APP,
    to: 5,
    ...more,
    attributes: {
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'litellm:two',
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'backup',
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
      [ATTR_LLM_FALLBACK_ROUTE_SOURCE]: 'gateway',
    },
  });
const TOLD = ['litellm:two / backup fallback undefined 1,0'];
const SHOWN = ['inferred:two / two primary 0 0,1', 'inferred:two / backup fallback 1 1,0'];

it('the chain is the first failed group, the target the group that served', async () => {
  expect(await shown([failed(), served(), received()])).toEqual(SHOWN);
});

describe('an app and its proxy that feed one service', () => {
  it.each<[string, readonly (readonly SpanFacts[])[]]>([
    ['the app’s call is above the proxy’s', [[failed(), served(), received('', { parentId: APP }), app()]]],
    ['in any order', [[app()], [received('', { parentId: APP })], [served()], [failed()]]],
    ['the proxy begins a trace of its own', [[app({ traceId: OTHER_TRACE })], [failed(), served(), received()]]],
  ])('make one row of one event: %s', async (_, batches) => {
    expect(await shown(...batches)).toEqual(TOLD);
  });

  it('make one row where the app is recorded by another instrumentation', async () => {
    const call2 = call('two', { spanId: APP, to: 5 });
    expect(await shown([failed(), served(), received('', { parentId: APP }), call2])).toEqual(SHOWN);
  });

  it('are told apart once the app says nothing any more', async () => {
    const world = await start();
    const before = { startTime: T0 - HOUR, endTime: T0 - HOUR + 1000 };
    await world.send(T0 - HOUR + 1000, app({ traceId: OTHER_TRACE, ...before }));
    await world.send(T0 + 60_000, failed(), served(), received());
    await world.rest();
    expect(rowsOf(world)).toEqual([...SHOWN, ...TOLD]);
  });
});

describe('a message that names the fallbacks that failed, too', () => {
  it('says how an only one of them failed', async () => {
    const world = await start();
    await world.send(T0 + 60_000, failed(), received(said('two', 'backup', 'AuthenticationError')));
    await world.rest();
    expect(rowsOf(world)).toEqual(['inferred:two / two primary 0 0,1', 'inferred:two / backup fallback 1 0,1']);
    expect(world.target('backup').lastFailure).toMatchObject({ outcome: 'error', errorType: 'AuthenticationError' });
  });

  it('says it of the targets of a configured chain, too, by their names or what they match', async () => {
    const world = await start({ policies: { defaults: policy(), chains: [policy()] } });
    const message = said('two', 'claude-3, last', 'AuthenticationError');
    await world.send(T0 + 60_000, failed(), received(message));
    await world.rest();
    expect(rowsOf(world)).toEqual([
      'summarize / gpt primary 0 0,1',
      'summarize / claude fallback 1 0,1',
      'summarize / last cache 2 0,1',
    ]);
    expect(['claude', 'last'].map((target) => world.target(target).state)).toEqual(['failing', 'failing']);
  });

  it('counts none of them whose failed call has a span of its own', async () => {
    const world = await start({ policies: { defaults: policy(), chains: [policy()] } });
    const second = request('claude-3', 'claude-3', { from: 2, failed: true });
    await world.send(T0 + 60_000, failed(), second, received(said('two', 'claude-3, last', 'X')));
    await world.rest();
    expect(rowsOf(world)).toEqual([
      'summarize / gpt primary 0 0,1',
      'summarize / claude fallback 1 0,1',
      'summarize / last cache 2 0,1',
    ]);
  });

  it.each<[string, readonly SpanFacts[]]>([
    ['of another group', [failed(), received(said('other', 'backup', 'X'))]],
    [
      'of another request',
      [failed({ parentId: PARENT }), received(said('two', 'backup', 'X'), { parentId: 'f'.repeat(16) })],
    ],
    ['without a call that failed', [served(), received(said('two', 'backup', 'X'))]],
  ])('says nothing %s', async (_, spans) => {
    expect(await shown(spans)).toEqual([]);
  });

  it('may stand in the status of any span above, and counts once', async () => {
    const message = said('two', 'backup, third', 'X');
    const above = (spanId: string, parentId: string): SpanFacts => ({
      ...received('', { spanId, parentId }),
      statusCode: 2,
      statusMessage: message,
    });
    const spans = [failed(), above(REQUEST, APP), above(APP, PARENT), above(PARENT, '')];
    const rows = [
      'inferred:two / two primary 0 0,1',
      'inferred:two / backup fallback 1 0,1',
      'inferred:two / third fallback 2 0,1',
    ];
    expect(await shown(spans)).toEqual(rows);
    expect(await shown(...spans.toReversed().map((span) => [span]))).toEqual(rows);
  });

  it('adds to the calls that failed with spans of their own', async () => {
    const second = request('backup', 'gpt-4.1-mini', { from: 2, failed: true });
    expect(await shown([failed(), second, received(said('two', 'backup, third', 'X'))])).toEqual([
      'inferred:two / two primary 0 0,1',
      'inferred:two / backup fallback 1 0,1',
      'inferred:two / third fallback 2 0,1',
    ]);
  });
});
