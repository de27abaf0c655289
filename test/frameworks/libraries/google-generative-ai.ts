/** @google/generative-ai 0.24: what Google made before @google/genai. */
import type { GenerativeModel } from '@google/generative-ai';
import { answer } from '@warmspare/providers';
import { library, SECRET, type World } from '../contract/library.ts';
import { clientCases, SCHEMA, TOKENS } from './client-cases.ts';

type Google = (world: World, model?: string) => GenerativeModel;

export const GOOGLE_GENERATIVE_AI = library<Google>({
  name: '@google/generative-ai 0.24',
  folder: 'google-generative-ai-0',
  systems: ['esm', 'cjs'],
  async load({ load }) {
    const { GoogleGenerativeAI } = (await load('@google/generative-ai')) as typeof import('@google/generative-ai');
    return ({ google, secret }, model = 'gemini-2.5-flash') =>
      new GoogleGenerativeAI('none').getGenerativeModel({ model, systemInstruction: secret }, { baseUrl: google });
  },
  cases: [
    ...clientCases<Google>({
      on: 'google',
      as: 'generate_content gcp.gemini gemini-2.5-flash',
      priced: true,
      partialUsage: ' 100/ $',
      ask: async (google, world, model) => (await google(world, model).generateContent(world.secret)).response,
      open: async (google, world) => {
        const result = await google(world).generateContentStream(world.secret);
        result.response.catch(() => {});
        return result;
      },
      streamOf: (result) => (result as { readonly stream: AsyncIterable<unknown> }).stream,
      structured: async (google, world) => {
        const { additionalProperties: _, ...responseSchema } = SCHEMA;
        const generationConfig = { responseMimeType: 'application/json', responseSchema: responseSchema as never };
        const contents = [{ role: 'user', parts: [{ text: world.secret }] }];
        return (await google(world).generateContent({ contents, generationConfig })).response;
      },
    }),
    {
      name: 'a message of a chat session',
      feature: 'call',
      google: [answer({ text: SECRET, tokens: TOKENS })],
      run: async (google, world) => (await google(world).startChat().sendMessage(world.secret)).response,
      calls: ['generate_content gcp.gemini gemini-2.5-flash success 100/20 $'],
      rows: [],
    },
  ],
});
