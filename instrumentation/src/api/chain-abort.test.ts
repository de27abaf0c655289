import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
} from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type RecordedSpans, recordSpans } from '../../../test/recorded-spans.ts';
import { activeAttempt } from '../call/scope.ts';
import { chain } from './chain.ts';

let recorded: RecordedSpans;
beforeEach(() => {
  vi.useFakeTimers();
  recorded = recordSpans();
});
afterEach(() => {
  recorded.close();
  vi.useRealTimers();
});

/** A call that answers never, and throws what its signal says. */
const hang = (_: unknown, { signal }: { readonly signal: AbortSignal | undefined }): Promise<string> =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

describe('the caller gives up', () => {
  it('is cancelled, tries no further rung and rejects with the reason', async () => {
    const next = vi.fn(() => 'rules');
    const ask = chain('aborted', {
      targets: [
        { name: 'gpt', type: 'primary', run: hang },
        { name: 'rules', type: 'heuristic', run: next },
      ],
    });
    const controller = new AbortController();
    const run = ask(undefined, { signal: controller.signal });
    controller.abort();
    await expect(run).rejects.toBe(controller.signal.reason);
    expect(next).not.toHaveBeenCalled();
    expect(recorded.span('aborted gpt').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'cancelled',
      [ATTR_ERROR_TYPE]: 'AbortError',
    });
    expect(recorded.span('aborted').attributes[ATTR_LLM_FALLBACK_CHAIN_OUTCOME]).toBe('cancelled');
  });

  it('rejects at once where a rung ignores the signal', async () => {
    const ask = chain('deaf', {
      targets: [{ name: 'gpt', type: 'primary', run: () => new Promise<string>(() => {}) }],
    });
    const controller = new AbortController();
    const run = ask(undefined, { signal: controller.signal });
    controller.abort('enough');
    await expect(run).rejects.toBe('enough');
  });

  it('tries nothing where the signal was aborted before', async () => {
    const run = vi.fn(() => 'x');
    const ask = chain('before', { targets: [{ name: 'gpt', type: 'primary', run }] });
    await expect(ask(undefined, { signal: AbortSignal.abort('no') })).rejects.toBe('no');
    expect(run).not.toHaveBeenCalled();
    expect(recorded.span('before').attributes[ATTR_LLM_FALLBACK_CHAIN_OUTCOME]).toBe('cancelled');
  });

  it('is a timeout where the signal was one, and the chain was unprotected', async () => {
    const ask = chain('late', {
      targets: [
        { name: 'gpt', type: 'primary', run: hang },
        { name: 'rules', type: 'heuristic', run: () => 'rules' },
      ],
    });
    const controller = new AbortController();
    const run = ask(undefined, { signal: controller.signal });
    controller.abort(new DOMException('late', 'TimeoutError'));
    await expect(run).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(recorded.span('late gpt').attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('timeout');
    expect(recorded.span('late').attributes[ATTR_LLM_FALLBACK_CHAIN_OUTCOME]).toBe('unprotected');
  });

  it('stops at an abort by a signal of the rung itself', async () => {
    class APIUserAbortError extends Error {}
    const next = vi.fn(() => 'rules');
    const ask = chain('own-signal', {
      targets: [
        { name: 'gpt', type: 'primary', run: (): Promise<string> => Promise.reject(new APIUserAbortError()) },
        { name: 'rules', type: 'heuristic', run: next },
      ],
    });
    await expect(ask()).rejects.toBeInstanceOf(APIUserAbortError);
    expect(next).not.toHaveBeenCalled();
    expect(recorded.span('own-signal gpt').attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('cancelled');
  });

  it('goes on where the call says that the abort was a timeout', async () => {
    class APIUserAbortError extends Error {}
    const ask = chain('own-timeout', {
      targets: [
        {
          name: 'gpt',
          type: 'primary',
          run: (): string => {
            const scope = activeAttempt();
            const error = new APIUserAbortError();
            scope?.onStart();
            scope?.onCall({ attributes: {}, error, aborted: 'timeout', endTime: 0 });
            throw error;
          },
        },
        { name: 'rules', type: 'heuristic', run: () => 'rules' },
      ],
    });
    await expect(ask()).resolves.toBe('rules');
    expect(recorded.span('own-timeout gpt').attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('timeout');
  });
});

describe("a rung's timeout", () => {
  it('gives the rung up, aborts its call and goes on', async () => {
    const seen: (AbortSignal | undefined)[] = [];
    const ask = chain('times-out', {
      targets: [
        {
          name: 'gpt',
          type: 'primary',
          timeout: 2_000,
          run: (_: unknown, { signal }) => {
            seen.push(signal);
            return new Promise<string>(() => {});
          },
        },
        { name: 'rules', type: 'heuristic', run: () => 'rules' },
      ],
    });
    const run = ask();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(recorded.spans.map(({ name }) => name)).not.toContain('times-out gpt');
    await vi.advanceTimersByTimeAsync(1);
    await expect(run).resolves.toBe('rules');
    expect(seen[0]?.reason).toMatchObject({ name: 'TimeoutError' });
    expect(recorded.span('times-out gpt').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'timeout',
      [ATTR_ERROR_TYPE]: 'TimeoutError',
    });
    expect(recorded.span('times-out rules').attributes[ATTR_LLM_FALLBACK_TRIGGER_REASON]).toBe('timeout');
  });

  it('leaves no timer running once the rung has answered', async () => {
    const ask = chain('in-time', { targets: [{ name: 'gpt', type: 'primary', timeout: 2_000, run: () => 'x' }] });
    const before = vi.getTimerCount();
    await ask();
    expect(vi.getTimerCount()).toBe(before);
  });

  it('waits a moment for the calls that a given-up rung left behind, and no longer', async () => {
    const ask = chain('left-behind', {
      targets: [
        {
          name: 'gpt',
          type: 'primary',
          run: (): string => {
            activeAttempt()?.onStart();
            throw new Error('left');
          },
        },
      ],
    });
    await ask().catch(() => {});
    expect(recorded.spans.map(({ name }) => name)).not.toContain('left-behind gpt');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(recorded.span('left-behind gpt').attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('error');
    expect(recorded.span('left-behind').attributes[ATTR_LLM_FALLBACK_CHAIN_OUTCOME]).toBe('unprotected');
  });

  it.each([
    ['accept()', { run: (): string => 'x', accept: () => new Promise<boolean>(() => {}) }, undefined],
    ['the schema check', { run: (): string => 'x' }, z.string().refine(() => new Promise<boolean>(() => {}))],
  ])('covers %s', async (name, rung, schema) => {
    const targets = [
      { name: 'gpt', type: 'primary' as const, timeout: 2_000, ...rung },
      { name: 'rules', type: 'heuristic' as const, run: () => 'rules' },
    ];
    const ask =
      schema === undefined
        ? chain(`covers ${name}`, { targets })
        : chain(`covers ${name}`, { schema: z.union([z.literal('rules'), schema]), targets });
    const running = ask();
    await vi.advanceTimersByTimeAsync(2_000);
    await expect(running).resolves.toBe('rules');
    expect(recorded.span(`covers ${name} gpt`).attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('timeout');
  });

  it('covers when(): a rung that cannot decide in time is passed over', async () => {
    const ask = chain('undecided', {
      targets: [
        {
          name: 'gpt',
          type: 'primary',
          run: (): string => {
            throw new Error('down');
          },
        },
        {
          name: 'slow',
          type: 'fallback',
          timeout: 2_000,
          when: () => new Promise<boolean>(() => {}),
          run: () => 'slow',
        },
        { name: 'never', type: 'fallback', when: () => Promise.resolve(false), run: () => 'never' },
        { name: 'rules', type: 'heuristic', when: () => Promise.resolve(true), run: () => 'rules' },
      ],
    });
    const running = ask();
    await vi.advanceTimersByTimeAsync(2_000);
    await expect(running).resolves.toBe('rules');
    expect(recorded.spans.map(({ name }) => name)).not.toContain('undecided slow');
  });

  it('of the caller ends a run that waits for when()', async () => {
    const controller = new AbortController();
    const ask = chain('left waiting', {
      targets: [
        {
          name: 'gpt',
          type: 'primary',
          run: (): string => {
            throw new Error('down');
          },
        },
        { name: 'slow', type: 'fallback', when: () => new Promise<boolean>(() => {}), run: () => 'slow' },
      ],
    });
    const running = ask(undefined, { signal: controller.signal });
    await vi.advanceTimersByTimeAsync(1);
    controller.abort();
    await expect(running).rejects.toBe(controller.signal.reason);
  });

  it('or none: a stream that is kept and never read ends its run after an hour, and proves nothing', async () => {
    const stream = (async function* () {
      yield 1;
    })();
    await chain('kept', { targets: [{ name: 'gpt', type: 'primary', run: () => stream }] })();
    await vi.advanceTimersByTimeAsync(3_599_999);
    expect(recorded.spans.map(({ name }) => name)).not.toContain('kept');
    await vi.advanceTimersByTimeAsync(1);
    expect(recorded.span('kept gpt').attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('unknown');
    expect(recorded.span('kept').attributes[ATTR_LLM_FALLBACK_CHAIN_OUTCOME]).toBeDefined();
    expect(stream).toBeDefined();
  });

  it.each([0, -1, Number.NaN, Number.NEGATIVE_INFINITY, '5' as never])(
    'of %s is refused when the chain is defined',
    (timeout) => {
      const define = () => chain('wrong', { targets: [{ name: 'gpt', type: 'primary', timeout, run: () => 'x' }] });
      expect(define).toThrow(TypeError);
      expect(define).toThrow(/chain "wrong": the timeout of "gpt" must be a number of milliseconds above 0/);
    },
  );

  it.each([Number.POSITIVE_INFINITY, 1e12])('of %s waits for as long as it takes', async (timeout) => {
    const ask = chain('patient', {
      targets: [
        {
          name: 'gpt',
          type: 'primary',
          timeout,
          run: () => new Promise<string>((resolve) => setTimeout(resolve, 3_600_000, 'late')),
        },
      ],
    });
    const run = ask();
    await vi.advanceTimersByTimeAsync(3_600_000);
    await expect(run).resolves.toBe('late');
  });

  it('of the caller before anything was tried cancels the run: nothing failed', async () => {
    const ask = chain('too late', { targets: [{ name: 'gpt', type: 'primary', run: () => 'x' }] });
    const signal = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    await expect(ask(undefined, { signal })).rejects.toBe(signal.reason);
    expect(recorded.span('too late').attributes[ATTR_LLM_FALLBACK_CHAIN_OUTCOME]).toBe('cancelled');
  });
});
