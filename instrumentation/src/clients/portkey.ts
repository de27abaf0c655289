/**
 * What is patched in `portkey-ai` 3: its own chat completions, which retry by themselves. Its other methods go by the `openai` that it
 * brings. Its gateway's list of fallbacks stands in the client's config, or in the one of a request.
 */
import { fields, text } from '../base/read.ts';
import type { Declaring, Operation } from '../types/call.ts';
import { chatCompletions } from './chat-completions.ts';
import { type Client, exportedClass } from './client.ts';
import { embeddings } from './embeddings.ts';
import { endpointAt } from './endpoint.ts';
import { textCompletions } from './text-completions.ts';

/** Its methods take `(body, params, options)`; `params` are Portkey's own. */
function through(operation: Operation): Operation {
  return {
    ...operation,
    request(resource, body, params, options) {
      const { client } = fields(resource);
      const { baseURL, customHeaders } = fields(client);
      const provider = text(fields(params).provider) ?? text(fields(customHeaders)['x-portkey-provider']) ?? 'portkey';
      const read = operation.request({}, body, options);
      return read && { ...read, ...endpointAt(baseURL, provider), provider, direct: false };
    },
    declaring: (resource, body, params) =>
      declaringConfig(fields(fields(resource).client), body, fields(params).config),
  };
}

function declaringConfig(client: ReturnType<typeof fields>, body: unknown, config: unknown): Declaring {
  const ofRequest = typeof config === 'object' && config !== null ? JSON.stringify(config) : config;
  const headers = ofRequest === undefined ? [] : [{ 'x-portkey-config': ofRequest }];
  return { body, headers: [...headers, client.customHeaders] };
}

/** Its classes are nobody's exports: a client that is made and let go has their prototypes. It sends nothing. */
function resource(find: (client: ReturnType<typeof fields>) => unknown): (exported: unknown) => object | undefined {
  return (exported) => {
    const Portkey = exportedClass(exported, 'Portkey') as (new (options: object) => object) | undefined;
    if (Portkey === undefined) return undefined;
    const found = find(fields(new Portkey({ apiKey: 'none', baseURL: 'http://127.0.0.1' })));
    return typeof found === 'object' && found !== null ? (Object.getPrototypeOf(found) as object) : undefined;
  };
}

export const PORTKEY: Client = {
  module: 'portkey-ai',
  versions: ['>=3 <4'],
  className: 'Portkey',
  patches: [
    {
      path: resource(({ chat }) => fields(chat).completions),
      method: 'create',
      operation: through(chatCompletions('portkey')),
    },
    {
      path: resource(({ completions }) => completions),
      method: 'create',
      operation: through(textCompletions('portkey')),
    },
    { path: resource((client) => client.embeddings), method: 'create', operation: through(embeddings('portkey')) },
  ],
};
