import { ATTR_ERROR_TYPE, ATTR_LLM_FALLBACK_CALL_OUTCOME, ATTR_LLM_FALLBACK_CHAIN_OUTCOME } from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RecordedSpans, recordSpans } from '../../../test/recorded-spans.ts';
import { activeAttempt } from '../call/scope.ts';
import type { AttemptScope, FinishedCall } from '../types/attempt.ts';
import { chain } from './chain.ts';

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => recorded.close());

const outcomes = (name: string): unknown => [
  recorded.span(`${name} gpt`).attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME],
  recorded.span(name).attributes[ATTR_LLM_FALLBACK_CHAIN_OUTCOME],
];

async function* numbers(until: number, error?: unknown): AsyncGenerator<number> {
  for (let n = 0; n < until; n += 1) yield n;
  if (error !== undefined) throw error;
}

async function read(stream: AsyncIterable<unknown>, atMost = Number.POSITIVE_INFINITY): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
    if (chunks.length >= atMost) break;
  }
  return chunks;
}

describe('a stream of a client that is not instrumented', () => {
  const streaming = <T>(name: string, stream: AsyncIterable<T>) =>
    chain(name, {
      targets: [
        { name: 'gpt', type: 'primary', run: () => stream },
        { name: 'rules', type: 'heuristic', run: () => 'never' as const },
      ],
    });

  it("is the client's own object, and its attempt ends when it is read", async () => {
    const stream = numbers(3);
    const result = await streaming('read', stream)();
    expect(result).toBe(stream);
    expect(recorded.spans.map(({ name }) => name)).not.toContain('read gpt');
    await expect(read(stream)).resolves.toEqual([0, 1, 2]);
    expect(outcomes('read')).toEqual(['success', 'served']);
  });

  it('is cancelled where reading stops early', async () => {
    const stream = numbers(3);
    await streaming('left', stream)();
    await read(stream, 1);
    expect(outcomes('left')).toEqual(['cancelled', 'cancelled']);
  });

  it('is complete where reading stops after the terminal reason', async () => {
    const chunks = [{ choices: [{ delta: {}, finish_reason: 'stop' }] }, { choices: [], usage: {} }];
    const stream = (async function* () {
      yield* chunks;
    })();
    await streaming('terminal', stream)();
    await read(stream, 1);
    expect(outcomes('terminal')).toEqual(['success', 'served']);
  });

  it('throws its own error to the reader, and nothing is tried after the first chunk', async () => {
    const error = Object.assign(new Error('cut'), { code: 'ECONNRESET' });
    const stream = numbers(2, error);
    await streaming('breaks', stream)();
    await expect(read(stream)).rejects.toBe(error);
    expect(outcomes('breaks')).toEqual(['error', 'unprotected']);
    expect(recorded.span('breaks gpt').attributes[ATTR_ERROR_TYPE]).toBe('ECONNRESET');
    expect(recorded.spans.map(({ name }) => name)).not.toContain('breaks rules');
  });

  it('is left alone where it can not be watched', async () => {
    const stream = Object.freeze({ [Symbol.asyncIterator]: () => numbers(1) });
    await expect(streaming('frozen', stream)()).resolves.toBe(stream);
    await expect(read(stream)).resolves.toEqual([0]);
    expect(recorded.spans.map(({ name }) => name)).not.toContain('frozen gpt');
  });

  it('is a web stream as well', async () => {
    const stream = ReadableStream.from([1, 2]);
    const result = await streaming('web', stream as AsyncIterable<number>)();
    expect(result).toBe(stream);
    await expect(read(stream as AsyncIterable<number>)).resolves.toEqual([1, 2]);
    expect(outcomes('web')).toEqual(['success', 'served']);
  });
});

describe('a stream of an instrumented client', () => {
  /** The stream, and the scope to which its call reports. */
  const instrumented = async (name: string, report: boolean): Promise<[AsyncGenerator<number>, AttemptScope]> => {
    const stream = numbers(2);
    const scopes: AttemptScope[] = [];
    const ask = chain(name, {
      targets: [
        {
          name: 'gpt',
          type: 'primary',
          run: () => {
            const scope = activeAttempt();
            if (scope !== undefined) scopes.push(scope);
            if (report) scope?.onStart();
            return stream;
          },
        },
      ],
    });
    await ask();
    const [scope] = scopes;
    if (scope === undefined) throw new Error('no scope');
    return [stream, scope];
  };

  it.each([
    { call: { outcome: 'success' as const }, ended: ['success', 'served'] },
    { call: { outcome: 'cancelled' as const, aborted: 'cancelled' as const }, ended: ['cancelled', 'cancelled'] },
    {
      call: { outcome: 'timeout' as const, aborted: 'timeout' as const, error: new Error('x') },
      ended: ['timeout', 'unprotected'],
    },
    {
      call: { outcome: 'error' as const, error: Object.assign(new Error('x'), { status: 500 }) },
      ended: ['error', 'unprotected'],
    },
    { call: { outcome: 'refused' as const }, ended: ['refused', 'served'] },
    { call: { outcome: 'truncated' as const }, ended: ['truncated', 'served'] },
    { call: { outcome: 'unknown' as const }, ended: ['unknown', 'served'] },
    { call: {}, ended: ['unknown', 'served'] },
  ])('ends as its call says: $ended', async ({ call, ended }) => {
    const [stream, scope] = await instrumented('tells', true);
    await read(stream);
    expect(recorded.spans.map(({ name }) => name)).not.toContain('tells gpt');
    scope.onCall({ attributes: {}, endTime: 0, ...call });
    expect(outcomes('tells')).toEqual(ended);
  });

  it('waits for a call that begins only when the stream is read', async () => {
    const [stream, scope] = await instrumented('lazy', false);
    scope.onStart();
    await read(stream);
    expect(recorded.spans.map(({ name }) => name)).not.toContain('lazy gpt');
    scope.onCall({ attributes: {}, outcome: 'truncated', endTime: 0 });
    expect(outcomes('lazy')).toEqual(['truncated', 'served']);
  });
});

describe("a chain's stream decides how its run ended, whenever the targets before it end", () => {
  /** A primary that is given up and ignores it; the fallback's stream; and what lets the primary's call end. */
  const late = async (name: string, error?: Error) => {
    let end = (_report: Partial<FinishedCall>): void => {};
    const stream = numbers(2, error);
    const ask = chain(name, {
      targets: [
        {
          name: 'slow',
          type: 'primary',
          timeout: 5,
          run: () => {
            const scope = activeAttempt();
            scope?.onStart();
            end = (report) => scope?.onCall({ attributes: {}, endTime: 0, ...report });
            return new Promise<AsyncGenerator<number>>(() => {});
          },
        },
        { name: 'gpt', type: 'fallback', run: () => stream },
      ],
    });
    await ask();
    return { stream, end };
  };

  it('is served though the primary fails after the stream has ended', async () => {
    const { stream, end } = await late('late failure');
    await read(stream);
    end({ outcome: 'error', error: new Error('late') });
    expect(outcomes('late failure')).toEqual(['success', 'served']);
    expect(recorded.span('late failure').endTime).toEqual(recorded.span('late failure gpt').endTime);
  });

  it('is exhausted though the primary answers after the stream broke', async () => {
    const { stream, end } = await late('late answer', new Error('cut'));
    await expect(read(stream)).rejects.toThrow('cut');
    end({ outcome: 'success' });
    expect(outcomes('late answer')).toEqual(['error', 'exhausted']);
  });
});

describe("a stream of a provider's client that is not instrumented", () => {
  const part = (finish_reason: string | null) => ({ choices: [{ index: 0, delta: { content: 'x' }, finish_reason }] });

  it.each([
    { ends: 'stop', ended: ['success', 'served'] },
    { ends: 'SAFETY', ended: ['refused', 'served'] },
    { ends: 'tired', ended: ['unknown', 'served'] },
    { ends: 'error', ended: ['error', 'unprotected'] },
    { ends: null, ended: ['error', 'unprotected'] },
  ])('that ends with $ends is read as its client reads it', async ({ ends, ended }) => {
    const stream = (async function* () {
      // Azure begins with a chunk that says nothing.
      yield* [{ choices: [] }, part(null), part(ends)];
    })();
    await chain('unpatched', { targets: [{ name: 'gpt', type: 'primary', run: () => stream }] })();
    await read(stream);
    expect(outcomes('unpatched')).toEqual(ended);
  });

  it('is known by its first chunks: a stream of its own may hold anything', async () => {
    const stream = (async function* () {
      yield* [1, 2, 3, 4, part(null)];
    })();
    await chain('own', { targets: [{ name: 'gpt', type: 'primary', run: () => stream }] })();
    await read(stream);
    expect(outcomes('own')).toEqual(['success', 'served']);
  });
});
