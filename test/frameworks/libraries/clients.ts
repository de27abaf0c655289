/** The clients of providers that the contract suite runs, beside openai. */
import type { Library } from '../contract/library.ts';
import { ANTHROPIC_BEDROCK, ANTHROPIC_VERTEX } from './anthropic-platforms.ts';
import { BEDROCK_RUNTIME } from './bedrock-runtime.ts';
import { COHERE } from './cohere.ts';
import { GOOGLE_GENAI } from './google-genai.ts';
import { GOOGLE_GENERATIVE_AI } from './google-generative-ai.ts';
import { MISTRAL } from './mistral.ts';
import { OLLAMA } from './ollama.ts';
import { PORTKEY, TOGETHER } from './openai-like.ts';
import { OPENROUTER } from './openrouter.ts';

export const CLIENTS: readonly Library<unknown>[] = [
  ANTHROPIC_BEDROCK,
  ANTHROPIC_VERTEX,
  BEDROCK_RUNTIME,
  COHERE,
  GOOGLE_GENAI,
  GOOGLE_GENERATIVE_AI,
  MISTRAL,
  OLLAMA,
  OPENROUTER,
  PORTKEY,
  TOGETHER,
];
