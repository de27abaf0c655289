/** @openrouter/sdk 1, which is an ES module only. */
import type { OpenRouter } from '@openrouter/sdk';
import { answer } from '@warmspare/providers';
import { library, SECRET, type World } from '../contract/library.ts';
import { clientCases, SCHEMA, TOKENS } from './client-cases.ts';

const asked = ({ secret }: World, model = 'openai/gpt-5-mini') => ({
  model,
  messages: [{ role: 'user' as const, content: secret }],
});
const CHAIN = 'openrouter:openai/gpt-5-mini';
const LADDER = { model: 'openai/gpt-5-mini', models: ['anthropic/claude-haiku-4.5'] };

export const OPENROUTER = library<(world: World) => OpenRouter>({
  name: '@openrouter/sdk 1',
  folder: 'openrouter-1',
  systems: ['esm'],
  async load({ load }) {
    const { OpenRouter: Client } = (await load('@openrouter/sdk')) as typeof import('@openrouter/sdk');
    return ({ openrouter }) =>
      new Client({ apiKey: 'none', serverURL: `${openrouter}/api/v1`, retryConfig: { strategy: 'none' } });
  },
  cases: [
    ...clientCases<(world: World) => OpenRouter>({
      on: 'openrouter',
      as: 'chat openrouter openai/gpt-5-mini',
      priced: true,
      reportsCost: true,
      ask: (client, world, model) =>
        client(world).chat.send({ chatRequest: { ...asked(world, model), stream: false } }),
      open: (client, world) => client(world).chat.send({ chatRequest: { ...asked(world), stream: true } }),
      structured: (client, world) =>
        client(world).chat.send({
          chatRequest: {
            ...asked(world),
            stream: false,
            responseFormat: { type: 'json_schema', jsonSchema: { name: 'ticket', schema: SCHEMA } },
          },
        }),
    }),
    {
      name: 'a list whose first model serves',
      feature: 'list declared',
      openrouter: [answer({ text: SECRET, tokens: TOKENS })],
      run: (client, world) => client(world).chat.send({ chatRequest: { ...asked(world), ...LADDER, stream: false } }),
      calls: [`chat openrouter openai/gpt-5-mini success 100/20 $ [${CHAIN} openai/gpt-5-mini#0 primary by declared]`],
      rows: [
        `${CHAIN} | anthropic/claude-haiku-4.5 fallback | no call | never_exercised`,
        `${CHAIN} | openai/gpt-5-mini primary | success 1 | -`,
      ],
    },
    {
      name: 'a list whose second model serves',
      feature: 'list falls',
      openrouter: [answer({ text: SECRET, tokens: TOKENS, model: 'anthropic/claude-haiku-4.5' })],
      run: (client, world) => client(world).chat.send({ chatRequest: { ...asked(world), ...LADDER, stream: false } }),
      calls: [
        `chat openrouter openai/gpt-5-mini>anthropic/claude-haiku-4.5 success 100/20 $ [${CHAIN} anthropic/claude-haiku-4.5#1 fallback by declared after _OTHER]`,
        `(${CHAIN} openai/gpt-5-mini) error [${CHAIN} openai/gpt-5-mini#0 primary by declared]`,
      ],
      rows: [
        `${CHAIN} | anthropic/claude-haiku-4.5 fallback | success 1 | fresh`,
        `${CHAIN} | openai/gpt-5-mini primary | error 1 | -`,
      ],
    },
  ],
});
