/** Every library that the contract suite runs. A new one is a table beside this, a folder with its packages, and a line here. */
import type { Library } from '../contract/library.ts';
import { CLIENTS } from './clients.ts';
import { FRAMEWORKS } from './frameworks.ts';
import { OPENAI } from './openai.ts';

export const LIBRARIES: readonly Library<unknown>[] = [OPENAI, ...CLIENTS, ...FRAMEWORKS];
