/** LangChain 1: lists of models by `withFallbacks` and by the fallback middleware, in chains, graphs and agents. */
import { answer, fail, json } from '@warmspare/providers';
import { z } from 'zod';
import { type Case, library, SECRET, type World } from '../contract/library.ts';

type Core = typeof import('@langchain/core/runnables');
type Chat = import('@langchain/core/language_models/chat_models').BaseChatModel;
type Message = import('@langchain/core/messages').AIMessageChunk;

interface Lib {
  readonly gpt: (model?: string, options?: object) => Chat;
  readonly claude: (model?: string) => Chat;
  readonly core: Core;
  readonly langchain: typeof import('langchain');
  readonly graph: typeof import('@langchain/langgraph');
}

const TOKENS = { input: 100, output: 20 };
const said = (details: Parameters<typeof answer>[0] & object = {}) =>
  answer({ text: `Said: ${SECRET}.`, tokens: TOKENS, ...details });
const Ticket = z.object({ summary: z.string(), priority: z.number() });
const VALID = json({ summary: SECRET, priority: 1 }, { tokens: TOKENS });
const INVALID = json({ summary: SECRET, priority: SECRET }, { tokens: TOKENS });

const OK = 'chat openai gpt-5>gpt-5-2025-08-07 success 100/20 $';
const CLAUDE = 'chat anthropic claude-haiku-4-5>claude-haiku-4-5-20251001';
const CHAIN = 'langchain:gpt-5>claude-haiku-4-5';
const PRIMARY = '[langchain:gpt-5>claude-haiku-4-5 gpt-5#0 primary by wrapper]';
const fallback = (reason: string, chain = CHAIN) => `[${chain} claude-haiku-4-5#1 fallback by wrapper after ${reason}]`;
const DOWN = `chat openai gpt-5 error ${PRIMARY}`;
const SERVED = `${CLAUDE} success 100/20 $ ${fallback('error')}`;
const rows = (primary: string, spare: string, chain = CHAIN) => [
  `${chain} | gpt-5 primary | ${primary} | -`,
  `${chain} | claude-haiku-4-5 fallback | ${spare}`,
];
const FELL = rows('error 1', 'success 1 | fresh');

/** What a user reads of a message. */
const read = ({ content, tool_calls, usage_metadata, response_metadata }: Message) => ({
  content,
  tool_calls,
  usage_metadata,
  response_metadata,
});

async function drained(stream: Promise<AsyncIterable<Message>>) {
  const parts: unknown[] = [];
  for await (const part of await stream) parts.push(read(part));
  return parts;
}

const CASES: readonly Case<Lib>[] = [
  {
    name: 'invoke and stream of a model',
    feature: 'call',
    openai: [said(), said()],
    run: async ({ gpt }) => [read(await gpt().invoke(SECRET)), await drained(gpt().stream(SECRET))],
    calls: [OK, OK],
    rows: [],
  },
  {
    name: 'a list that never runs',
    feature: 'list declared',
    run: async ({ gpt, claude }) => Object.keys(gpt('gpt-4o').withFallbacks([claude()])),
    calls: [],
    rows: [
      'langchain:gpt-4o>claude-haiku-4-5 | gpt-4o primary | no call | -',
      'langchain:gpt-4o>claude-haiku-4-5 | claude-haiku-4-5 fallback | no call | never_exercised',
    ],
  },
  {
    name: 'the primary serves',
    feature: 'list declared',
    openai: [said()],
    run: async ({ gpt, claude }) => read(await gpt().withFallbacks([claude()]).invoke(SECRET)),
    calls: [`${OK} ${PRIMARY}`],
    rows: rows('success 1', 'no call | never_exercised'),
  },
  {
    name: 'the fallback serves',
    feature: 'list falls',
    openai: [fail('rate_limit')],
    anthropic: [said()],
    run: async ({ gpt, claude }) => read(await gpt().withFallbacks([claude()]).invoke(SECRET)),
    calls: [DOWN, `${CLAUDE} success 100/20 $ ${fallback('rate_limit')}`],
    rows: FELL,
  },
  {
    name: 'a list made by its class',
    feature: 'list falls',
    openai: [fail('unavailable')],
    anthropic: [said()],
    run: async ({ gpt, claude, core }) =>
      read(
        (await new core.RunnableWithFallbacks({ runnable: gpt(), fallbacks: [claude()] }).invoke(SECRET)) as Message,
      ),
    calls: [DOWN, SERVED],
    rows: FELL,
  },
  {
    name: 'the fallback serves a stream',
    feature: 'stream',
    openai: [fail('unavailable')],
    anthropic: [said()],
    run: ({ gpt, claude }) =>
      drained(gpt().withFallbacks([claude()]).stream(SECRET) as Promise<AsyncIterable<Message>>),
    calls: [DOWN, SERVED],
    rows: FELL,
  },
  {
    name: 'each input of a batch is a call',
    feature: 'list falls',
    openai: [fail('unavailable'), fail('unavailable')],
    anthropic: [said(), said()],
    run: async ({ gpt, claude }) =>
      (await gpt().withFallbacks([claude()]).batch([SECRET, SECRET])).map((each) => read(each as Message)),
    calls: [DOWN, DOWN, SERVED, SERVED],
    rows: rows('error 2', 'success 2 | fresh'),
  },
  {
    name: 'all fail',
    feature: 'all fail',
    openai: [fail('unavailable')],
    anthropic: [fail('overloaded')],
    run: ({ gpt, claude }) => gpt().withFallbacks([claude()]).invoke(SECRET),
    calls: [DOWN, `chat anthropic claude-haiku-4-5 error ${fallback('error')}`],
    rows: rows('error 1', 'error 1 | failing'),
  },
  {
    name: 'a list inside a list is one chain',
    feature: 'list falls',
    openai: [fail('unavailable'), fail('unavailable')],
    anthropic: [said()],
    run: async ({ gpt, claude }) =>
      read(
        (await gpt()
          .withFallbacks([gpt('gpt-4o').withFallbacks([claude()])])
          .invoke(SECRET)) as Message,
      ),
    calls: [
      'chat openai gpt-5 error [langchain:gpt-5>gpt-4o>claude-haiku-4-5 gpt-5#0 primary by wrapper]',
      'chat openai gpt-4o error [langchain:gpt-5>gpt-4o>claude-haiku-4-5 gpt-4o#1 fallback by wrapper after error]',
      `${CLAUDE} success 100/20 $ [langchain:gpt-5>gpt-4o>claude-haiku-4-5 claude-haiku-4-5#2 fallback by wrapper after error]`,
    ],
    rows: [
      'langchain:gpt-5>gpt-4o>claude-haiku-4-5 | gpt-5 primary | error 1 | -',
      'langchain:gpt-5>gpt-4o>claude-haiku-4-5 | gpt-4o fallback | error 1 | failing',
      'langchain:gpt-5>gpt-4o>claude-haiku-4-5 | claude-haiku-4-5 fallback | success 1 | fresh',
    ],
  },
  {
    name: 'structured output in a list',
    feature: 'schema',
    openai: [INVALID],
    anthropic: [
      answer({ toolCalls: [{ name: 'extract', arguments: { summary: SECRET, priority: 1 } }], tokens: TOKENS }),
    ],
    run: ({ gpt, claude }) =>
      gpt()
        .withStructuredOutput(Ticket)
        .withFallbacks([claude().withStructuredOutput(Ticket, { name: 'extract' })])
        .invoke(SECRET),
    calls: [
      `chat openai gpt-5>gpt-5-2025-08-07 schema_invalid 100/20 $ schema=invalid ${PRIMARY}`,
      `${CLAUDE} success 100/20 $ schema=valid ${fallback('schema_invalid')}`,
    ],
    rows: rows('schema_invalid 1', 'success 1 | fresh'),
  },
  {
    name: 'includeRaw is no route',
    feature: 'schema',
    openai: [VALID],
    run: async ({ gpt }) => {
      const { raw, parsed } = await gpt().withStructuredOutput(Ticket, { includeRaw: true }).invoke(SECRET);
      return [read(raw as Message), parsed];
    },
    calls: [`${OK} schema=valid`],
    rows: [],
  },
  {
    name: 'runs at the same time do not mix',
    feature: 'concurrent',
    openai: [said({ delay: 20 }), said({ delay: 10 }), said()],
    async run({ gpt, claude }) {
      const model = gpt().withFallbacks([claude()]);
      return (await Promise.all([1, 2, 3].map(() => model.invoke(SECRET)))).map(
        (each) => read(each as Message).content,
      );
    },
    calls: [`${OK} ${PRIMARY}`, `${OK} ${PRIMARY}`, `${OK} ${PRIMARY}`],
    rows: rows('success 3', 'no call | never_exercised'),
  },
  {
    name: 'the chain has the name of the run',
    feature: 'list falls',
    openai: [fail('unavailable')],
    anthropic: [said()],
    run: async ({ gpt, claude }) =>
      read((await gpt().withFallbacks([claude()]).invoke(SECRET, { runName: 'summarize' })) as Message),
    calls: [
      'chat openai gpt-5 error [summarize gpt-5#0 primary by wrapper]',
      `${CLAUDE} success 100/20 $ ${fallback('error', 'summarize')}`,
    ],
    rows: rows('error 1', 'success 1 | fresh', 'summarize'),
  },
  {
    name: 'a list in a graph',
    feature: 'list falls',
    openai: [fail('unavailable')],
    anthropic: [said()],
    async run({ gpt, claude, graph: { MessagesAnnotation, StateGraph } }) {
      const model = gpt().withFallbacks([claude()]);
      const app = new StateGraph(MessagesAnnotation)
        .addNode('ask', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
        .addEdge('__start__', 'ask')
        .compile();
      const { messages } = await app.invoke({ messages: [{ role: 'user', content: SECRET }] });
      return messages.map(({ content }) => content);
    },
    calls: [DOWN, SERVED],
    rows: FELL,
  },
  {
    name: 'the fallback middleware of an agent',
    feature: 'list falls',
    openai: [fail('unavailable')],
    anthropic: [said()],
    async run({ gpt, claude, langchain: { createAgent, modelFallbackMiddleware } }) {
      const agent = createAgent({
        model: gpt(),
        tools: [],
        name: 'support-agent',
        middleware: [modelFallbackMiddleware(claude())],
      });
      const { messages } = await agent.invoke({ messages: [{ role: 'user', content: SECRET }] });
      return messages.map(({ content }) => content);
    },
    calls: [
      'chat openai gpt-5 error [support-agent gpt-5#0 primary by wrapper]',
      `${CLAUDE} success 100/20 $ ${fallback('error', 'support-agent')}`,
    ],
    rows: rows('error 1', 'success 1 | fresh', 'support-agent'),
  },
  {
    name: 'the fallback middleware of an agent that never runs',
    feature: 'list declared',
    async run({ gpt, claude, langchain: { createAgent, modelFallbackMiddleware } }) {
      createAgent({
        model: gpt('gpt-4o'),
        tools: [],
        name: 'idle-agent',
        middleware: [modelFallbackMiddleware(claude())],
      });
    },
    calls: [],
    rows: [
      'idle-agent | gpt-4o primary | no call | -',
      'idle-agent | claude-haiku-4-5 fallback | no call | never_exercised',
    ],
  },
  {
    name: 'an answer out of the cache',
    feature: 'cache',
    openai: [said()],
    async run({ gpt }) {
      const model = gpt('gpt-5', { cache: true });
      return [read((await model.invoke(SECRET)) as Message), read((await model.invoke(SECRET)) as Message).content];
    },
    calls: [OK, 'chat openai gpt-5 success [? ?#? cache by wrapper after _OTHER]'],
    rows: [],
  },
];

export const LANGCHAIN = library<Lib>({
  name: 'LangChain (@langchain/core, langchain) 1',
  folder: 'langchain-1',
  systems: ['esm', 'cjs'],
  async load({ load, openai, anthropic }: World) {
    const { ChatOpenAI } = (await load('@langchain/openai')) as typeof import('@langchain/openai');
    const { ChatAnthropic } = (await load('@langchain/anthropic')) as typeof import('@langchain/anthropic');
    const configuration = { baseURL: `${openai}/v1` };
    return {
      gpt: (model = 'gpt-5', options = {}) =>
        new ChatOpenAI({ model, apiKey: 'none', configuration, maxRetries: 0, ...options }) as unknown as Chat,
      claude: (model = 'claude-haiku-4-5') =>
        new ChatAnthropic({ model, apiKey: 'none', anthropicApiUrl: anthropic, maxRetries: 0 }) as unknown as Chat,
      core: (await load('@langchain/core/runnables')) as Core,
      langchain: (await load('langchain')) as typeof import('langchain'),
      graph: (await load('@langchain/langgraph')) as typeof import('@langchain/langgraph'),
    };
  },
  cases: CASES,
});
