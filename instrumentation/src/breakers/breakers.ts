/** Every breaker library that is patched. A new one is a file beside this and a line here. */
import { COCKATIEL } from './cockatiel.ts';
import type { BreakerLibrary } from './library.ts';
import { OPOSSUM } from './opossum.ts';

export const BREAKERS: readonly BreakerLibrary[] = [OPOSSUM, COCKATIEL];
