/** What is patched in `@mistralai/mistralai` 2: chat, fill-in-the-middle and vectors. Each is behind a getter of the client. */
import { count, fields, list } from '../base/read.ts';
import type { AnswerFormat, CallRequest, Operation } from '../types/call.ts';
import { CAMEL_CHAT, snakeRequest } from './camel-chat.ts';
import { chatCompletions } from './chat-completions.ts';
import type { Client } from './client.ts';
import { endpointAt } from './endpoint.ts';
import { ended } from './finish.ts';
import { signalOf } from './request-parts.ts';

const CHAT = chatCompletions('mistral_ai');

function chat(stream: boolean): Operation {
  return {
    ...CAMEL_CHAT,
    request(resource, body, options) {
      const read = CHAT.request({}, snakeRequest(body));
      return read && { ...read, ...called(resource, options), stream };
    },
  };
}

/** Where it goes, and what ends it. */
function called(resource: unknown, options: unknown): Pick<CallRequest, 'server' | 'provider' | 'direct' | 'signal'> {
  const { serverURL, signal, fetchOptions } = fields(options);
  const url = serverURL ?? fields(resource)._baseURL;
  return {
    ...endpointAt(url === undefined ? undefined : String(url), 'mistral_ai'),
    signal: signalOf({ signal: signal ?? fields(fetchOptions).signal }),
  };
}

const VECTORS: AnswerFormat = {
  isAnswer: (value) =>
    'promptTokens' in fields(fields(value).usage) && 'embedding' in fields(list(fields(value).data)[0]),
  answer(value) {
    const { model, data, usage } = fields(value);
    const input = count(fields(usage).promptTokens);
    return {
      ...ended(list(data).length > 0 ? 'success' : 'error'),
      model: typeof model === 'string' ? model : undefined,
      usage: input === undefined ? undefined : { input },
    };
  },
  isChunk: () => false,
  reader: () => ({ read() {}, answer: () => ({ complete: false }) }),
};

const EMBED: Operation = {
  ...VECTORS,
  request(resource, body, options) {
    const { model } = fields(body);
    return {
      operation: 'embeddings',
      ...called(resource, options),
      model: typeof model === 'string' ? model : undefined,
      stream: false,
      outputType: undefined,
      schema: undefined,
      systemPrompt: undefined,
    };
  },
};

const methods = (getter: string, all: Readonly<Record<string, Operation>>): Client['patches'] =>
  Object.entries(all).map(([method, operation]) => ({ path: [], getters: [getter], method, operation }));

export const MISTRAL: Client = {
  module: '@mistralai/mistralai',
  versions: ['>=2 <3'],
  className: 'Mistral',
  patches: [
    ...methods('chat', { complete: chat(false), stream: chat(true), parse: chat(false), parseStream: chat(true) }),
    ...methods('agents', { complete: chat(false), stream: chat(true) }),
    ...methods('fim', { complete: chat(false), stream: chat(true) }),
    ...methods('embeddings', { create: EMBED }),
  ],
};
