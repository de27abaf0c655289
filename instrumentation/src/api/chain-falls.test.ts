import { SpanStatusCode } from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CACHE_AGE,
  ATTR_LLM_FALLBACK_CACHE_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_ATTEMPTS,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
} from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RecordedSpans, recordSpans } from '../../../test/recorded-spans.ts';
import { cached } from './cached.ts';
import { chain } from './chain.ts';

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => recorded.close());

const fails = (error: unknown) => (): Promise<string> => Promise.reject(error);
const down = Object.assign(new Error('overloaded: the user said "secret"'), { status: 503 });

describe('a chain whose primary fails', () => {
  it('goes on, and says why and how long it took', async () => {
    const ask = chain('falls', {
      targets: [
        { name: 'gpt', type: 'primary', run: fails(down) },
        { name: 'claude', type: 'fallback', run: fails(Object.assign(new Error('slow'), { status: 429 })) },
        { name: 'rules', type: 'heuristic', run: () => 'rules' },
      ],
    });
    await expect(ask()).resolves.toBe('rules');
    const attributes = (name: string): object => recorded.span(name).attributes;
    expect(attributes('falls gpt')).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error',
      [ATTR_ERROR_TYPE]: '503',
    });
    expect(recorded.span('falls gpt').status.code).toBe(SpanStatusCode.ERROR);
    expect(attributes('falls claude')).toMatchObject({
      [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'error',
      [ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE]: '503',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error',
      [ATTR_ERROR_TYPE]: '429',
    });
    expect(attributes('falls rules')).toMatchObject({
      [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'rate_limit',
      [ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE]: '503',
      [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: expect.any(Number),
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
    });
    expect(attributes('falls rules')).not.toHaveProperty(ATTR_ERROR_TYPE);
    expect(attributes('falls rules')).not.toHaveProperty(ATTR_LLM_FALLBACK_EXERCISE_KIND);
    expect(attributes('falls')).toMatchObject({
      [ATTR_LLM_FALLBACK_CHAIN_ATTEMPTS]: 3,
      [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: 'served',
    });
  });

  it('throws the errors of all its rungs when none answers', async () => {
    const second = new TypeError('second');
    const ask = chain('exhausted', {
      targets: [
        { name: 'gpt', type: 'primary', run: fails(down) },
        {
          name: 'rules',
          type: 'heuristic',
          run: (): string => {
            throw second;
          },
        },
      ],
    });
    const thrown: unknown = await ask().catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(AggregateError);
    expect(thrown instanceof AggregateError && thrown.errors).toEqual([down, second]);
    expect(recorded.span('exhausted').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: 'exhausted',
      [ATTR_ERROR_TYPE]: 'exhausted',
    });
  });

  it('is unprotected where no rung may be tried, and passes over a rung that is not meant for the failure', async () => {
    const seen: unknown[] = [];
    const ask = chain('unprotected', {
      targets: [
        { name: 'gpt', type: 'primary', run: fails(down) },
        {
          name: 'claude',
          type: 'fallback',
          when: (error) => {
            seen.push(error);
            return false;
          },
          run: () => 'never',
        },
      ],
    });
    await expect(ask()).rejects.toThrow(AggregateError);
    expect(seen).toEqual([down]);
    expect(recorded.span('unprotected').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CHAIN_ATTEMPTS]: 1,
      [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: 'unprotected',
    });
  });

  it('passes over a rung whose when() throws, and keeps the error', async () => {
    const bug = new Error('bug');
    const ask = chain('when-throws', {
      targets: [
        { name: 'gpt', type: 'primary', run: fails(down) },
        {
          name: 'claude',
          type: 'fallback',
          when: () => {
            throw bug;
          },
          run: () => 'never',
        },
      ],
    });
    await expect(ask()).rejects.toMatchObject({ errors: [down, bug] });
  });

  it('goes on for low confidence where accept() turns an answer down', async () => {
    const ask = chain('accepts', {
      targets: [
        { name: 'gpt', type: 'primary', run: () => 'hm', accept: (value) => value.length > 5 },
        { name: 'rules', type: 'heuristic', run: () => 'rules' },
      ],
    });
    await expect(ask()).resolves.toBe('rules');
    expect(recorded.span('accepts gpt').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error',
      [ATTR_ERROR_TYPE]: 'low_confidence',
    });
    expect(recorded.span('accepts rules').attributes[ATTR_LLM_FALLBACK_TRIGGER_REASON]).toBe('low_confidence');
  });

  it('never puts what an error says on a span or into a message', async () => {
    const ask = chain('quiet', { targets: [{ name: 'gpt', type: 'primary', run: fails(down) }] });
    await ask().catch(() => {});
    const said = [
      ...recorded.spans.map(({ attributes, status, events }) => ({ attributes, status, events })),
      ...recorded.messages,
    ];
    expect(said.length).toBeGreaterThan(0);
    expect(JSON.stringify(said)).not.toContain('secret');
    expect(JSON.stringify(said)).not.toContain('overloaded');
  });
});

describe('a cache rung', () => {
  const ladder = (name: string, value: string | undefined) =>
    chain(name, {
      targets: [
        { name: 'gpt', type: 'primary', run: fails(down) },
        { name: 'cache', type: 'cache', run: () => cached(value, { age: 90, type: 'semantic' }) },
      ],
    });

  it('resolves to the cached value and says how old it is', async () => {
    await expect(ladder('cache-hit', 'kept')()).resolves.toBe('kept');
    expect(recorded.span('cache-hit cache').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'cache',
      [ATTR_LLM_FALLBACK_CACHE_AGE]: 90,
      [ATTR_LLM_FALLBACK_CACHE_TYPE]: 'semantic',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
    });
  });

  it('misses where the cache holds nothing, which is no failure, and the chain goes on', async () => {
    await expect(ladder('cache-miss', undefined)()).rejects.toThrow(AggregateError);
    const { attributes, status } = recorded.span('cache-miss cache');
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('miss');
    expect(attributes).not.toHaveProperty([ATTR_ERROR_TYPE]);
    expect(status.code).toBe(SpanStatusCode.UNSET);
  });

  it('leaves the reason of the target after it what it was before', async () => {
    const ask = chain('behind-cache', {
      targets: [
        { name: 'gpt', type: 'primary', run: fails(Object.assign(new Error('x'), { status: 429 })) },
        { name: 'first', type: 'cache', run: () => cached(undefined) },
        { name: 'second', type: 'cache', run: (): string | undefined => undefined },
        { name: 'rules', type: 'heuristic', run: (_, { error }) => (error as Error).name },
      ],
    });
    await expect(ask()).resolves.toBe('CacheMissError');
    for (const target of ['first', 'second', 'rules']) {
      expect(recorded.span(`behind-cache ${target}`).attributes).toMatchObject({
        [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'rate_limit',
        [ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE]: '429',
      });
    }
  });
});
