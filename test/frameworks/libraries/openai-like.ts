/** Clients made after OpenAI's: together-ai 0.52 and portkey-ai 3. */
import { answer } from '@warmspare/providers';
import type { Portkey } from 'portkey-ai';
import type { Together } from 'together-ai';
import { library, SECRET, type World } from '../contract/library.ts';
import { clientCases, SCHEMA, TOKENS } from './client-cases.ts';

const asked = ({ secret }: World, model: string) => ({ model, messages: [{ role: 'user' as const, content: secret }] });
const FORMAT = { type: 'json_schema' as const, json_schema: { name: 'ticket', schema: SCHEMA } };
const LLAMA = 'meta-llama/Llama-3.3-70B-Instruct-Turbo';

export const TOGETHER = library<(world: World) => Together>({
  name: 'together-ai 0.52',
  folder: 'together-0',
  systems: ['esm', 'cjs'],
  async load({ load }) {
    const { Together: Client } = (await load('together-ai')) as typeof import('together-ai');
    return ({ openai }) => new Client({ apiKey: 'none', baseURL: `${openai}/v1`, maxRetries: 0 });
  },
  cases: clientCases<(world: World) => Together>({
    on: 'openai',
    as: `chat together_ai ${LLAMA}`,
    priced: true,
    streamUsage: '',
    vectors: 'embeddings together_ai BAAI/bge-base-en-v1.5 success 100/',
    ask: (client, world, model = LLAMA) => client(world).chat.completions.create(asked(world, model)),
    open: (client, world) => client(world).chat.completions.create({ ...asked(world, LLAMA), stream: true }),
    structured: (client, world) =>
      client(world).chat.completions.create({ ...asked(world, LLAMA), response_format: FORMAT }),
    embed: (client, world) => client(world).embeddings.create({ model: 'BAAI/bge-base-en-v1.5', input: world.secret }),
  }),
});

const CHAIN = 'portkey:gpt-5-mini';
const CONFIG = {
  strategy: { mode: 'fallback' },
  targets: [
    { provider: 'openai', override_params: { model: 'gpt-5-mini' } },
    { provider: 'anthropic', override_params: { model: 'claude-haiku-4-5' } },
  ],
};

export const PORTKEY = library<(world: World, config?: Record<string, unknown>) => Portkey>({
  name: 'portkey-ai 3',
  folder: 'portkey-3',
  systems: ['esm', 'cjs'],
  async load({ load }) {
    const { Portkey: Client } = (await load('portkey-ai')) as typeof import('portkey-ai');
    return ({ openai }, config) =>
      new Client({
        apiKey: 'none',
        baseURL: `${openai}/v1`,
        ...(config === undefined ? { provider: 'openai' } : { config }),
      });
  },
  cases: [
    ...clientCases<(world: World, config?: Record<string, unknown>) => Portkey>({
      on: 'openai',
      as: 'chat openai gpt-5-mini',
      served: '>gpt-5-mini-2025-08-07',
      priced: true,
      streamUsage: '',
      tries: 2,
      vectors: 'embeddings openai text-embedding-3-small success 100/ $',
      ask: (client, world, model = 'gpt-5-mini') => client(world).chat.completions.create(asked(world, model)),
      open: (client, world) =>
        client(world).chat.completions.create({
          ...asked(world, 'gpt-5-mini'),
          stream: true,
        }),
      structured: (client, world) =>
        client(world).chat.completions.create({ ...asked(world, 'gpt-5-mini'), response_format: FORMAT }),
      embed: (client, world) =>
        client(world).embeddings.create({ model: 'text-embedding-3-small', input: world.secret }),
    }),
    {
      name: 'a config whose first target serves',
      feature: 'list declared',
      openai: [
        answer({ text: SECRET, tokens: TOKENS, headers: { 'x-portkey-last-used-option-index': 'config.targets[0]' } }),
      ],
      run: (client, world) => client(world, CONFIG).chat.completions.create(asked(world, 'gpt-5-mini')),
      calls: [
        `chat portkey gpt-5-mini>gpt-5-mini-2025-08-07 success 100/20 [${CHAIN} gpt-5-mini#0 primary by gateway]`,
      ],
      rows: [
        `${CHAIN} | claude-haiku-4-5 fallback | no call | never_exercised`,
        `${CHAIN} | gpt-5-mini primary | success 1 | -`,
      ],
    },
    {
      name: 'a config whose second target serves',
      feature: 'list falls',
      openai: [
        answer({
          text: SECRET,
          tokens: TOKENS,
          model: 'claude-haiku-4-5',
          headers: { 'x-portkey-last-used-option-index': 'config.targets[1]' },
        }),
      ],
      run: (client, world) => client(world, CONFIG).chat.completions.create(asked(world, 'gpt-5-mini')),
      calls: [
        `chat portkey gpt-5-mini>claude-haiku-4-5 success 100/20 [${CHAIN} claude-haiku-4-5#1 fallback by gateway after _OTHER]`,
        `(${CHAIN} gpt-5-mini) error [${CHAIN} gpt-5-mini#0 primary by gateway]`,
      ],
      rows: [`${CHAIN} | claude-haiku-4-5 fallback | success 1 | fresh`, `${CHAIN} | gpt-5-mini primary | error 1 | -`],
    },
  ],
});
