/** @mistralai/mistralai 2, which is an ES module only. */
import type { Mistral } from '@mistralai/mistralai';
import { answer } from '@warmspare/providers';
import { library, SECRET, type World } from '../contract/library.ts';
import { clientCases, SCHEMA, TOKENS } from './client-cases.ts';

const asked = ({ secret }: World, model = 'mistral-small-latest') => ({
  model,
  messages: [
    { role: 'system' as const, content: secret },
    { role: 'user' as const, content: secret },
  ],
});

export const MISTRAL = library<(world: World) => Mistral>({
  name: '@mistralai/mistralai 2',
  folder: 'mistral-2',
  systems: ['esm'],
  async load({ load }) {
    const { Mistral: Client } = (await load('@mistralai/mistralai')) as typeof import('@mistralai/mistralai');
    return ({ mistral }) => new Client({ apiKey: 'none', serverURL: mistral, retryConfig: { strategy: 'none' } });
  },
  cases: [
    ...clientCases<(world: World) => Mistral>({
      on: 'mistral',
      as: 'chat mistral_ai mistral-small-latest',
      priced: true,
      vectors: 'embeddings mistral_ai mistral-embed success 100/ $',
      ask: (client, world, model) => client(world).chat.complete(asked(world, model)),
      open: (client, world) => client(world).chat.stream(asked(world)),
      structured: (client, world) =>
        client(world).chat.complete({
          ...asked(world),
          responseFormat: { type: 'json_schema', jsonSchema: { name: 'ticket', schemaDefinition: SCHEMA } },
        }),
      embed: (client, world) => client(world).embeddings.create({ model: 'mistral-embed', inputs: [world.secret] }),
    }),
    {
      name: "the SDK's own telemetry on: counted once",
      feature: 'call',
      mistral: [answer({ text: SECRET, tokens: TOKENS })],
      run: async (client, world) => {
        process.env.MISTRAL_SDK_TELEMETRY = 'global';
        try {
          return await client(world).chat.complete(asked(world));
        } finally {
          delete process.env.MISTRAL_SDK_TELEMETRY;
        }
      },
      calls: ['chat mistral_ai mistral-small-latest success 100/20 $'],
      rows: [],
    },
  ],
});
