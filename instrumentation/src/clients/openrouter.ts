/** What is patched in `@openrouter/sdk` 1: chat, behind a getter of the client. The request names its fallbacks in `models`. */
import { fields } from '../base/read.ts';
import type { Operation } from '../types/call.ts';
import { CAMEL_CHAT, snakeRequest } from './camel-chat.ts';
import { chatCompletions } from './chat-completions.ts';
import type { Client } from './client.ts';
import { endpointAt } from './endpoint.ts';
import { signalOf } from './request-parts.ts';

const CHAT = chatCompletions('openrouter');

const SEND: Operation = {
  ...CAMEL_CHAT,
  request(resource, given, options) {
    const { serverURL, signal, fetchOptions } = fields(options);
    const url = serverURL ?? fields(resource)._baseURL;
    const read = CHAT.request({}, snakeRequest(fields(given).chatRequest));
    return (
      read && {
        ...read,
        ...endpointAt(url === undefined ? undefined : String(url), 'openrouter'),
        signal: signalOf({ signal: signal ?? fields(fetchOptions).signal }),
      }
    );
  },
  declaring: (_, given) => ({ body: snakeRequest(fields(given).chatRequest) }),
};

export const OPENROUTER: Client = {
  module: '@openrouter/sdk',
  versions: ['>=1 <2'],
  className: 'OpenRouter',
  patches: [{ path: [], getters: ['chat'], method: 'send', operation: SEND }],
};
