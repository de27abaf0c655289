/** What is patched in `openai` 4 to 7, and where its class stands in the module's exports. */
import { chatCompletions } from './chat-completions.ts';
import type { Client } from './client.ts';

export const OPENAI: Client = {
  module: 'openai',
  versions: ['>=4 <8'],
  className: 'OpenAI',
  patches: [{ path: ['Chat', 'Completions'], method: 'create', operation: chatCompletions('openai') }],
};
