/** The cases that every client of a provider has: what a table says is how the client is asked, and as what its calls are known. */
import { answer, fail, json, type Step } from '@warmspare/providers';
import { type Case, SECRET, type World } from '../contract/library.ts';
import type { ProviderName } from '../contract/providers.ts';

export const TOKENS = { input: 100, output: 20 };

export const SCHEMA = {
  type: 'object',
  properties: { summary: { type: 'string' }, priority: { type: 'number' } },
  required: ['summary', 'priority'],
  additionalProperties: false,
} as const;

/** How one client is asked. */
export interface ClientUse<Client> {
  /** The local provider that answers. */
  readonly on: ProviderName;
  /** Operation, provider and model as the calls say them: `chat openai gpt-5`. */
  readonly as: string;
  /** What stands between the model and the outcome where the provider names another model: `>gpt-5-2025-08-07`. */
  readonly served?: string;
  /** The price list knows the model. */
  readonly priced: boolean;
  /** The provider says itself what an answer cost, whatever the model is called. */
  readonly reportsCost?: boolean;
  /** What a whole stream says of its tokens and its cost; as a call where it is left out. */
  readonly streamUsage?: string;
  /** What a stream says of them that ends early. */
  readonly partialUsage?: string;
  /** What asking for vectors is known as. */
  readonly vectors?: string;
  /** What the second model of a chain is called, where the client knows only some. */
  readonly second?: string;
  /** How many requests a call makes whose provider fails. Default 1. */
  readonly tries?: number;
  ask(client: Client, world: World, model?: string): Promise<unknown>;
  /** Asks for a stream. Left out: the client has none. */
  open?(client: Client, world: World): Promise<unknown>;
  /** The stream in what that resolves to, where it is none itself. */
  streamOf?(result: unknown): AsyncIterable<unknown>;
  /** Asks for {@link SCHEMA}. Left out: the client has no way to. */
  structured?(client: Client, world: World): Promise<unknown>;
  embed?(client: Client, world: World): Promise<unknown>;
}

/** Reads a stream to its end, or until so many chunks came. */
export async function gather(stream: AsyncIterable<unknown>, stopAfter = Number.POSITIVE_INFINITY): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
    if (chunks.length >= stopAfter) break;
  }
  return chunks;
}

export function clientCases<Client>(use: ClientUse<Client>): readonly Case<Client>[] {
  const { on, as, served = '', priced, tries = 1, partialUsage = '', second = 'second-model' } = use;
  const { open, structured, embed, streamOf = (result) => result as AsyncIterable<unknown> } = use;
  const stream =
    open &&
    (async (client: Client, world: World, stopAfter?: number): Promise<unknown> =>
      gather(streamOf(await open(client, world)), stopAfter));
  const paid = `100/20${priced ? ' $' : ''}`;
  const script = (...steps: readonly Step[]): Partial<Record<ProviderName, readonly Step[]>> => ({ [on]: steps });
  const down = (reason: Parameters<typeof fail>[0]): readonly Step[] =>
    Array.from({ length: tries }, () => fail(reason));
  const known = `${as}${served}`;
  const base = { rows: [] };
  const unlisted = `100/20${use.reportsCost === true ? ' $' : ''}`;
  const streamed = use.streamUsage ?? ` ${paid}`;
  const [operation, provider, model] = as.split(' ');
  const at = (target: string) =>
    target === 'first' ? '[ticket first#0 primary by explicit]' : '[ticket second#1 fallback by explicit after error]';
  const cases: readonly (Case<Client> | undefined)[] = [
    {
      ...base,
      ...script(answer({ text: SECRET, tokens: TOKENS })),
      name: 'a call',
      feature: 'call',
      run: (client, world) => use.ask(client, world),
      calls: [`${known} success ${paid}`],
    },
    {
      ...base,
      ...script(answer({ text: SECRET, finish: 'length', tokens: TOKENS })),
      name: 'an answer that was cut',
      feature: 'call',
      run: (client, world) => use.ask(client, world),
      calls: [`${known} truncated ${paid}`],
    },
    stream && {
      ...base,
      ...script(answer({ text: `${SECRET} and more`, tokens: TOKENS })),
      name: 'a stream',
      feature: 'stream',
      run: (client, world) => stream(client, world),
      calls: [`${known} success${streamed}`],
    },
    stream && {
      ...base,
      ...script(answer({ text: `${SECRET} and more`, tokens: TOKENS, cut: { after: 2, how: 'reset' } })),
      name: 'a stream that breaks',
      feature: 'failure',
      run: async (client, world) => {
        await stream(client, world);
        return 'ended';
      },
      calls: [`${known} error${partialUsage}`],
    },
    stream && {
      ...base,
      ...script(answer({ text: `${SECRET} and more and more`, tokens: TOKENS })),
      name: 'a stream that its reader leaves',
      feature: 'stream',
      run: (client, world) => stream(client, world, 1),
      calls: [`${known} cancelled${partialUsage}`],
    },
    {
      ...base,
      ...script(...down('unavailable')),
      name: 'a provider that is away',
      feature: 'failure',
      run: (client, world) => use.ask(client, world),
      calls: [`${as} error`],
    },
    {
      ...base,
      ...script(fail('authentication')),
      name: 'a key that is not taken',
      feature: 'failure',
      run: (client, world) => use.ask(client, world),
      calls: [`${as} error`],
    },
    structured && {
      ...base,
      ...script(json({ summary: SECRET, priority: 1 }, { tokens: TOKENS })),
      name: 'an output that keeps to its schema',
      feature: 'schema',
      run: (client, world) => structured(client, world),
      calls: [`${known} success ${paid} schema=valid`],
    },
    structured && {
      ...base,
      ...script(json({ summary: SECRET }, { tokens: TOKENS })),
      name: 'an output that does not',
      feature: 'schema',
      run: (client, world) => structured(client, world),
      calls: [`${known} schema_invalid ${paid} schema=invalid`],
    },
    open && {
      ...script(answer({ text: `${SECRET} and more`, tokens: TOKENS })),
      name: 'a stream of a chain',
      feature: 'stream',
      run: async (client, world) => {
        const { chain } = await import('@warmspare/instrumentation');
        const ask = chain('stream', { targets: [{ name: 'first', type: 'primary', run: () => open(client, world) }] });
        return gather(streamOf(await ask()));
      },
      calls: [
        `${known} -${streamed} [stream first#0 primary by explicit]`,
        `(stream first) ${provider} ${model}${served} success${streamed} [stream first#0 primary by explicit]`,
        '(stream) -',
      ],
      rows: ['stream | first primary | success 1 | -'],
      spans: 1,
    },
    embed && {
      ...base,
      ...script(answer({ text: '', tokens: TOKENS })),
      name: 'vectors',
      feature: 'embeddings',
      run: (client, world) => embed(client, world),
      calls: [use.vectors ?? ''],
    },
    {
      ...script(...down('unavailable'), answer({ text: SECRET, tokens: TOKENS })),
      name: 'a chain that falls to a second model',
      feature: 'failure',
      run: async (client, world) => {
        const { chain } = await import('@warmspare/instrumentation');
        const ask = chain('ticket', {
          targets: [
            { name: 'first', type: 'primary', run: () => use.ask(client, world) },
            { name: 'second', type: 'fallback', run: () => use.ask(client, world, second) },
          ],
        });
        return ask();
      },
      calls: [
        `${as} - ${at('first')}`,
        `(ticket first) ${provider} ${model} error ${at('first')}`,
        `${operation} ${provider} ${second} - ${unlisted} ${at('second')}`,
        `(ticket second) ${provider} ${second} success ${unlisted} ${at('second')}`,
        '(ticket) -',
      ],
      rows: ['ticket | first primary | error 1 | -', 'ticket | second fallback | success 1 | fresh'],
      spans: 2,
    },
  ];
  return cases.filter((each) => each !== undefined);
}
