/** What is patched in `groq-sdk`. */
import { chatCompletions } from './chat-completions.ts';
import type { Client } from './client.ts';
import { embeddings } from './embeddings.ts';

export const GROQ: Client = {
  module: 'groq-sdk',
  versions: ['>=0.5 <2'],
  className: 'Groq',
  patches: [
    { path: ['Chat', 'Completions'], method: 'create', operation: chatCompletions('groq') },
    { path: ['Embeddings'], method: 'create', operation: embeddings('groq') },
  ],
};
