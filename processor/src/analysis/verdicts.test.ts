/** What an attempt says for and against a target's assumptions, where it says little, nothing, or two things at once. */
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CACHE_AGE,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { attempt, DEFAULTS, freshId, policy, start, T0, type World } from '../testdata/world.ts';
import type { AttributeValue } from '../types/span.ts';

type Spans = Parameters<World['send']>[1][];

const claude = (outcome: string, more: Record<string, AttributeValue> = {}, endTime: number = T0): Spans[number] => ({
  attributes: attempt('claude', 'fallback', outcome, more),
  endTime,
  spanId: freshId(),
});
const checked = (validity: string, fingerprint = 's1') => ({
  [ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT]: fingerprint,
  [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: validity,
});
const VALID = checked('valid');
const INVALID = checked('invalid');
const policies = { defaults: DEFAULTS, chains: [policy()] };

async function judged(name: string, target: string, ...batches: readonly Spans[]) {
  const world = await start({ policies });
  for (const spans of batches) await world.send(T0 + 1000, ...spans);
  return world.target(target).assumptions.find((each) => each.name === name);
}

/** The same spans as one batch and as many, in both orders. */
const orders = (spans: Spans): Spans[][] => [
  [spans],
  [spans.toReversed()],
  spans.map((each) => [each]),
  spans.toReversed().map((each) => [each]),
];

describe('an outcome that says nothing of the target', () => {
  it.each(['cancelled', 'miss', 'unknown'])('proves and breaks no assumption: %s', async (outcome) => {
    const announced: Spans = [{ attributes: attempt('gpt', 'primary', 'success'), endTime: T0 - 1 }];
    const gone = claude(outcome, { [ATTR_ERROR_TYPE]: '404' });
    expect(await judged('available', 'claude', announced, [gone])).toMatchObject({ state: 'unverified' });
    for (const said of [VALID, INVALID]) {
      const schema = await judged('schema', 'claude', announced, [claude(outcome, said)]);
      expect([undefined, 'unverified']).toContain(schema?.state);
    }
    // An answer that is known to be too old breaks the assumption, however its call ended.
    for (const age of outcome === 'unknown' ? [1] : [1, 61]) {
      const cached = {
        attributes: attempt('last', 'cache', outcome, { [ATTR_LLM_FALLBACK_CACHE_AGE]: age }),
        endTime: T0,
      };
      expect(await judged('cache', 'last', [cached])).toMatchObject({ state: 'unverified', by: undefined });
    }
  });
});

describe('the schema', () => {
  it.each([
    ['an outcome of another kind beside an invalid output', 'refused', INVALID, 'broken'],
    ['an outcome alone', 'schema_invalid', { [ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT]: 's1' }, 'broken'],
    ['an outcome without a fingerprint', 'schema_invalid', {}, 'broken'],
    ['a valid output of a call that failed for its age', 'over_latency', VALID, 'holds'],
    ['an output that nobody evaluated', 'success', checked('not_evaluated'), 'unverified'],
  ])('is judged by %s', async (_what, outcome, said, state) => {
    expect(await judged('schema', 'claude', [claude(outcome, said)])).toMatchObject({ state });
  });

  it('says what was wrong with the output, as far as that is known', async () => {
    const named = { ...INVALID, [ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]: 'missing_required' };
    const words = async (said: Record<string, AttributeValue>) =>
      (await judged('schema', 'claude', [claude('schema_invalid', said)]))?.words;
    expect(await words(named)).toContain('(missing_required)');
    expect(await words(INVALID)).toContain('(invalid)');
  });

  it('of an earlier contract that was met and missed at one time breaks nothing today', async () => {
    const primary = (fingerprint: string, endTime: number): Spans[number] => ({
      attributes: attempt('gpt', 'primary', 'success', checked('valid', fingerprint)),
      endTime,
      spanId: freshId(),
    });
    const both = [claude('success', VALID, T0 + 1), claude('schema_invalid', INVALID, T0 + 1)];
    for (const batches of orders([primary('s1', T0), ...both, primary('s2', T0 + 2)])) {
      expect(await judged('schema', 'claude', ...batches)).toMatchObject({ state: 'unverified', since: T0 + 2 });
    }
  });
});

describe('the cache', () => {
  it('is judged by serves whose age is known', async () => {
    const served = (endTime: number, more: Record<string, AttributeValue> = {}): Spans[number] => ({
      attributes: attempt('last', 'cache', 'success', more),
      endTime,
    });
    const age = (seconds: number) => ({ [ATTR_LLM_FALLBACK_CACHE_AGE]: seconds });
    expect(await judged('cache', 'last', [served(T0)])).toMatchObject({ state: 'unverified' });
    const old = [served(T0, age(60.5)), served(T0 + 1)];
    expect(await judged('cache', 'last', old)).toMatchObject({ state: 'broken', since: T0 });
    expect(await judged('cache', 'last', [...old, served(T0 + 2, age(60))])).toMatchObject({
      state: 'holds',
      since: T0 + 2,
    });
  });
});

describe('two findings of one time', () => {
  it('are told by the span with the greater ids, in whatever order they come', async () => {
    const spans = ['401', '404', '403'].map((error, index) => ({
      ...claude('error', { [ATTR_ERROR_TYPE]: error }),
      spanId: `00000000000000a${index}`,
    }));
    for (const batches of orders(spans)) {
      const available = await judged('available', 'claude', ...batches);
      expect(available).toMatchObject({ state: 'broken', by: { spanId: '00000000000000a2' } });
      expect(available?.words).toContain('(403)');
      expect(available?.remedy).toContain('check key');
    }
  });

  it('of one span are told in the greater word, in whatever order they come', async () => {
    const spans = ['401', '404', '403'].map((error) => ({
      ...claude('error', { [ATTR_ERROR_TYPE]: error }),
      spanId: '00000000000000a0',
    }));
    for (const batches of orders(spans)) {
      expect((await judged('available', 'claude', ...batches))?.words).toContain('(404)');
    }
  });

  it('are shortened where their words are long', async () => {
    const error = `NotFoundError: ${'x'.repeat(500)}`;
    const available = await judged('available', 'claude', [claude('error', { [ATTR_ERROR_TYPE]: `404 ${error}` })]);
    expect(available?.words.length ?? 0).toBeLessThan(200);
  });
});
