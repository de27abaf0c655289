/** @google/genai 3. */
import type { GoogleGenAI } from '@google/genai';
import { library, type World } from '../contract/library.ts';
import { clientCases, gather, SCHEMA } from './client-cases.ts';

const asked = ({ secret }: World, model = 'gemini-2.5-flash') => ({
  model,
  contents: secret,
  config: { systemInstruction: secret },
});

export const GOOGLE_GENAI = library<(world: World) => GoogleGenAI>({
  name: '@google/genai 3',
  folder: 'google-genai-3',
  systems: ['esm', 'cjs'],
  async load({ load }) {
    const { GoogleGenAI: Client } = (await load('@google/genai')) as typeof import('@google/genai');
    return ({ google }) => new Client({ apiKey: 'none', httpOptions: { baseUrl: google } });
  },
  cases: [
    ...clientCases<(world: World) => GoogleGenAI>({
      on: 'google',
      as: 'generate_content gcp.gemini gemini-2.5-flash',
      priced: true,
      partialUsage: ' 100/ $',
      vectors: 'embeddings gcp.gemini gemini-embedding-001 success',
      ask: (client, world, model) => client(world).models.generateContent(asked(world, model)),
      stream: async (client, world, stopAfter) =>
        gather(await client(world).models.generateContentStream(asked(world)), stopAfter),
      structured: (client, world) =>
        client(world).models.generateContent({
          ...asked(world),
          config: { responseMimeType: 'application/json', responseJsonSchema: SCHEMA },
        }),
      embed: (client, world) =>
        client(world).models.embedContent({ model: 'gemini-embedding-001', contents: world.secret }),
    }),
  ],
});
