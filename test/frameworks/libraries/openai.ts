/** openai 7: a client of a provider, the plainest kind of library. */
import { answer, fail, json } from '@warmspare/providers';
import type OpenAI from 'openai';
import { library, SECRET, type World } from '../contract/library.ts';

const TOKENS = { input: 100, output: 20 };
const SCHEMA = {
  type: 'object',
  properties: { summary: { type: 'string' }, priority: { type: 'number' } },
  required: ['summary', 'priority'],
  additionalProperties: false,
};

const chat = ({ secret }: World) => ({ model: 'gpt-5', messages: [{ role: 'user' as const, content: secret }] });
const structured = (world: World) => ({
  ...chat(world),
  response_format: { type: 'json_schema' as const, json_schema: { name: 'ticket', schema: SCHEMA, strict: true } },
});

export const OPENAI = library<(world: World) => OpenAI>({
  name: 'openai 7',
  folder: 'openai-7',
  systems: ['esm', 'cjs'],
  async load({ load }) {
    const { OpenAI: Client } = (await load('openai')) as typeof import('openai');
    return ({ openai }) => new Client({ apiKey: 'none', baseURL: `${openai}/v1`, maxRetries: 0 });
  },
  cases: [
    {
      name: 'a call',
      feature: 'call',
      openai: [answer({ text: SECRET, tokens: TOKENS })],
      run: (client, world) => client(world).chat.completions.create(chat(world)),
      calls: ['chat openai gpt-5>gpt-5-2025-08-07 success 100/20 $'],
      rows: [],
    },
    {
      name: 'a stream',
      feature: 'stream',
      openai: [answer({ text: SECRET, tokens: TOKENS })],
      async run(client, world) {
        const stream = await client(world).chat.completions.create({
          ...chat(world),
          stream: true,
          stream_options: { include_usage: true },
        });
        const chunks: unknown[] = [];
        for await (const chunk of stream) chunks.push(chunk);
        return chunks;
      },
      calls: ['chat openai gpt-5>gpt-5-2025-08-07 success 100/20 $'],
      rows: [],
    },
    {
      name: 'a failure',
      feature: 'failure',
      openai: [fail('rate_limit')],
      run: (client, world) => client(world).chat.completions.create(chat(world)),
      calls: ['chat openai gpt-5 error'],
      rows: [],
    },
    {
      name: 'an output that keeps to its schema',
      feature: 'schema',
      openai: [json({ summary: SECRET, priority: 1 }, { tokens: TOKENS })],
      run: (client, world) => client(world).chat.completions.create(structured(world)),
      calls: ['chat openai gpt-5>gpt-5-2025-08-07 success 100/20 $ schema=valid'],
      rows: [],
    },
    {
      name: 'an output that does not',
      feature: 'schema',
      openai: [json({ summary: SECRET }, { tokens: TOKENS })],
      run: (client, world) => client(world).chat.completions.create(structured(world)),
      calls: ['chat openai gpt-5>gpt-5-2025-08-07 schema_invalid 100/20 $ schema=invalid'],
      rows: [],
    },
  ],
});
