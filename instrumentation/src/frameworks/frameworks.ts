/** Every library that owns a list of fallbacks. A new one is a file beside this and a line here. */
import type { PatchedLibrary } from '../types/library.ts';

export const FRAMEWORKS: readonly PatchedLibrary[] = [];
