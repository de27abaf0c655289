/** Mastra 1: agents whose model is a list. */
import { answer, fail } from '@warmspare/providers';
import { type Case, library, SECRET } from '../contract/library.ts';

type Mastra = typeof import('@mastra/core');
type AgentClass = typeof import('@mastra/core/agent')['Agent'];

interface Lib {
  /** An agent on GPT, with Claude behind it unless there is no list. */
  agent(id: string, list?: boolean): InstanceType<AgentClass>;
  readonly mastra: Mastra['Mastra'];
}

const TOKENS = { input: 100, output: 20 };
const said = () => answer({ text: `Said: ${SECRET}.`, tokens: TOKENS });
const OK = 'chat openai gpt-5>gpt-5-2025-08-07 success 100/20 $';
const CLAUDE = 'chat anthropic claude-haiku-4-5>claude-haiku-4-5-20251001';

const rows = (chain: string, primary: string, spare: string) => [
  `${chain} | gpt-5 primary | ${primary} | -`,
  `${chain} | claude-haiku-4-5 fallback | ${spare}`,
];

const read = async (result: Promise<{ readonly text: unknown; readonly usage: unknown }>) => {
  const { text, usage } = await result;
  return { text: await text, usage: await usage };
};

const CASES: readonly Case<Lib>[] = [
  {
    name: 'an agent on one model',
    feature: 'call',
    openai: [said()],
    run: ({ agent }) => read(agent('one', false).generate(SECRET)),
    calls: [OK],
    rows: [],
  },
  {
    name: 'a list that never runs is known from its registration',
    feature: 'list declared',
    async run({ agent, mastra: MastraClass }) {
      new MastraClass({ agents: { idle: agent('idle') }, logger: false });
    },
    calls: [],
    rows: rows('idle', 'no call', 'no call | never_exercised'),
  },
  {
    name: 'the primary serves',
    feature: 'list declared',
    openai: [said()],
    run: ({ agent }) => read(agent('healthy').generate(SECRET)),
    calls: [`${OK} [healthy gpt-5#0 primary by wrapper]`],
    rows: rows('healthy', 'success 1', 'no call | never_exercised'),
  },
  {
    name: 'the fallback serves',
    feature: 'list falls',
    openai: [fail('unavailable')],
    anthropic: [said()],
    run: ({ agent }) => read(agent('support').generate(SECRET)),
    calls: [
      'chat openai gpt-5 error [support gpt-5#0 primary by wrapper]',
      `${CLAUDE} success 100/20 $ [support claude-haiku-4-5#1 fallback by wrapper after error]`,
    ],
    rows: rows('support', 'error 1', 'success 1 | fresh'),
  },
  {
    name: 'the fallback serves a stream',
    feature: 'stream',
    openai: [fail('rate_limit', { retryAfter: 0 })],
    anthropic: [said()],
    async run({ agent }) {
      const { textStream } = await agent('streaming').stream(SECRET);
      const parts: string[] = [];
      for await (const part of textStream) parts.push(part);
      return parts;
    },
    calls: [
      'chat openai gpt-5 error [streaming gpt-5#0 primary by wrapper]',
      `${CLAUDE} success 100/20 $ [streaming claude-haiku-4-5#1 fallback by wrapper after rate_limit]`,
    ],
    rows: rows('streaming', 'error 1', 'success 1 | fresh'),
  },
  {
    name: 'all fail',
    feature: 'all fail',
    openai: [fail('unavailable')],
    anthropic: [fail('overloaded')],
    run: ({ agent }) =>
      agent('down')
        .generate(SECRET)
        .then(
          () => 'answered',
          () => 'failed',
        ),
    calls: [
      'chat openai gpt-5 error [down gpt-5#0 primary by wrapper]',
      'chat anthropic claude-haiku-4-5 error [down claude-haiku-4-5#1 fallback by wrapper after error]',
    ],
    rows: rows('down', 'error 1', 'error 1 | failing'),
  },
];

export const MASTRA = library<Lib>({
  name: 'Mastra (@mastra/core) 1',
  folder: 'mastra-1',
  systems: ['esm', 'cjs'],
  async load({ load, openai, anthropic }) {
    const { Mastra: MastraClass } = (await load('@mastra/core')) as Mastra;
    const { Agent } = (await load('@mastra/core/agent')) as { readonly Agent: AgentClass };
    const { createOpenAI } = (await load('@ai-sdk/openai')) as typeof import('@ai-sdk/openai');
    const { createAnthropic } = (await load('@ai-sdk/anthropic')) as typeof import('@ai-sdk/anthropic');
    const gpt = createOpenAI({ apiKey: 'none', baseURL: `${openai}/v1` }).chat('gpt-5');
    const claude = createAnthropic({ apiKey: 'none', baseURL: `${anthropic}/v1` })('claude-haiku-4-5');
    const models = [gpt, claude].map((model) => ({ model, maxRetries: 0 }));
    return {
      mastra: MastraClass,
      agent: (id, list = true) =>
        new Agent({ id, name: id, instructions: SECRET, maxRetries: 0, model: (list ? models : gpt) as never }),
    };
  },
  cases: CASES,
});
