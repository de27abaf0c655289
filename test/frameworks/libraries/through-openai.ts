/** Libraries that have no list of their own and ask through openai: what they call is seen without a line for them. */
import { answer, fail } from '@warmspare/providers';
import { type Case, library, SECRET } from '../contract/library.ts';

interface Lib {
  readonly openai: typeof import('openai');
  readonly agents: typeof import('@openai/agents');
  readonly llamaindex: typeof import('@llamaindex/openai');
  readonly tanstack: typeof import('@tanstack/ai');
  readonly adapters: typeof import('@tanstack/ai-openai');
}

const said = () => answer({ text: `Said: ${SECRET}.`, tokens: { input: 100, output: 20 } });
const OK = 'chat openai gpt-5>gpt-5-2025-08-07 success 100/20 $';
const AT = { apiKey: 'none', maxRetries: 0 };

const CASES: readonly Case<Lib>[] = [
  {
    name: 'OpenAI Agents',
    feature: 'call',
    openai: [said()],
    async run({ agents, openai }, world) {
      agents.setTracingDisabled(true);
      const client = new openai.OpenAI({ ...AT, baseURL: `${world.openai}/v1` });
      const model = new agents.OpenAIChatCompletionsModel(client as never, 'gpt-5');
      const agent = new agents.Agent({ name: 'support', instructions: SECRET, model });
      return (await agents.run(agent, SECRET)).finalOutput;
    },
    calls: [OK],
    rows: [],
  },
  {
    name: 'LlamaIndex',
    feature: 'call',
    openai: [said()],
    async run({ llamaindex }, world) {
      const llm = new llamaindex.OpenAI({ ...AT, model: 'gpt-5', baseURL: `${world.openai}/v1` } as never);
      const { message } = await llm.chat({ messages: [{ role: 'user', content: SECRET }] });
      return message;
    },
    calls: [OK],
    rows: [],
  },
  {
    name: 'TanStack AI',
    feature: 'stream',
    openai: [said()],
    async run({ tanstack, adapters }, world) {
      const adapter = adapters.createOpenaiChat('gpt-5' as never, 'none', {
        baseURL: `${world.openai}/v1`,
        maxRetries: 0,
      });
      const parts: unknown[] = [];
      const stream = tanstack.chat({ adapter, messages: [{ role: 'user', content: SECRET }] } as never);
      for await (const part of stream as AsyncIterable<{ readonly type: string }>) parts.push(part.type);
      return parts;
    },
    calls: [OK],
    rows: [],
  },
  {
    name: 'Azure, whose deployment fails',
    feature: 'failure',
    openai: [fail('model_not_found')],
    run: ({ openai }, world) =>
      new openai.AzureOpenAI({
        ...AT,
        endpoint: world.openai,
        apiVersion: '2024-10-21',
        deployment: 'gpt-5',
      }).chat.completions
        .create({ model: 'gpt-5', messages: [{ role: 'user', content: SECRET }] })
        .catch((error: Error) => error.constructor.name),
    calls: ['chat azure.ai.openai gpt-5 error'],
    rows: [],
  },
];

export const THROUGH_OPENAI = library<Lib>({
  name: 'through openai: OpenAI Agents, LlamaIndex, TanStack AI, Azure',
  folder: 'through-openai',
  systems: ['esm'],
  load: async ({ load }) =>
    ({
      openai: await load('openai'),
      agents: await load('@openai/agents'),
      llamaindex: await load('@llamaindex/openai'),
      tanstack: await load('@tanstack/ai'),
      adapters: await load('@tanstack/ai-openai'),
    }) as Lib,
  cases: CASES,
});
