/** Every library whose models are watched. A new one is a file beside this and a line here. */
import type { PatchedLibrary } from '../types/library.ts';
import { AI } from './ai.ts';

export const MODELS: readonly PatchedLibrary[] = [AI];
