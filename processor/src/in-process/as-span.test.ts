import { ATTR_LLM_FALLBACK_CHAIN_NAME, ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES } from '@warmspare/semconv';
import { expect, it } from 'vitest';
import { createKeyTable } from '../base/keys.ts';
import { createSpanMaker } from './as-span.ts';

const HALF = 'cut \ud83d';

it('makes every text well-formed, so that a row is the same once it was stored', () => {
  const keys = createKeyTable();
  for (const name of [ATTR_LLM_FALLBACK_CHAIN_NAME, ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]) keys.add(name);
  const maker = createSpanMaker(keys, { namespace: '', name: 'shop', environment: '' });
  const attributes = { [ATTR_LLM_FALLBACK_CHAIN_NAME]: HALF, [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['a', HALF] };
  const spans = [
    maker.ofMessage({ name: HALF, startTime: 1, endTime: 2, attributes }),
    maker.ofSpan({
      name: HALF,
      startTime: [0, 1],
      endTime: [0, 2],
      attributes,
      status: { code: 2, message: HALF },
      events: [{ attributes: { 'exception.type': HALF } }],
      spanContext: () => ({ traceId: '', spanId: '' }),
    }),
  ];
  for (const { name, values, statusMessage, exceptionType } of spans) {
    for (const text of [name, statusMessage, exceptionType ?? '', ...values.flat()])
      expect(String(text).isWellFormed()).toBe(true);
    expect(values).toEqual(['cut \ufffd', ['a', 'cut \ufffd']]);
  }
});
