/** Every library that owns a list of fallbacks. A new one is a file beside this and a line here. */
import type { PatchedLibrary } from '../types/library.ts';
import { AI_FALLBACK } from './ai-fallback.ts';
import { AI_RETRY } from './ai-retry.ts';
import { LANGCHAIN } from './langchain.ts';
import { LANGCHAIN_CORE } from './langchain-core.ts';
import { MASTRA } from './mastra.ts';

export const FRAMEWORKS: readonly PatchedLibrary[] = [AI_FALLBACK, AI_RETRY, LANGCHAIN_CORE, LANGCHAIN, MASTRA];
