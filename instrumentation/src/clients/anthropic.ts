/** What is patched in `@anthropic-ai/sdk`: `messages.create`, of the stable and the beta API; their helpers all come by it. */
import { messages } from './anthropic-messages.ts';
import type { Client } from './client.ts';
import { patchRefusalMiddleware } from './refusal-middleware.ts';

export const ANTHROPIC: Client = {
  module: '@anthropic-ai/sdk',
  versions: ['>=0.30 <2'],
  className: 'Anthropic',
  patchExports: patchRefusalMiddleware,
  // The SDKs for Bedrock and Vertex load its client past the main entry.
  files: ['lib/middleware.js', 'client.js', 'client.mjs'].map((file) => `@anthropic-ai/sdk/${file}`),
  imports: ['@anthropic-ai/sdk/client'],
  patches: [
    { path: ['Messages'], method: 'create', operation: messages() },
    { path: ['Beta', 'Messages'], method: 'create', operation: messages() },
  ],
};
