import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace';
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_ATTEMPTS,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
} from '@warmspare/semconv';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RecordedSpans, recordSpans, remoteParent } from '../../../test/recorded-spans.ts';
import { activeAttempt } from '../call/scope.ts';
import type { FinishedCall } from '../types/attempt.ts';
import { chain } from './chain.ts';

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => recorded.close());

const fails = (error: unknown) => (): Promise<string> => Promise.reject(error);
const down = Object.assign(new Error('overloaded: the user said "secret"'), { status: 503 });

/** What an instrumented client does inside a rung. */
function call(report: Partial<FinishedCall> = {}): string {
  const scope = activeAttempt();
  scope?.onStart();
  scope?.onCall({ attributes: {}, outcome: 'success', endTime: 0, ...report });
  return 'called';
}

describe('a chain whose primary answers', () => {
  it('resolves to what the rung did, untouched, and records one run and one attempt', async () => {
    const answer = { free: 'form' };
    const summarize = chain('served', {
      targets: [
        { name: 'gpt', type: 'primary', run: (input: { id: number }) => Promise.resolve({ answer, id: input.id }) },
        { name: 'rules', type: 'heuristic', run: () => 'rules' },
      ],
    });
    recorded.reset();

    const result = await summarize({ id: 7 });

    expect(result).toEqual({ answer, id: 7 });
    expect(typeof result === 'string' ? undefined : result.answer).toBe(answer);
    expect(recorded.spans.map(({ name }) => name)).toEqual(['served gpt', 'served']);
    const attempt = recorded.span('served gpt');
    const run = recorded.span('served');
    expect(attempt.kind).toBe(SpanKind.INTERNAL);
    expect(attempt.parentSpanContext?.spanId).toBe(run.spanContext().spanId);
    expect(attempt.attributes).toEqual({
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'served',
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt', 'rules'],
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'heuristic'],
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'gpt',
      [ATTR_LLM_FALLBACK_TARGET_RANK]: 0,
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'primary',
      [ATTR_LLM_FALLBACK_ROUTE_SOURCE]: 'explicit',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
    });
    expect(run.attributes).toEqual({
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'served',
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt', 'rules'],
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'heuristic'],
      [ATTR_LLM_FALLBACK_CHAIN_ATTEMPTS]: 1,
      [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: 'served',
    });
    expect(run.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('says on the channel what its spans say, under their ids', async () => {
    const summarize = chain('channel', { targets: [{ name: 'gpt', type: 'primary', run: () => 'x' }] });
    recorded.reset();
    await summarize();
    for (const span of recorded.spans) {
      const message = recorded.message(span.name);
      expect(message.attributes).toEqual(span.attributes);
      const { traceId, spanId, traceFlags } = span.spanContext();
      expect(message.spanContext).toEqual({ traceId, spanId, traceFlags });
    }
    expect(recorded.messages).toHaveLength(2);
  });

  it('sums tokens and cost of the calls inside, and names the newest model, but no operation', async () => {
    const usage = (tokens: number, amount: number, model: string): Partial<FinishedCall> => ({
      attributes: {
        [ATTR_GEN_AI_OPERATION_NAME]: 'chat',
        [ATTR_GEN_AI_REQUEST_MODEL]: model,
        [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: tokens,
        [ATTR_LLM_FALLBACK_COST_AMOUNT]: amount,
        [ATTR_LLM_FALLBACK_COST_CURRENCY]: 'USD',
      },
    });
    const twice = chain('sums', {
      targets: [{ name: 'gpt', type: 'primary', run: () => [call(usage(3, 0.5, 'a')), call(usage(4, 0.25, 'b'))] }],
    });
    await twice();
    expect(recorded.span('sums gpt').attributes).toMatchObject({
      [ATTR_GEN_AI_REQUEST_MODEL]: 'b',
      [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 7,
      [ATTR_LLM_FALLBACK_COST_AMOUNT]: 0.75,
      [ATTR_LLM_FALLBACK_COST_CURRENCY]: 'USD',
    });
    expect(recorded.span('sums gpt').attributes).not.toHaveProperty(ATTR_GEN_AI_OPERATION_NAME);
  });

  it.each([{ outcome: 'refused' as const }, { outcome: 'truncated' as const }])(
    'hands on an answer that was $outcome, but is no success',
    async ({ outcome }) => {
      const ask = chain(`answer-${outcome}`, {
        targets: [{ name: 'gpt', type: 'primary', run: () => call({ outcome }) }],
      });
      await expect(ask()).resolves.toBe('called');
      expect(recorded.span(`answer-${outcome} gpt`).attributes).toMatchObject({
        [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
        [ATTR_ERROR_TYPE]: outcome,
      });
      expect(recorded.span(`answer-${outcome}`).attributes[ATTR_LLM_FALLBACK_CHAIN_OUTCOME]).toBe('served');
    },
  );
});

describe('without an SDK, or with one that samples nothing', () => {
  it.each([{ sdk: false }, { sampler: new AlwaysOffSampler() }])(
    'still reports on the channel: %o',
    async (options) => {
      recorded.close();
      recorded = recordSpans(options);
      const ask = chain('unsampled', {
        targets: [
          { name: 'gpt', type: 'primary', run: fails(down) },
          {
            name: 'rules',
            type: 'heuristic',
            run: () => call({ attributes: { [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 2 } }),
          },
        ],
      });
      await expect(ask()).resolves.toBe('called');
      expect(recorded.spans).toEqual([]);
      expect(recorded.message('unsampled gpt').attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('error');
      expect(recorded.message('unsampled rules').attributes).toMatchObject({
        [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
        [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 2,
      });
      expect(recorded.message('unsampled').attributes[ATTR_LLM_FALLBACK_CHAIN_OUTCOME]).toBe('served');
    },
  );

  it('does not take the ids of a remote parent for its own', async () => {
    recorded.close();
    recorded = recordSpans();
    const { trace } = await import('@opentelemetry/api');
    trace.disable();
    const ask = chain('no-sdk', { targets: [{ name: 'gpt', type: 'primary', run: () => 'x' }] });
    await context.with(remoteParent(ROOT_CONTEXT), () => ask());
    expect(recorded.message('no-sdk gpt')).not.toHaveProperty('spanContext');
    expect(recorded.message('no-sdk')).not.toHaveProperty('spanContext');
  });
});

describe('a declaration that is no chain', () => {
  const run = (): string => 'x';
  it.each([
    { targets: [], says: 'at least one target' },
    { targets: [{ name: 'a', type: 'fallback', run }], says: 'first target' },
    {
      targets: [
        { name: 'a', type: 'primary', run },
        { name: 'a', type: 'cache', run },
      ],
      says: 'two targets',
    },
    {
      targets: [
        { name: 'a', type: 'primary', run },
        { name: 'b', type: 'primary', run },
      ],
      says: 'only the first',
    },
  ] as const)('is refused at once: $says', ({ targets, says }) => {
    expect(() => chain<void, string>('wrong', { targets })).toThrow(says);
  });
});

it('makes exactly one attempt a rung tried, one success where it serves, whatever the rungs do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), async (answers) => {
      const targets = answers.map((answers, rank) => ({
        name: `t${rank}`,
        type: rank === 0 ? ('primary' as const) : ('fallback' as const),
        run: answers ? () => 'ok' : fails(down),
      }));
      const ask = chain('any', { targets });
      recorded.reset();
      const result = await ask().catch((error: unknown) => error);
      const served = answers.indexOf(true);
      const outcomes = recorded.spans.flatMap(({ attributes }) => attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME] ?? []);
      expect(result === 'ok').toBe(served >= 0);
      expect(outcomes).toEqual(
        served >= 0 ? [...Array(served).fill('error'), 'success'] : Array(answers.length).fill('error'),
      );
      expect(recorded.messages.map(({ name }) => name)).toEqual(recorded.spans.map(({ name }) => name));
    }),
  );
});
