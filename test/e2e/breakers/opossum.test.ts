/** opossum's own breakers, in both majors: what they do is untouched, and their fallback is a rung. */
import { createRequire } from 'node:module';
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  SPAN_NAME_LLM_FALLBACK_DECLARE,
} from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chain } from '../../../instrumentation/src/api/chain.ts';
import { declareBreaker } from '../../../instrumentation/src/breakers/ladder.ts';
import { OPOSSUM } from '../../../instrumentation/src/breakers/opossum.ts';
import { type RecordedSpans, recordSpans } from '../../recorded-spans.ts';
import { llmCall } from './recorded-calls.ts';

interface Breaker {
  fire(...args: readonly unknown[]): Promise<unknown>;
  fallback(serve: ((...args: never) => unknown) | Breaker): Breaker;
  readonly halfOpen: boolean;
  open(): void;
  shutdown(): void;
}
type Opossum = new (action: (...args: never) => unknown, options?: object) => Breaker;

// opossum has no types of its own, and is CommonJS.
const require = createRequire(import.meta.url);
const opossum9: Opossum = require('opossum9');
const opossum10: Opossum = require('opossum10');

const down = Object.assign(new Error('down'), { status: 503 });
let recorded: RecordedSpans;
let undo: () => void = () => {};
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => {
  recorded.close();
  undo();
});

const attempts = () =>
  recorded.spans.map(({ attributes }) => attributes).filter((one) => one[ATTR_LLM_FALLBACK_CALL_OUTCOME] !== undefined);

describe.each([
  ['opossum 9', opossum9],
  ['opossum 10', opossum10],
])('%s', (major, CircuitBreaker) => {
  beforeEach(() => {
    undo = OPOSSUM.patch(CircuitBreaker);
  });

  it('has a fallback that calls another model: a rung, declared by the first call of the primary', async () => {
    const name = `${major} llm`;
    let broken = false;
    const breaker = new CircuitBreaker(() => llmCall('gpt', broken ? down : undefined), { name });
    breaker.fallback(() => llmCall('claude'));
    await expect(breaker.fire()).resolves.toBe('gpt');
    expect(recorded.span(SPAN_NAME_LLM_FALLBACK_DECLARE).attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: name,
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['primary', 'fallback'],
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback'],
    });
    expect(recorded.span('chat gpt').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: name,
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'primary',
      [ATTR_LLM_FALLBACK_ROUTE_SOURCE]: 'wrapper',
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['primary', 'fallback'],
      [ATTR_LLM_FALLBACK_BREAKER_NAME]: name,
      [ATTR_LLM_FALLBACK_BREAKER_STATE]: 'closed',
    });

    recorded.reset();
    broken = true;
    await expect(breaker.fire()).resolves.toBe('claude');
    expect(recorded.span('chat claude').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'fallback',
      [ATTR_LLM_FALLBACK_TARGET_RANK]: 1,
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
      [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'error',
      [ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE]: '503',
      [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: expect.any(Number),
    });
    expect(attempts()).toHaveLength(2);

    recorded.reset();
    breaker.open();
    await expect(breaker.fire()).resolves.toBe('claude');
    expect(recorded.span('chat claude').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'breaker_open',
      [ATTR_LLM_FALLBACK_BREAKER_STATE]: 'open',
    });
    expect(recorded.span('chat claude').attributes).not.toHaveProperty(ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE);
    expect(attempts()).toHaveLength(1);
    breaker.shutdown();
  });

  it('has a fallback without a call: a span of its own, of the type that the user declared', async () => {
    const breaker = new CircuitBreaker((_: string) => llmCall('gpt', down));
    declareBreaker(breaker, { chain: `${major} rules`, fallback: { name: 'rules', type: 'heuristic' } });
    breaker.fallback((input: string, error: Error) => [input, error]);
    await expect(breaker.fire('in')).resolves.toEqual(['in', down]);
    expect(recorded.span(`${major} rules rules`).attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'heuristic',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
      [ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE]: '503',
    });
    expect(attempts()).toHaveLength(2);
    breaker.shutdown();
  });

  it('has a fallback that fails: its error reaches the caller and the span', async () => {
    const broken = new RangeError('rules');
    const breaker = new CircuitBreaker(() => llmCall('gpt', down));
    declareBreaker(breaker, { chain: `${major} fails`, fallback: { name: 'rules', type: 'heuristic' } });
    breaker.fallback(() => Promise.reject(broken));
    await expect(breaker.fire()).rejects.toBe(broken);
    expect(recorded.span(`${major} fails rules`).attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error',
      [ATTR_ERROR_TYPE]: 'RangeError',
    });
    breaker.shutdown();
  });

  it('lets a call through to see whether it works again: half open, on the span and on the channel', async () => {
    const name = `${major} half open`;
    let broken = true;
    const breaker = new CircuitBreaker(() => llmCall('gpt', broken ? down : undefined), {
      name,
      resetTimeout: 1,
      errorThresholdPercentage: 1,
      volumeThreshold: 1,
    });
    declareBreaker(breaker, { chain: name, primary: 'gpt', fallback: { name: 'last-answer', type: 'cache' } });
    breaker.fallback(() => 'kept');
    await expect(breaker.fire()).resolves.toBe('kept');
    const cache = { [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'cache', [ATTR_LLM_FALLBACK_TARGET_NAME]: 'last-answer' };
    expect(recorded.span(`${name} last-answer`).attributes).toMatchObject(cache);
    expect(recorded.message(`${name} last-answer`).attributes).toMatchObject(cache);
    await expect.poll(() => breaker.halfOpen).toBe(true);
    broken = false;
    recorded.reset();
    await expect(breaker.fire()).resolves.toBe('gpt');
    expect(recorded.span('chat gpt').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_BREAKER_NAME]: name,
      [ATTR_LLM_FALLBACK_BREAKER_STATE]: 'half_open',
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'gpt',
    });
    breaker.shutdown();
  });

  it('is left alone where no LLM call was seen in it and nobody named it to us', async () => {
    const breaker = new CircuitBreaker(() => Promise.reject(down), { name: 'billing' });
    breaker.fallback(() => 'cached invoice');
    await expect(breaker.fire()).resolves.toBe('cached invoice');
    expect(recorded.messages).toEqual([]);
    breaker.shutdown();
  });

  it('may fall back to another breaker, as without us', async () => {
    const spare = new CircuitBreaker((input: string) => llmCall(`spare-${input}`));
    const breaker = new CircuitBreaker((_: string) => llmCall('gpt', down), { name: `${major} spare` }).fallback(spare);
    await expect(breaker.fire('x')).resolves.toBe('spare-x');
    expect(recorded.span('chat spare-x').attributes[ATTR_LLM_FALLBACK_TARGET_NAME]).toBe('fallback');
    spare.shutdown();
    breaker.shutdown();
  });

  it('adds only its state inside a chain, also where it lets nothing through', async () => {
    const breaker = new CircuitBreaker(() => llmCall('gpt'), { name: 'inner' });
    breaker.open();
    const ask = chain(`${major} in chain`, {
      targets: [
        { name: 'gpt', type: 'primary', run: () => breaker.fire() },
        { name: 'rules', type: 'heuristic', run: () => 'rules' },
      ],
    });
    await expect(ask()).resolves.toBe('rules');
    expect(recorded.span(`${major} in chain gpt`).attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_BREAKER_NAME]: 'inner',
      [ATTR_LLM_FALLBACK_BREAKER_STATE]: 'open',
      [ATTR_ERROR_TYPE]: 'EOPENBREAKER',
    });
    expect(recorded.span(`${major} in chain rules`).attributes[ATTR_LLM_FALLBACK_TRIGGER_REASON]).toBe('breaker_open');
    breaker.shutdown();
  });

  it('is its old self once it is unpatched', async () => {
    undo();
    const breaker = new CircuitBreaker(() => llmCall('gpt'), { name: 'plain' });
    breaker.fallback(() => 'x');
    await breaker.fire();
    expect(recorded.span('chat gpt').attributes).not.toHaveProperty(ATTR_LLM_FALLBACK_CHAIN_NAME);
    breaker.shutdown();
  });
});
