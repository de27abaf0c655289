/** What is patched in `together-ai`. */
import { chatCompletions } from './chat-completions.ts';
import type { Client } from './client.ts';
import { embeddings } from './embeddings.ts';
import { textCompletions } from './text-completions.ts';

export const TOGETHER: Client = {
  module: 'together-ai',
  versions: ['>=0.20 <1'],
  className: 'Together',
  patches: [
    { path: ['Chat', 'Completions'], method: 'create', operation: chatCompletions('together_ai') },
    { path: ['Completions'], method: 'create', operation: textCompletions('together_ai') },
    { path: ['Embeddings'], method: 'create', operation: embeddings('together_ai') },
  ],
};
