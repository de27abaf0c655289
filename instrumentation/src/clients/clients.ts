/** Every client library that is patched. A new one is a file beside this and a line here, or what an app registers. */
import { ANTHROPIC } from './anthropic.ts';
import { BEDROCK } from './bedrock.ts';
import type { Client } from './client.ts';
import { COHERE } from './cohere.ts';
import { GOOGLE_GENAI } from './google-genai.ts';
import { GOOGLE_GENERATIVE_AI } from './google-generative-ai.ts';
import { GROQ } from './groq.ts';
import { MISTRAL } from './mistral.ts';
import { OLLAMA } from './ollama.ts';
import { OPENAI } from './openai.ts';
import { OPENROUTER } from './openrouter.ts';
import { PORTKEY } from './portkey.ts';
import { TOGETHER } from './together.ts';

const CLIENTS: readonly Client[] = [
  OPENAI,
  ANTHROPIC,
  GROQ,
  GOOGLE_GENAI,
  GOOGLE_GENERATIVE_AI,
  BEDROCK,
  MISTRAL,
  COHERE,
  OLLAMA,
  OPENROUTER,
  TOGETHER,
  PORTKEY,
];

let known: readonly Client[] = CLIENTS;
const listeners = new Set<(client: Client) => void>();

/** All clients: those of this package, then those that the app registered. The same array until another one is registered. */
export function allClients(): readonly Client[] {
  return known;
}

/**
 * Adds a client library that this package does not know: from then on its calls have spans, count in chains and drills, and `chain()`
 * reads its answers. Do it before the library is loaded. ES modules are hooked at the start only: register in a file of your own that
 * comes first, `node --import ./my-client.js --import @warmspare/instrumentation/register app.js`, or hand the library's exports to
 * `instrument()`. Registering the same module again replaces nothing and does nothing.
 *
 * ```ts
 * registerClient({
 *   module: '@acme/llm',
 *   versions: ['>=2 <3'],
 *   className: 'Acme',
 *   patches: [{ path: ['Chat', 'Completions'], method: 'create', operation: chatCompletions('acme') }],
 * });
 * ```
 *
 * An API of its own shape has an `Operation` of its own: how its requests, answers and streams are read. Throws a TypeError where
 * `module`, `versions`, `className` or `patches` are missing.
 */
export function registerClient(client: Client): void {
  const { module, versions, className, patches } = client;
  const isComplete =
    typeof module === 'string' &&
    Array.isArray(versions) &&
    typeof className === 'string' &&
    Array.isArray(patches) &&
    patches.every(({ method, operation }) => typeof method === 'string' && typeof operation?.request === 'function');
  if (!isComplete) throw new TypeError('registerClient: a client has module, versions, className and patches');
  if (known.some((each) => each.module === module)) return;
  known = [...known, client];
  for (const listener of listeners) listener(client);
}

/** Tells of each client that is registered from now on, until the returned function is called. */
export function onClientRegistered(listener: (client: Client) => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
