import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
} from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RecordedSpans, recordSpans } from '../../../test/recorded-spans.ts';
import { activeAttempt } from '../call/scope.ts';
import { withDrill } from '../drill/drill.ts';
import type { FinishedCall } from '../types/attempt.ts';
import { chain } from './chain.ts';
import { withRoute } from './with-route.ts';

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => recorded.close());

const down = Object.assign(new Error('overloaded'), { status: 503 });

/** What an instrumented client does inside a rung. */
function call(report: Partial<FinishedCall> = {}): string {
  const scope = activeAttempt();
  scope?.onStart();
  scope?.onCall({ attributes: {}, outcome: 'success', endTime: 0, ...report });
  return 'called';
}

describe('runs side by side and inside one another', () => {
  it('keeps concurrent runs apart', async () => {
    const ask = chain('concurrent', {
      targets: [
        {
          name: 'gpt',
          type: 'primary',
          run: async (id: number) => {
            await Promise.resolve();
            if (id % 2 === 0) throw down;
            call({ attributes: { [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: id } });
            return id;
          },
        },
        { name: 'rules', type: 'heuristic', run: (id) => -id },
      ],
    });
    const results = await Promise.all(Array.from({ length: 20 }, (_, id) => ask(id)));
    expect(results).toEqual(Array.from({ length: 20 }, (_, id) => (id % 2 === 0 ? -id : id)));
    const tokens = recorded.spans.flatMap(({ attributes }) => attributes[ATTR_GEN_AI_USAGE_INPUT_TOKENS] ?? []);
    expect(tokens.toSorted((a, b) => Number(a) - Number(b))).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
  });

  it('gives the calls of a nested chain to the nested attempt alone', async () => {
    const report = { attributes: { [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 5 } };
    const inner = chain('inner', { targets: [{ name: 'a', type: 'primary', run: () => call(report) }] });
    const outer = chain('outer', { targets: [{ name: 'b', type: 'primary', run: () => inner() }] });
    await outer();
    expect(recorded.span('inner a').attributes[ATTR_GEN_AI_USAGE_INPUT_TOKENS]).toBe(5);
    expect(recorded.span('outer b').attributes).not.toHaveProperty(ATTR_GEN_AI_USAGE_INPUT_TOKENS);
    expect(recorded.span('inner').parentSpanContext?.spanId).toBe(recorded.span('outer b').spanContext().spanId);
  });

  it('names the attempt to the calls inside, of nested chains the nested one, with an SDK and without', async () => {
    const seen: (string | undefined)[] = [];
    const note = () => seen.push(activeAttempt()?.spanId);
    const inner = chain('in', { targets: [{ name: 'a', type: 'primary', run: note }] });
    const outer = chain('out', { targets: [{ name: 'b', type: 'primary', run: () => [note(), inner()] }] });
    await outer();
    expect(seen).toEqual(['out b', 'in a'].map((name) => recorded.span(name).spanContext().spanId));
    recorded.close();
    recorded = recordSpans({ sdk: false });
    await outer();
    const [, , first, second] = seen;
    expect([first, second]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), expect.stringMatching(/^[0-9a-f]{16}$/)]);
    expect(first).not.toBe(second);
    withRoute({ type: 'fallback' }, note);
    expect(seen.at(-1)).toBeUndefined();
  });

  it('leaves no scope behind', async () => {
    await chain('scope', { targets: [{ name: 'a', type: 'primary', run: () => 1 }] })();
    expect(activeAttempt()).toBeUndefined();
  });
});

describe('a drill', () => {
  const ask = chain('drilled', {
    targets: [
      { name: 'gpt', type: 'primary', run: () => 'primary' },
      {
        name: 'claude',
        type: 'fallback',
        run: () => 'fallback',
        when: (error) => Reflect.get(Object(error), 'status') === 503,
      },
    ],
  });

  it('makes the primary fail for the runs inside and tags their attempts', async () => {
    await expect(withDrill({ chain: 'drilled', fault: 'unavailable' }, () => ask())).resolves.toBe('fallback');
    expect(recorded.span('drilled gpt').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error',
      [ATTR_ERROR_TYPE]: 'drill',
    });
    expect(recorded.span('drilled claude').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill',
      [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'drill',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
    });
  });

  it('is exhausted where the only fallback fails', async () => {
    const alone = chain('drilled alone', {
      targets: [
        { name: 'gpt', type: 'primary', run: () => 'primary' },
        { name: 'claude', type: 'fallback', run: () => Promise.reject<string>(down) },
      ],
    });
    await withDrill({ chain: 'drilled alone', fault: 'unavailable' }, () => alone()).catch(() => {});
    expect(recorded.span('drilled alone').attributes[ATTR_LLM_FALLBACK_CHAIN_OUTCOME]).toBe('exhausted');
  });

  it('touches neither other chains nor later runs', async () => {
    await expect(withDrill({ chain: 'another', fault: 'unavailable' }, () => ask())).resolves.toBe('primary');
    await expect(ask()).resolves.toBe('primary');
  });
});
