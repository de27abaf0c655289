import {
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  type ChainDeclaration,
  DECLARATIONS_KEY,
  SPAN_NAME_LLM_FALLBACK_DECLARE,
} from '@warmspare/semconv';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type RecordedSpans, recordSpans } from '../../../test/recorded-spans.ts';

let recorded: RecordedSpans;
let declare: typeof import('./declare.ts') & typeof import('../call/declare.ts');
const global: { [key: symbol]: unknown } = globalThis as { [key: symbol]: unknown };

beforeEach(async () => {
  vi.useFakeTimers({ now: 1_000_000 });
  vi.resetModules();
  global[DECLARATIONS_KEY] = undefined;
  declare = { ...(await import('./declare.ts')), ...(await import('../call/declare.ts')) };
  recorded = recordSpans();
});
afterEach(() => {
  recorded.close();
  vi.useRealTimers();
});

const declaration: ChainDeclaration = {
  name: 'summarize',
  targets: [
    { name: 'gpt', type: 'primary' },
    { name: 'rules', type: 'heuristic' },
  ],
};

it('announces a chain at once, in a span of no length that names no target', () => {
  declare.declareChain(declaration);
  const span = recorded.span(SPAN_NAME_LLM_FALLBACK_DECLARE);
  expect(span.attributes).toEqual({
    [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize',
    [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt', 'rules'],
    [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'heuristic'],
  });
  expect(span.duration).toEqual([0, 0]);
  const message = recorded.message(SPAN_NAME_LLM_FALLBACK_DECLARE);
  expect(message.attributes).toEqual(span.attributes);
  expect([message.startTime, message.endTime]).toEqual([1_000_000, 1_000_000]);
});

it('repeats every five minutes, once a chain', async () => {
  declare.declareChain(declaration);
  declare.declareChain({ ...declaration, name: 'another' });
  recorded.reset();
  await vi.advanceTimersByTimeAsync(299_999);
  expect(recorded.messages).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(recorded.messages.map(({ attributes }) => attributes[ATTR_LLM_FALLBACK_CHAIN_NAME])).toEqual([
    'summarize',
    'another',
  ]);
});

it('stands on the global list for those who come late, the newest declaration of a name', () => {
  declare.declareChain(declaration);
  const newer: ChainDeclaration = { name: 'summarize', targets: [{ name: 'gpt-6', type: 'primary' }] };
  declare.declareChain(newer);
  expect(global[DECLARATIONS_KEY]).toEqual(new Map([['summarize', newer]]));
  expect(declare.declaredTargets('summarize')).toEqual({ targetNames: ['gpt-6'], targetTypes: ['primary'] });
});

it('gives the same arrays for every attempt', () => {
  declare.declareChain(declaration);
  expect(declare.declaredTargets('summarize')).toBe(declare.declaredTargets('summarize'));
  expect(declare.declaredTargets('unknown')).toBeUndefined();
});

it('keeps no more than a thousand chains', () => {
  for (let n = 0; n < 1_001; n += 1) declare.declareChain({ ...declaration, name: `chain-${n}` });
  expect((global[DECLARATIONS_KEY] as Map<string, unknown>).size).toBe(1_000);
});

it('refuses what is no chain', () => {
  expect(() => declare.declareChain({ name: 'x', targets: [{ name: 'a', type: 'fallback' }] })).toThrow(TypeError);
});
