/** Every client library that is patched. A new one is a file beside this and a line here. */
import type { Client } from './client.ts';
import { OPENAI } from './openai.ts';

export const CLIENTS: readonly Client[] = [OPENAI];
