/** What is inferred depends on what was sent, not on how; and no input makes the window of traces grow without bound. */
import { METRIC_LLM_FALLBACK_CALLS } from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLAIN } from '../normalise/dialects/job-reader.ts';
import { start, T0, type World } from '../testdata/world.ts';
import type { BufferedCall, BufferedSpan } from './buffered-call.ts';
import { CALM_WAIT, createTraceWindow, FAILED_WAIT } from './trace-window.ts';

type SpanFacts = Parameters<World['send']>[1];

const id = (from: number, digits: number): string => (from + 1).toString(16).padStart(digits, '0');

/** Spans around calls, by what stands for their ids in a story: a span says the same however often it comes. */
const AROUND: readonly (Pick<SpanFacts, 'attributes' | 'kind'> & { readonly parent: number })[] = [
  { parent: 2, attributes: {} },
  { parent: 3, attributes: { 'ai.operationId': 'ai.generateText' } },
  { parent: 3, attributes: {} },
  { parent: 4, attributes: {}, kind: 2 },
];

const maybe = <T>(...values: readonly T[]): fc.Arbitrary<T | undefined> =>
  fc.constantFrom<T | undefined>(undefined, undefined, ...values);

/** Few values, so that calls meet: two traces, what stands around their calls, three models, and what tells jobs apart. */
const story = fc.array(
  fc.record({
    trace: fc.nat(1),
    parent: fc.nat(3),
    model: fc.constantFrom('gpt-5', 'gpt-5-2025-08-07', 'claude', 'o3'),
    from: fc.nat(6),
    takes: fc.integer({ min: 1, max: 3 }),
    status: fc.constantFrom(0, 2),
    around: fc.constantFrom(false, false, false, true),
    said: fc.record(
      {
        'llm_fallback.prompt.fingerprint': maybe('a', 'b'),
        'ai.telemetry.functionId': maybe('title', 'answer'),
        'server.address': maybe('eu.example', 'us.example'),
        'litellm.model_group': maybe('one', 'two'),
        'litellm.call_id': maybe('r1'),
      },
      { requiredKeys: [] },
    ),
  }),
  { minLength: 1, maxLength: 10 },
);

type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

/** `violated`: the span around calls says that an answer did not fit. */
function spansOf(calls: Story, violated: boolean): readonly SpanFacts[] {
  return calls.map(({ trace, parent, model, from, takes, status, around, said }, index) => {
    const { parent: above = 4, ...facts } = AROUND[parent] ?? { attributes: {} };
    const times = { startTime: T0 + from * 1000, endTime: T0 + (from + takes) * 1000 };
    const attributes = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
    const place = { traceId: id(trace, 32), parentId: id(around ? above : parent, 16) };
    if (!around) {
      const call = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': model, ...attributes };
      return {
        ...place,
        ...times,
        spanId: id(100 + index, 16),
        statusCode: status,
        attributes: call as SpanFacts['attributes'],
      };
    }
    const exception = violated ? { exceptionType: 'AI_NoObjectGeneratedError' } : {};
    return { ...place, startTime: T0, endTime: T0 + 9000, spanId: id(parent, 16), ...facts, ...exception };
  });
}

async function inferred(batches: readonly (readonly SpanFacts[])[]): Promise<unknown> {
  const world = await start();
  for (const batch of batches) await world.send(T0 + 20_000, ...batch);
  await world.rest();
  const calls = world.points(METRIC_LLM_FALLBACK_CALLS).map((point) => JSON.stringify(point));
  const { targets, chains, unassigned } = world.snapshot();
  const listed = unassigned.map((each) => JSON.stringify(each));
  return { targets, chains, calls: calls.sort(), listed: listed.sort() };
}

describe('the trace window', () => {
  it('infers the same, however the spans are ordered, repeated and split', async () => {
    await fc.assert(
      fc.asyncProperty(
        story.chain((calls) => {
          const indices = calls.map((_, index) => index);
          return fc.record({
            calls: fc.constant(calls),
            violated: fc.boolean(),
            order: fc.shuffledSubarray(indices, { minLength: indices.length, maxLength: indices.length }),
            again: fc.array(fc.nat(calls.length - 1), { maxLength: 4 }),
            size: fc.integer({ min: 1, max: 4 }),
          });
        }),
        async ({ calls, violated, order, again, size }) => {
          const spans = spansOf(calls, violated);
          const sent = [...order, ...again].flatMap((index) => spans[index] ?? []);
          const batches = Array.from({ length: Math.ceil(sent.length / size) }, (_, index) =>
            sent.slice(index * size, (index + 1) * size),
          );
          expect(await inferred(batches)).toEqual(await inferred([spans]));
        },
      ),
      { numRuns: 200 },
    );
  });

  const kept = (trace: number, span: number, outcome: BufferedCall['outcome'], held = false): BufferedCall => ({
    kind: 'call',
    traceKey: trace,
    traceId: id(trace, 32),
    spanId: id(span, 16),
    parentId: 'a'.repeat(16),
    call: { kind: 'call', startTime: span, endTime: span + 1 } as BufferedCall['call'],
    outcome,
    at: span,
    proves: true,
    own: undefined,
    job: 'chat',
    sites: {},
    run: undefined,
    isRequest: false,
    group: undefined,
    outputType: undefined,
    address: undefined,
    port: undefined,
    isTry: false,
    isHeld: false,
    tryRank: undefined,
    isAboveOwn: false,
    isRelated: false,
    declared: undefined,
    state: held ? 'waiting' : 'listed',
  });

  const around = (trace: number, span: number): BufferedSpan => ({
    kind: 'holder',
    traceKey: trace,
    traceId: id(trace, 32),
    spanId: id(span, 16),
    parentId: '',
    around: PLAIN,
    violated: false,
    startTime: span,
    failed: undefined,
    declared: undefined,
    isBetween: false,
  });

  const callsDue = (window: ReturnType<typeof createTraceWindow>, now: number): number[] =>
    window.prepare([], now).due.map(({ calls }) => calls.length);

  it('hands every held call on once, with nothing of other traces, drops no call that it hands on, and keeps within its bounds, whatever comes', () => {
    const step = fc.record({
      waits: fc.constantFrom(0, 1, CALM_WAIT, FAILED_WAIT),
      calls: fc.array(fc.tuple(fc.nat(12), fc.constantFrom('success' as const, 'error' as const), fc.boolean()), {
        maxLength: 20,
      }),
      holders: fc.array(fc.nat(12), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const dropped: BufferedSpan[] = [];
        const window = createTraceWindow({ spans: 16, spansPerTrace: 4 }, (calls) => dropped.push(...calls));
        const handed: BufferedSpan[] = [];
        const held: BufferedSpan[] = [];
        let now = T0;
        let span = 0;
        const commit = (joining: readonly BufferedSpan[]): void => {
          const { due, apply } = window.prepare(joining, now);
          handed.push(...due.flatMap(({ calls }) => calls));
          for (const { calls, holders } of due) {
            expect(new Set([...calls, ...holders].map(({ traceKey }) => traceKey)).size).toBe(1);
          }
          apply();
        };
        for (const { waits, calls, holders } of steps) {
          now += waits;
          const joining = calls.map(([trace, outcome, wants]) =>
            kept(trace, span++, outcome, wants && outcome === 'error'),
          );
          held.push(...joining.filter((each) => each.kind === 'call' && each.state === 'waiting'));
          commit([...joining, ...holders.map((trace) => around(trace, span++))]);
          expect(window.size).toBeLessThanOrEqual(16);
        }
        window.drain();
        while (window.isDue(now)) commit([]);
        expect(window.size).toBe(0);
        // What is dropped is used for another call: it is dropped once, and nobody else has it.
        const gone = [...handed, ...dropped];
        expect(new Set(gone).size).toBe(gone.length);
        for (const each of held) expect(handed).toContain(each);
      }),
    );
  });

  it('counts the calls that had to go before their time', () => {
    const window = createTraceWindow({ spans: 2, spansPerTrace: 2 });
    window.prepare([kept(0, 0, 'success'), kept(1, 1, 'error'), kept(2, 2, 'error')], T0).apply();
    expect([window.size, window.evicted]).toEqual([2, 1]);
    // Nothing of them can show a fallback.
    expect(window.isDue(T0)).toBe(false);
    window.prepare([kept(2, 3, 'error'), kept(2, 4, 'error')], T0).apply();
    expect([window.size, window.evicted]).toEqual([2, 3]);
  });

  it('judges a call that finds no room in its trace only where its count waits for that', () => {
    for (const held of [false, true]) {
      const window = createTraceWindow({ spans: 9, spansPerTrace: 1 });
      window.prepare([kept(0, 0, 'error'), kept(0, 1, 'error', held)], T0).apply();
      expect([window.evicted, window.isDue(T0), callsDue(window, T0)]).toEqual([1, held, held ? [1] : []]);
    }
  });

  it('keeps a trace in the place of one that was dropped long ago as whole as any', () => {
    const window = createTraceWindow();
    window.prepare([kept(0, 0, 'success')], T0).apply();
    window.prepare([], T0 + CALM_WAIT).apply();
    const later = T0 + 11 * 60_000;
    window.prepare([kept(1, 1, 'error')], later).apply();
    window.prepare([kept(1, 2, 'success')], later + 1).apply();
    expect(callsDue(window, later + 1 + CALM_WAIT)).toEqual([2]);
  });

  it('takes a failure and a success that ended at one time for a trace that ended well, whichever came first', () => {
    const ended = (span: number, outcome: 'success' | 'error'): BufferedSpan => ({
      ...kept(0, span, outcome),
      call: { kind: 'call', startTime: 0, endTime: 5 } as BufferedCall['call'],
    });
    const both = [ended(0, 'error'), ended(1, 'success')];
    for (const joining of [both, both.toReversed()]) {
      const window = createTraceWindow();
      window.prepare(joining, T0).apply();
      expect(callsDue(window, T0 + CALM_WAIT)).toEqual([2]);
    }
  });

  it('keeps a trace whose next span comes at the last moment', () => {
    const window = createTraceWindow();
    window.prepare([kept(0, 0, 'error')], T0).apply();
    const last = window.prepare([kept(0, 1, 'success')], T0 + FAILED_WAIT);
    expect(last.due).toEqual([]);
    last.apply();
    expect(window.prepare([], T0 + FAILED_WAIT + CALM_WAIT).due.map(({ calls }) => calls.length)).toEqual([2]);
  });

  it('waits longer after a failure that nothing followed yet, whichever of the spans came last', () => {
    const [failure, answer] = [kept(0, 0, 'error'), kept(0, 1, 'success')];
    for (const joining of [[failure], [answer, kept(0, 2, 'error')]]) {
      const window = createTraceWindow();
      window.prepare(joining, T0).apply();
      expect([window.isDue(T0 + FAILED_WAIT - 1), callsDue(window, T0 + FAILED_WAIT - 1)]).toEqual([false, []]);
      expect([window.isDue(T0 + FAILED_WAIT), callsDue(window, T0 + FAILED_WAIT)]).toEqual([true, [joining.length]]);
    }
    for (const joining of [
      [failure, answer],
      [answer, failure],
    ]) {
      const window = createTraceWindow();
      window.prepare(joining, T0).apply();
      expect([window.isDue(T0 + CALM_WAIT - 1), callsDue(window, T0 + CALM_WAIT - 1)]).toEqual([false, []]);
      expect([window.isDue(T0 + CALM_WAIT), callsDue(window, T0 + CALM_WAIT)]).toEqual([true, [2]]);
    }
  });

  it('waits from the last span of a trace, and for each trace apart', () => {
    const window = createTraceWindow();
    window.prepare([kept(0, 0, 'error'), kept(1, 1, 'error')], T0).apply();
    window.prepare([kept(0, 2, 'error')], T0 + 1).apply();
    expect(callsDue(window, T0 + FAILED_WAIT)).toEqual([1]);
    expect(callsDue(window, T0 + FAILED_WAIT + 1).sort()).toEqual([1, 2]);
  });

  it('judges a trace that never rests piece by piece: what it has kept for ten minutes, when the next span comes', () => {
    const minutes = 10 * 60_000;
    const last = (before: number): number[] => {
      const window = createTraceWindow();
      let span = 0;
      for (let now = T0; now < T0 + minutes; now += 30_000) window.prepare([kept(0, span++, 'error')], now).apply();
      window.prepare([kept(0, span, 'error')], T0 + minutes - before).apply();
      return callsDue(window, T0 + minutes - before);
    };
    expect(last(1)).toEqual([]);
    expect(last(0)).toEqual([20]);
  });

  it('leaves a trace that a failed commit held as it was', () => {
    const window = createTraceWindow();
    window.prepare([kept(0, 0, 'error')], T0).apply();
    const later = T0 + FAILED_WAIT;
    expect(window.prepare([], later).due).toHaveLength(1);
    expect(window.prepare([], later).due).toHaveLength(1);
    expect(window.isDue(later)).toBe(true);
  });
});
