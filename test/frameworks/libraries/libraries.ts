/** Every library whose contract is run. A new one is a file beside this and a line here. */
import type { Library } from '../contract/library.ts';
import { AI } from './ai.ts';
import { GOOGLE_GENAI } from './google-genai.ts';
import { OPENAI } from './openai.ts';

export const LIBRARIES: readonly Library<unknown>[] = [OPENAI, GOOGLE_GENAI, ...AI];
