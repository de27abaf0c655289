/** cohere-ai 8, which is CommonJS only. */
import type { CohereClientV2 } from 'cohere-ai';
import { library, type World } from '../contract/library.ts';
import { clientCases, SCHEMA } from './client-cases.ts';

const ONCE = { maxRetries: 0 };
const asked = ({ secret }: World, model = 'command-r-08-2024') => ({
  model,
  messages: [
    { role: 'system' as const, content: secret },
    { role: 'user' as const, content: secret },
  ],
});

export const COHERE = library<(world: World) => CohereClientV2>({
  name: 'cohere-ai 8',
  folder: 'cohere-8',
  systems: ['esm', 'cjs'],
  async load({ load }) {
    const { CohereClientV2: Client } = (await load('cohere-ai')) as typeof import('cohere-ai');
    return ({ cohere }) => new Client({ token: 'none', baseUrl: cohere });
  },
  cases: clientCases<(world: World) => CohereClientV2>({
    on: 'cohere',
    as: 'chat cohere command-r-08-2024',
    priced: true,
    vectors: 'embeddings cohere embed-v4.0 success 100/ $',
    ask: (client, world, model) => client(world).chat(asked(world, model), ONCE),
    open: (client, world) => client(world).chatStream(asked(world), ONCE),
    structured: (client, world) =>
      client(world).chat({ ...asked(world), responseFormat: { type: 'json_object', jsonSchema: SCHEMA } }, ONCE),
    embed: (client, world) =>
      client(world).embed(
        { model: 'embed-v4.0', texts: [world.secret], inputType: 'search_document', embeddingTypes: ['float'] },
        ONCE,
      ),
  }),
});
