/** What the compiler makes of the public functions: checked by `tsc -b`, where a wrong expectation is an error. */
import type { Anthropic } from 'anthropic1';
import type { OpenAI } from 'openai7';
import type { ChatCompletion, ChatCompletionChunk } from 'openai7/resources/chat/completions';
import type { Stream } from 'openai7/streaming';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  Cached,
  cached,
  chain,
  declareBreaker,
  declareChain,
  LlmFallbackInstrumentation,
  type PricedCall,
  recordSchemaCheck,
  withDrill,
  withRoute,
} from '../../instrumentation/src/index.ts';

/** Never run: only its types are looked at. */
const typed = (_: () => unknown): void => {};
const Summary = z.object({ urgency: z.enum(['low', 'high']) });
type Summary = z.infer<typeof Summary>;
declare const openai: OpenAI;
declare const anthropic: Anthropic;

interface Ticket {
  readonly id: string;
}

describe('chain() over the official clients', () => {
  it("resolves to the union of the clients' answers, each rung's accept() seeing its own", () => {
    typed(() => {
      const ask = chain('answers', {
        targets: [
          {
            name: 'gpt',
            type: 'primary',
            run: ({ id }: Ticket, { signal, error }) => {
              expectTypeOf(signal).toEqualTypeOf<AbortSignal | undefined>();
              expectTypeOf(error).toBeUnknown();
              return openai.chat.completions.create(
                { model: 'gpt-5', messages: [{ role: 'user', content: id }] },
                { signal },
              );
            },
            accept: (value) => {
              expectTypeOf(value).toExtend<ChatCompletion>();
              expectTypeOf(value).not.toBeAny();
              return value.choices.length > 0;
            },
            timeout: 5_000,
          },
          {
            name: 'claude',
            type: 'fallback',
            run: ({ id }) =>
              anthropic.messages.create({
                model: 'claude-haiku-4-5',
                max_tokens: 9,
                messages: [{ role: 'user', content: id }],
              }),
            when: (error) => {
              expectTypeOf(error).toBeUnknown();
              return true;
            },
            accept: async (value) => value.stop_reason === 'end_turn',
          },
        ],
      });
      expectTypeOf(ask).parameter(0).toEqualTypeOf<Ticket>();
      expectTypeOf(ask).returns.resolves.toExtend<ChatCompletion | Anthropic.Message>();
      expectTypeOf(ask).returns.resolves.not.toBeAny();
      expectTypeOf(ask).returns.resolves.not.toExtend<ChatCompletion>();
    });
  });

  it("resolves to the client's own stream, and to the schema's output whatever the clients answer", () => {
    typed(() => {
      const stream = chain('streams', {
        targets: [
          {
            name: 'gpt',
            type: 'primary',
            run: (ticket: Ticket) =>
              openai.chat.completions.create({
                model: ticket.id,
                messages: [],
                stream: true,
              }),
          },
        ],
      });
      expectTypeOf(stream).returns.resolves.toExtend<Stream<ChatCompletionChunk>>();
      expectTypeOf(stream).returns.resolves.not.toBeAny();
      const summarize = chain('summarize', {
        schema: Summary,
        targets: [
          {
            name: 'gpt',
            type: 'primary',
            run: (_: Ticket) => openai.chat.completions.create({ model: 'gpt-5', messages: [] }),
          },
          { name: 'claude', type: 'fallback', run: () => 'text' },
          { name: 'cache', type: 'cache', run: ({ id }) => cached(id) },
          { name: 'rules', type: 'heuristic', run: () => ({ urgency: 'low' }) },
        ],
      });
      expectTypeOf(summarize).returns.resolves.toEqualTypeOf<Summary>();
      expectTypeOf(summarize).parameters.toEqualTypeOf<
        [input: Ticket, options?: { readonly signal?: AbortSignal | undefined }]
      >();
    });
  });

  it('may be built at run time, and nest', () => {
    typed(() => {
      const models: readonly string[] = [];
      const built = chain('built', {
        targets: models.map((model, rank) => ({
          name: model,
          type: rank === 0 ? ('primary' as const) : ('fallback' as const),
          run: (ticket: Ticket) => Promise.resolve(ticket.id),
        })),
      });
      expectTypeOf(built).returns.resolves.toEqualTypeOf<string>();
      const outer = chain('outer', {
        targets: [
          { name: 'built', type: 'primary', run: (ticket: Ticket, { signal }) => built(ticket, { signal }) },
          { name: 'none', type: 'heuristic', run: () => null },
        ],
      });
      expectTypeOf(outer).returns.resolves.toEqualTypeOf<string | null>();
    });
  });
});

describe('a wrong option is an error of the compiler', () => {
  it('in a chain', () => {
    const run = (): string => 'x';
    const gpt = { name: 'gpt', type: 'primary', run } as const;
    typed(() => [
      // @ts-expect-error misspelt
      chain('wrong', { targets: [{ name: 'gpt', type: 'primary', run, timout: 5 }] }),
      // @ts-expect-error misspelt, in a later rung
      chain('wrong', { targets: [gpt, { name: 'rules', type: 'heuristic', run, acept: run }] }),
      // @ts-expect-error misspelt, beside the rungs
      chain('wrong', { shema: Summary, targets: [gpt] }),
      // @ts-expect-error misspelt, beside a schema
      chain('wrong', { schema: Summary, targets: [{ name: 'gpt', type: 'primary', run, timout: 5 }] }),
      // @ts-expect-error no run
      chain('wrong', { targets: [{ name: 'gpt', type: 'primary' }] }),
      // @ts-expect-error no name
      chain('wrong', { targets: [{ type: 'primary', run }] }),
      // @ts-expect-error no schema
      chain('wrong', { schema: { type: 'object' }, targets: [gpt] }),
      // @ts-expect-error the unit is milliseconds
      chain('wrong', { targets: [{ name: 'gpt', type: 'primary', run, timeout: '5s' }] }),
      // @ts-expect-error no rungs
      chain('wrong', {}),
      // @ts-expect-error no such option of a run
      chain('wrong', { targets: [gpt] })(undefined, { sginal: undefined }),
      // @ts-expect-error the rungs take one input
      chain('wrong', { targets: [{ name: 'gpt', type: 'primary', run: (id: string) => id }] })(5),
    ]);
  });

  it('in a route, a declaration, a drill, a check and a breaker', () => {
    const breaker = {};
    typed(() => [
      // @ts-expect-error no such route
      withRoute({ type: 'backup' }, () => 1),
      // @ts-expect-error misspelt
      withRoute({ type: 'fallback', tarjet: 'claude' }, () => 1),
      // @ts-expect-error no such reason
      withRoute({ type: 'fallback', reason: 'slow' }, () => 1),
      // @ts-expect-error no such kind
      withRoute({ type: 'fallback', kind: 'rehearsal' }, () => 1),
      // @ts-expect-error no targets
      declareChain({ name: 'x' }),
      // @ts-expect-error no such type
      declareChain({ name: 'x', targets: [{ name: 'a', type: 'main' }] }),
      // @ts-expect-error no such fault
      withDrill({ chain: 'x', fault: 'sluggish' }, () => 1),
      // @ts-expect-error no verdict
      recordSchemaCheck({}),
      // @ts-expect-error no such type of error
      recordSchemaCheck({ valid: false, errorType: 'wrong' }),
      // @ts-expect-error a fallback is no primary
      declareBreaker(breaker, { chain: 'x', fallback: { name: 'a', type: 'primary' } }),
      // @ts-expect-error no such option
      new LlmFallbackInstrumentation({ promptFingerprints: true }),
      // @ts-expect-error no such choice
      new LlmFallbackInstrumentation({ spans: 'none' }),
    ]);
  });
});

describe('what wraps a function', () => {
  it('has its type', () => {
    expectTypeOf(withRoute({ type: 'primary' }, () => 1 as const)).toEqualTypeOf<1>();
    expectTypeOf(withDrill({ chain: 'x', fault: 'unavailable' }, () => 'x')).toBeString();
    typed(() => {
      const promise = withRoute({ type: 'fallback' }, () =>
        openai.chat.completions.create({ model: 'gpt-5', messages: [] }),
      );
      // The client's own promise, with what it offers beside.
      expectTypeOf(promise.withResponse).toBeFunction();
    });
  });

  it('leaves a cached value its type, less what would be a miss', () => {
    const store = new Map<string, Summary>();
    expectTypeOf(cached(store.get('a'), { storedAt: new Date() })).toEqualTypeOf<Cached<Summary>>();
    expect(cached(1)).toBeInstanceOf(Cached);
    // @ts-expect-error no such kind of cache
    typed(() => cached(1, { type: 'fuzzy' }));
  });

  it('gives a price of the user what it needs', () => {
    typed(
      () =>
        new LlmFallbackInstrumentation({
          price: (call) => {
            expectTypeOf(call).toEqualTypeOf<PricedCall>();
            return call.usage.input === undefined ? undefined : { amount: call.usage.input, currency: 'EUR' };
          },
        }),
    );
  });
});
