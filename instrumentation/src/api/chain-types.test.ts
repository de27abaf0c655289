import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { cached } from './cached.ts';
import { chain } from './chain.ts';

interface Ticket {
  readonly id: string;
}
interface Completion {
  readonly choices: readonly string[];
}
interface Message {
  readonly content: string;
}

const completion = (_: Ticket): Promise<Completion> => Promise.resolve({ choices: [] });
const message = (_: Ticket): Promise<Message> => Promise.resolve({ content: '' });
const store = new Map<string, Message>();

describe('the type of a chain', () => {
  it("is the union of its rungs' results where there is no schema", () => {
    const ask = chain('union', {
      targets: [
        { name: 'gpt', type: 'primary', run: (ticket: Ticket) => completion(ticket) },
        {
          name: 'claude',
          type: 'fallback',
          run: (ticket) => {
            expectTypeOf(ticket).toEqualTypeOf<Ticket>();
            return message(ticket);
          },
          accept: (value) => {
            expectTypeOf(value).toEqualTypeOf<Message>();
            return true;
          },
        },
        { name: 'cache', type: 'cache', run: ({ id }) => cached(store.get(id)) },
        { name: 'rules', type: 'heuristic', run: () => 42 as const },
      ],
    });
    expectTypeOf(ask).parameter(0).toEqualTypeOf<Ticket>();
    expectTypeOf(ask).returns.resolves.toEqualTypeOf<Completion | Message | 42>();
    // @ts-expect-error the input is wanted
    const wrong = (): unknown => ask();
    expectTypeOf(wrong).toBeFunction();
  });

  it("is the schema's output where there is one, whatever the rungs resolve to", () => {
    const schema = z.object({ title: z.string().transform((title) => title.length) });
    const ask = chain('schema', {
      schema,
      targets: [
        { name: 'gpt', type: 'primary', run: (ticket: Ticket) => completion(ticket) },
        {
          name: 'rules',
          type: 'heuristic',
          run: (ticket) => {
            expectTypeOf(ticket).toEqualTypeOf<Ticket>();
            return { title: ticket.id };
          },
          accept: (value) => {
            expectTypeOf(value).toEqualTypeOf<{ title: number }>();
            return true;
          },
        },
      ],
    });
    expectTypeOf(ask).parameter(0).toEqualTypeOf<Ticket>();
    expectTypeOf(ask).returns.resolves.toEqualTypeOf<{ title: number }>();
  });

  it('needs no input where its rungs take none', () => {
    const ask = chain('void', { targets: [{ name: 'gpt', type: 'primary', run: () => 'x' }] });
    expectTypeOf(ask).toBeCallableWith();
    expectTypeOf(ask).returns.resolves.toEqualTypeOf<string>();
  });

  it('refuses a type of route that there is not', () => {
    // @ts-expect-error 'backup' is no route type
    const wrong = (): unknown => chain('wrong', { targets: [{ name: 'gpt', type: 'backup', run: () => 'x' }] });
    expectTypeOf(wrong).toBeFunction();
  });
});
