/** The context of a call's own span says all that its parent says, and passes for one of the API's wherever contexts are handed on. */
import { type Context, createContextKey, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contextWithSpan } from './span-context.ts';

const KEYS = ['a', 'b', 'c'].map(createContextKey);
const SPANS = ['1', '2', '3'].map((spanId) => trace.wrapSpanContext({ traceId: '1', spanId, traceFlags: 0 }));

type Step = (context: Context, withSpan: (parent: Context, span: Span) => Context) => Context;

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom(...SPANS).map(
    (span): Step =>
      (context, withSpan) =>
        withSpan(context, span),
  ),
  fc.tuple(fc.constantFrom(...KEYS), fc.nat()).map(
    ([key, value]): Step =>
      (context) =>
        context.setValue(key, value),
  ),
  fc.constantFrom(...KEYS).map(
    (key): Step =>
      (context) =>
        context.deleteValue(key),
  ),
  fc.constant<Step>((context) => trace.deleteSpan(context)),
);

const said = (context: Context): unknown[] => [trace.getSpan(context), ...KEYS.map((key) => context.getValue(key))];

test('says what a context of the API would after the same steps, and leaves the ones before as they were', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const all: { readonly ours: Context; readonly before: unknown[] }[] = [];
      let ours = ROOT_CONTEXT;
      let apis = ROOT_CONTEXT;
      for (const take of steps) {
        all.push({ ours, before: said(ours) });
        ours = take(ours, contextWithSpan);
        apis = take(apis, trace.setSpan);
        expect(said(ours)).toEqual(said(apis));
      }
      for (const { ours: earlier, before } of all) expect(said(earlier)).toEqual(before);
    }),
  );
});

test('lets the span of a call around it go, so that calls inside calls keep no chain of them', () => {
  const [outer, inner] = SPANS;
  if (outer === undefined || inner === undefined) throw new Error('no spans');
  const context = contextWithSpan(contextWithSpan(ROOT_CONTEXT, outer), inner);
  expect(context).toMatchObject({ parent: ROOT_CONTEXT, span: inner });
});

test('a context that an agent brings makes its child itself', () => {
  class AgentContext implements Context {
    readonly set: symbol[] = [];
    getValue(): unknown {
      return undefined;
    }
    setValue(key: symbol): Context {
      this.set.push(key);
      return this;
    }
    deleteValue(): Context {
      return this;
    }
  }
  const agents = new AgentContext();
  const [span] = SPANS;
  if (span === undefined) throw new Error('no span');
  expect(contextWithSpan(agents, span)).toBe(agents);
  expect(agents.set).toHaveLength(1);
});
