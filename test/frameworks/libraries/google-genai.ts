/** @google/genai 3. */
import type { GoogleGenAI } from '@google/genai';
import { answer, hang } from '@warmspare/providers';
import { library, SECRET, type World } from '../contract/library.ts';
import { clientCases, SCHEMA, TOKENS } from './client-cases.ts';

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
      open: (client, world) => client(world).models.generateContentStream(asked(world)),
      structured: (client, world) =>
        client(world).models.generateContent({
          ...asked(world),
          config: { responseMimeType: 'application/json', responseJsonSchema: SCHEMA },
        }),
      embed: (client, world) =>
        client(world).models.embedContent({ model: 'gemini-embedding-001', contents: world.secret }),
    }),
    {
      name: 'automatic function calling: two calls of the model',
      feature: 'tools',
      google: [
        answer({ toolCalls: [{ name: 'look_up', arguments: { id: 7 } }], tokens: TOKENS }),
        answer({ text: SECRET, tokens: TOKENS }),
      ],
      run: (client, world) =>
        client(world).models.generateContent({
          ...asked(world),
          config: {
            tools: [
              {
                tool: () => Promise.resolve({ functionDeclarations: [{ name: 'look_up' }] }),
                callTool: () =>
                  Promise.resolve([{ functionResponse: { name: 'look_up', response: { found: world.secret } } }]),
              },
            ],
          },
        }),
      calls: Array.from({ length: 2 }, () => 'generate_content gcp.gemini gemini-2.5-flash success 100/20 $'),
      rows: [],
    },
    {
      name: 'an answer that goes on over two requests',
      feature: 'call',
      google: [
        answer({
          body: {
            candidates: [
              { content: { parts: [{ text: SECRET }], role: 'model' }, continuationToken: 'more', index: 0 },
            ],
          },
          tokens: TOKENS,
        }),
        answer({ text: SECRET, tokens: TOKENS }),
      ],
      run: (client, world) => client(world).models.generateContent(asked(world)),
      calls: ['generate_content gcp.gemini gemini-2.5-flash success 200/40 $'],
      rows: [],
    },
    {
      name: 'an answer that may not go on',
      feature: 'call',
      google: [answer({ text: SECRET, tokens: TOKENS })],
      run: (client, world) =>
        client(world).models.generateContent({ ...asked(world), config: { automaticContinuation: false } }),
      calls: ['generate_content gcp.gemini gemini-2.5-flash success 100/20 $'],
      rows: [],
    },
    {
      name: 'a stream that may not go on, read by hand',
      feature: 'stream',
      google: [answer({ text: SECRET, tokens: TOKENS })],
      run: async (client, world) => {
        const stream = await client(world).models.generateContentStream({
          ...asked(world),
          config: { automaticContinuation: false },
        });
        const chunks: unknown[] = [];
        for (let next = await stream.next(); next.done !== true; next = await stream.next()) chunks.push(next.value);
        return chunks;
      },
      calls: ['generate_content gcp.gemini gemini-2.5-flash success 100/20 $'],
      rows: [],
    },
    {
      name: 'a message of a chat',
      feature: 'call',
      google: [answer({ text: SECRET, tokens: TOKENS })],
      run: (client, world) =>
        client(world).chats.create({ model: 'gemini-2.5-flash' }).sendMessage({ message: world.secret }),
      calls: ['generate_content gcp.gemini gemini-2.5-flash success 100/20 $'],
      rows: [],
    },
    {
      name: 'a caller who gives up',
      feature: 'failure',
      google: [hang()],
      run: async (client, world) => {
        const controller = new AbortController();
        const call = client(world).models.generateContent({
          ...asked(world),
          config: { abortSignal: controller.signal },
        });
        setTimeout(() => controller.abort(), 50);
        return call;
      },
      calls: ['generate_content gcp.gemini gemini-2.5-flash cancelled'],
      rows: [],
    },
  ],
});
