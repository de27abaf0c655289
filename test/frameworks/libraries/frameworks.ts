/** The libraries that ask models, and that own lists of them. */
import type { Library } from '../contract/library.ts';
import { AI } from './ai.ts';
import { LANGCHAIN } from './langchain.ts';
import { MASTRA } from './mastra.ts';
import { THROUGH_OPENAI } from './through-openai.ts';

export const FRAMEWORKS: readonly Library<unknown>[] = [...AI, LANGCHAIN, MASTRA, THROUGH_OPENAI];
