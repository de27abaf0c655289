/** The ways in which the clients are used, each a function of a client: what it resolves to is what a caller sees. */
import type { Anthropic } from 'anthropic1';
import type { OpenAI } from 'openai7';
import { SECRET } from './canned.ts';

const SCHEMA = {
  type: 'object',
  description: SECRET,
  properties: { [SECRET]: { enum: [SECRET] } },
  required: [SECRET],
  additionalProperties: false,
};
const MESSAGES = [
  { role: 'system' as const, content: SECRET },
  { role: 'user' as const, content: SECRET },
];

type Use = (client: OpenAI) => Promise<unknown>;

const chat = { model: 'gpt-5', messages: MESSAGES };
const structured = {
  ...chat,
  response_format: { type: 'json_schema' as const, json_schema: { name: 'secret', schema: SCHEMA, strict: true } },
};
const responses = { model: 'gpt-5', instructions: SECRET, input: SECRET };
const helpers = (client: OpenAI): OpenAI['chat']['completions'] =>
  'parse' in client.chat.completions
    ? client.chat.completions
    : (client.beta as unknown as OpenAI['chat'] & { chat: OpenAI['chat'] }).chat.completions;

export const OPENAI: readonly (readonly [string, Use])[] = [
  ['await', (client) => client.chat.completions.create(chat)],
  [
    'then',
    (client) => new Promise((resolve, reject) => void client.chat.completions.create(chat).then(resolve, reject)),
  ],
  ['finally', (client) => client.chat.completions.create(chat).finally(() => undefined)],
  [
    'await twice',
    async (client) => {
      const promise = client.chat.completions.create(chat);
      const first = await promise;
      return [first === (await promise), first];
    },
  ],
  [
    'withResponse()',
    async (client) => {
      const { data, response } = await client.chat.completions.create(chat).withResponse();
      return [data, response.status, response.headers.get('x-request-id'), response.bodyUsed];
    },
  ],
  ['asResponse()', async (client) => (await client.chat.completions.create(chat).asResponse()).text()],
  [
    'both, one after the other',
    async (client) => {
      const promise = client.chat.completions.create(chat);
      return [await promise, (await promise.asResponse()).status];
    },
  ],
  ['parse()', (client) => helpers(client).parse(structured)],
  ['parse().withResponse()', async (client) => (await helpers(client).parse(structured).withResponse()).data],
  ['a response_format', (client) => client.chat.completions.create(structured)],
  ['stream()', (client) => helpers(client).stream(chat).finalChatCompletion()],
  ['a stream', async (client) => drained(await client.chat.completions.create({ ...chat, stream: true }))],
  [
    'a stream with its response',
    async (client) => {
      const { data, response } = await client.chat.completions.create({ ...chat, stream: true }).withResponse();
      return [await drained(data), response.status];
    },
  ],
  [
    'a stream left early',
    async (client) => {
      const stream = await client.chat.completions.create({ ...chat, stream: true });
      for await (const _ of stream) break;
      return stream.controller.signal.aborted;
    },
  ],
  [
    'a stream read twice',
    async (client) => {
      const stream = await client.chat.completions.create({ ...chat, stream: true });
      return [await drained(stream), await drained(stream)];
    },
  ],
  [
    'tee()',
    async (client) => {
      const [left, right] = (await client.chat.completions.create({ ...chat, stream: true })).tee();
      return [await drained(left), await drained(right)];
    },
  ],
  [
    'toReadableStream()',
    async (client) =>
      new Response((await client.chat.completions.create({ ...chat, stream: true })).toReadableStream()).text(),
  ],
  ['an aborted signal', (client) => client.chat.completions.create(chat, { signal: AbortSignal.abort() })],
  [
    'headers and query of a request',
    (client) => client.chat.completions.create(chat, { headers: { 'X-Own': 'one' }, query: { own: 'two' } }),
  ],
  ['embeddings', (client) => client.embeddings.create({ model: 'text-embedding-3-small', input: SECRET })],
  ['text completions', (client) => client.completions.create({ model: 'davinci', prompt: SECRET })],
  ['responses', (client) => client.responses.create(responses)],
  [
    'responses, parsed',
    (client) =>
      client.responses.parse({
        ...responses,
        text: { format: { type: 'json_schema', name: 'secret', schema: SCHEMA } },
      }),
  ],
  ['responses, streamed', async (client) => drained(await client.responses.create({ ...responses, stream: true }))],
  ['no such argument', (client) => client.chat.completions.create(undefined as never)],
];

const claude = { model: 'claude-haiku-4-5', max_tokens: 10, system: SECRET, messages: MESSAGES.slice(1) };
const formatted = { ...claude, output_config: { format: { type: 'json_schema' as const, schema: SCHEMA } } };
export const CLAUDE: readonly (readonly [string, (client: Anthropic) => Promise<unknown>])[] = [
  ['await', (client) => client.messages.create(claude as never)],
  [
    'withResponse()',
    async (client) => {
      const { data, response, request_id } = await client.messages.create(claude as never).withResponse();
      return [data, response.status, request_id];
    },
  ],
  ['asResponse()', async (client) => (await client.messages.create(claude as never).asResponse()).text()],
  ['parse()', (client) => client.messages.parse(formatted as never)],
  ['an output_config', (client) => client.messages.create(formatted as never)],
  ['the beta API', (client) => client.beta.messages.create(claude as never)],
  ['stream()', (client) => client.messages.stream(claude as never).finalMessage()],
  ['stream() of the beta API', (client) => client.beta.messages.stream(claude as never).finalMessage()],
  ['a stream', async (client) => drained(await client.messages.create({ ...claude, stream: true } as never))],
  [
    'a stream left early',
    async (client) => {
      const given: unknown = await client.messages.create({ ...claude, stream: true } as never);
      const stream = given as AsyncIterable<unknown> & { readonly controller: AbortController };
      for await (const _ of stream) break;
      return stream.controller.signal.aborted;
    },
  ],
  ['an aborted signal', (client) => client.messages.create(claude as never, { signal: AbortSignal.abort() })],
];

async function drained(stream: unknown): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of stream as AsyncIterable<unknown>) chunks.push(chunk);
  return chunks;
}
