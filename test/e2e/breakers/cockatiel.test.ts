/** cockatiel's own policies, in both majors: what they do is untouched, and a declared fallback is a rung. */
import {
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  SPAN_NAME_LLM_FALLBACK_DECLARE,
} from '@warmspare/semconv';
import * as cockatiel3 from 'cockatiel3';
import * as cockatiel4 from 'cockatiel4';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chain } from '../../../instrumentation/src/api/chain.ts';
import { COCKATIEL } from '../../../instrumentation/src/breakers/cockatiel.ts';
import { declareBreaker } from '../../../instrumentation/src/breakers/ladder.ts';
import { type RecordedSpans, recordSpans } from '../../recorded-spans.ts';
import { llmCall } from './recorded-calls.ts';

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

// The majors' types differ in names only.
describe.each([
  ['cockatiel 3', cockatiel3 as unknown as typeof cockatiel4],
  ['cockatiel 4', cockatiel4],
])('%s', (major, cockatiel) => {
  const { circuitBreaker, ConsecutiveBreaker, fallback, handleAll, wrap } = cockatiel;
  beforeEach(() => {
    undo = COCKATIEL.patch(cockatiel);
  });

  it('has a fallback that calls another model: a rung, declared when the user names it', async () => {
    const policy = fallback(handleAll, () => llmCall('claude'));
    declareBreaker(policy, { chain: major, primary: 'gpt', fallback: { name: 'claude', type: 'fallback' } });
    expect(recorded.span(SPAN_NAME_LLM_FALLBACK_DECLARE).attributes[ATTR_LLM_FALLBACK_CHAIN_NAME]).toBe(major);
    await expect(policy.execute(() => llmCall('gpt'))).resolves.toBe('gpt');
    expect(recorded.span('chat gpt').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: major,
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'gpt',
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'primary',
    });
    recorded.reset();
    await expect(policy.execute(() => llmCall('gpt', down))).resolves.toBe('claude');
    expect(recorded.span('chat claude').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude',
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
      [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'error',
      [ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE]: '503',
    });
  });

  it('says the state of the breaker inside, and falls for it when it is open', async () => {
    const rules = fallback(handleAll, () => 'rules');
    declareBreaker(rules, { chain: `${major} open`, fallback: { name: 'rules', type: 'heuristic' } });
    const policy = wrap(
      rules,
      circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(1) }),
    );
    await expect(policy.execute(() => llmCall('gpt', down))).resolves.toBe('rules');
    expect(recorded.span('chat gpt').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'primary',
      [ATTR_LLM_FALLBACK_BREAKER_STATE]: 'closed',
      [ATTR_LLM_FALLBACK_BREAKER_NAME]: `${major} open primary`,
    });
    recorded.reset();
    await expect(policy.execute(() => llmCall('gpt'))).resolves.toBe('rules');
    expect(recorded.spans.map(({ name }) => name)).toEqual([`${major} open rules`]);
    expect(recorded.span(`${major} open rules`).attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'breaker_open',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
      [ATTR_LLM_FALLBACK_BREAKER_NAME]: `${major} open primary`,
      [ATTR_LLM_FALLBACK_BREAKER_STATE]: 'open',
    });
    expect(recorded.message(`${major} open rules`).attributes).toEqual(recorded.span(`${major} open rules`).attributes);
  });

  it('lets a call through to see whether it works again: half open, by the name of what it guards', async () => {
    vi.useFakeTimers();
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(1) });
    const ask = chain(`${major} in chain`, {
      targets: [
        {
          name: 'gpt',
          type: 'primary',
          run: (broken: boolean) => breaker.execute(() => llmCall('gpt', broken ? down : undefined)),
        },
        { name: 'rules', type: 'heuristic', run: () => 'rules' },
      ],
    });
    await ask(true);
    vi.advanceTimersByTime(1_001);
    recorded.reset();
    await expect(ask(false)).resolves.toBe('gpt');
    vi.useRealTimers();
    for (const name of ['chat gpt', `${major} in chain gpt`]) {
      expect(recorded.span(name).attributes).toMatchObject({
        [ATTR_LLM_FALLBACK_BREAKER_STATE]: 'half_open',
        [ATTR_LLM_FALLBACK_BREAKER_NAME]: `${major} in chain gpt`,
      });
    }
  });

  it('has a fallback that is a cache: a rung of that type, with a span of its own', async () => {
    const policy = fallback(handleAll, () => 'kept');
    declareBreaker(policy, { chain: `${major} cache`, fallback: { name: 'last-answer', type: 'cache' } });
    await expect(policy.execute(() => llmCall('gpt', down))).resolves.toBe('kept');
    expect(recorded.span(`${major} cache last-answer`).attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'cache',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
    });
  });

  it('is left alone where nobody named it', async () => {
    const policy = fallback(handleAll, () => 'x');
    await expect(policy.execute(() => llmCall('gpt', down))).resolves.toBe('x');
    expect(recorded.span('chat gpt').attributes).not.toHaveProperty(ATTR_LLM_FALLBACK_CHAIN_NAME);
    expect(recorded.messages).toEqual([]);
  });

  it('throws what is not handled, as without us', async () => {
    const policy = fallback(cockatiel.handleType(RangeError), () => 'x');
    declareBreaker(policy, { chain: `${major} unhandled`, fallback: { name: 'x', type: 'heuristic' } });
    await expect(policy.execute(() => llmCall('gpt', down))).rejects.toBe(down);
  });
});
