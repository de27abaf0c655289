/** ollama 0.6. */
import { answer } from '@warmspare/providers';
import type { Ollama } from 'ollama';
import { library, SECRET, type World } from '../contract/library.ts';
import { clientCases, gather, SCHEMA, TOKENS } from './client-cases.ts';

const asked = ({ secret }: World, model = 'llama3.3') => ({ model, messages: [{ role: 'user', content: secret }] });

export const OLLAMA = library<(world: World) => Ollama>({
  name: 'ollama 0.6',
  folder: 'ollama-0',
  systems: ['esm', 'cjs'],
  async load({ load }) {
    const { Ollama: Client } = (await load('ollama')) as typeof import('ollama');
    return ({ ollama }) => new Client({ host: ollama });
  },
  cases: [
    ...clientCases<(world: World) => Ollama>({
      on: 'ollama',
      as: 'chat ollama llama3.3',
      priced: false,
      vectors: 'embeddings ollama nomic-embed-text success 100/',
      ask: (client, world, model) => client(world).chat(asked(world, model)),
      open: (client, world) => client(world).chat({ ...asked(world), stream: true }),
      structured: (client, world) => client(world).chat({ ...asked(world), format: SCHEMA }),
      embed: (client, world) => client(world).embed({ model: 'nomic-embed-text', input: world.secret }),
    }),
    {
      name: 'generate()',
      feature: 'call',
      ollama: [answer({ text: SECRET, tokens: TOKENS })],
      run: (client, world) => client(world).generate({ model: 'llama3.3', prompt: world.secret, system: world.secret }),
      calls: ['text_completion ollama llama3.3 success 100/20'],
      rows: [],
    },
    {
      name: 'generate() as a stream',
      feature: 'stream',
      ollama: [answer({ text: SECRET, tokens: TOKENS })],
      run: async (client, world) =>
        gather(await client(world).generate({ model: 'llama3.3', prompt: world.secret, stream: true })),
      calls: ['text_completion ollama llama3.3 success 100/20'],
      rows: [],
    },
  ],
});
