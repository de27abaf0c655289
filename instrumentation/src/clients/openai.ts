/** What is patched in `openai` 4 to 7, and where its class stands in the module's exports. AzureOpenAI shares the resources. */
import { chatCompletions } from './chat-completions.ts';
import type { Client } from './client.ts';
import { embeddings } from './embeddings.ts';
import { responses } from './responses.ts';
import { textCompletions } from './text-completions.ts';

export const OPENAI: Client = {
  module: 'openai',
  versions: ['>=4 <8'],
  className: 'OpenAI',
  patches: [
    { path: ['Chat', 'Completions'], method: 'create', operation: chatCompletions('openai') },
    { path: ['Responses'], method: 'create', operation: responses('openai') },
    { path: ['Completions'], method: 'create', operation: textCompletions('openai') },
    { path: ['Embeddings'], method: 'create', operation: embeddings('openai') },
  ],
};
