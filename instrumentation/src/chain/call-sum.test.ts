/** What an attempt's span says of the calls inside. */
import {
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_COST_MODEL,
  ATTR_LLM_FALLBACK_COST_SOURCE,
  type CostSource,
} from '@warmspare/semconv';
import { expect, test } from 'vitest';
import type { FinishedCall } from '../types/attempt.ts';
import { createCallSum } from './call-sum.ts';

const tokens = { [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 10, [ATTR_GEN_AI_USAGE_OUTPUT_TOKENS]: 2 };
const call = (attributes: FinishedCall['attributes'], error?: unknown): FinishedCall => ({
  attributes,
  endTime: 0,
  ...(error === undefined ? {} : { error }),
});

interface Paid {
  readonly source?: CostSource;
  readonly currency?: string;
  readonly model?: string;
  readonly error?: unknown;
}

const paid = (amount: number, { source = 'local', currency = 'USD', model, error }: Paid = {}): FinishedCall =>
  call(
    {
      ...tokens,
      [ATTR_LLM_FALLBACK_COST_AMOUNT]: amount,
      [ATTR_LLM_FALLBACK_COST_CURRENCY]: currency,
      [ATTR_LLM_FALLBACK_COST_SOURCE]: source,
      ...(model === undefined ? {} : { [ATTR_LLM_FALLBACK_COST_MODEL]: model }),
    },
    error,
  );

function sumOf(calls: readonly FinishedCall[]): FinishedCall['attributes'] {
  const sum = createCallSum();
  for (const each of calls) sum.add(each);
  return sum.attributes();
}

const unpriced = call({ ...tokens, [ATTR_GEN_AI_REQUEST_MODEL]: 'my-own-model' });
const failed = call({ [ATTR_GEN_AI_REQUEST_MODEL]: 'gpt-5' }, new Error('429'));

test.each<[string, readonly FinishedCall[], number]>([
  ['one call', [paid(0.5)], 0.5],
  ['two calls', [paid(0.5), paid(0.25)], 0.75],
  ['a call that failed before it used anything', [failed, paid(0.5), failed], 0.5],
  ['a call that failed and was paid for', [paid(0.25, { error: new Error('cut') }), paid(0.5)], 0.75],
  ['a free call', [paid(0), paid(0.5)], 0.5],
  ['free calls alone', [paid(0), paid(0)], 0],
])('the cost is known of %s', (_what, calls, amount) => {
  expect(sumOf(calls)).toMatchObject({
    [ATTR_LLM_FALLBACK_COST_AMOUNT]: amount,
    [ATTR_LLM_FALLBACK_COST_CURRENCY]: 'USD',
  });
});

test.each<[string, readonly FinishedCall[]]>([
  ['no calls', []],
  ['failed calls alone', [failed]],
  ['a call of unknown price', [unpriced]],
  ['a call of unknown price after a known one', [paid(0.5, { model: 'gpt-5' }), unpriced]],
  ['a call of unknown price before a known one', [unpriced, paid(0.5, { model: 'gpt-5' })]],
  ['a failed call of unknown price that used tokens', [call(tokens, new Error('cut')), paid(0.5)]],
  ['an answer that says nothing of its tokens', [call({}), paid(0.5)]],
  ['two currencies', [paid(0.5, { model: 'gpt-5' }), paid(0.5, { currency: 'EUR', model: 'gpt-5' })]],
])('the cost is unknown of %s, and nothing is said of it', (_what, calls) => {
  const said = sumOf(calls);
  for (const name of [
    ATTR_LLM_FALLBACK_COST_AMOUNT,
    ATTR_LLM_FALLBACK_COST_CURRENCY,
    ATTR_LLM_FALLBACK_COST_SOURCE,
    ATTR_LLM_FALLBACK_COST_MODEL,
  ]) {
    expect(said).not.toHaveProperty([name]);
  }
});

test('tokens are summed whether or not their price is known', () => {
  expect(sumOf([paid(0.5), unpriced, failed])).toMatchObject({
    [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 20,
    [ATTR_GEN_AI_USAGE_OUTPUT_TOKENS]: 4,
  });
});

test.each<[string, readonly CostSource[], CostSource]>([
  ['providers reported all', ['provider', 'provider'], 'provider'],
  ['all are worked out here', ['local', 'local'], 'local'],
  ['the first is reported', ['provider', 'local'], 'local'],
  ['the last is reported', ['local', 'provider'], 'local'],
])('a sum is as good as its weakest part: %s', (_what, sources, source) => {
  expect(sumOf(sources.map((each) => paid(1, { source: each })))[ATTR_LLM_FALLBACK_COST_SOURCE]).toBe(source);
});

test("the price list's model is that of the newest call that has one", () => {
  const calls = [paid(1, { model: 'gpt-5' }), paid(1, { model: 'o3' }), paid(1, { source: 'provider' })];
  expect(sumOf(calls)[ATTR_LLM_FALLBACK_COST_MODEL]).toBe('o3');
});
