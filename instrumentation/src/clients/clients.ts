/** Every client library that is patched. A new one is a file beside this and a line here. */
import { ANTHROPIC } from './anthropic.ts';
import type { Client } from './client.ts';
import { GROQ } from './groq.ts';
import { OPENAI } from './openai.ts';

export const CLIENTS: readonly Client[] = [OPENAI, ANTHROPIC, GROQ];
