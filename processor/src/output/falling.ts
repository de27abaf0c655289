/** How a chain falls, in words that the page and the command share: how long until the next rung, and runs that no rung served. */
import type { ChainSnapshot } from '../types/snapshot.ts';
import { inWords } from './duration.ts';

/** `2 seconds in half of 7 failovers, 12 seconds in 95 %`. */
export function detectionInWords({ p50, p95, calls }: NonNullable<ChainSnapshot['detection']>): string {
  return `${inWords(p50)} in half of ${calls} ${calls === 1 ? 'failover' : 'failovers'}, ${inWords(p95)} in 95 %`;
}

/** `1 in which every rung failed, 2 in which no rung was tried`; undefined where there were none. */
export function unservedInWords(runs: ChainSnapshot['runs']): string | undefined {
  const { exhausted = 0, unprotected = 0 } = runs ?? {};
  const words = [
    ...(exhausted > 0 ? [`${exhausted} in which every rung failed`] : []),
    ...(unprotected > 0 ? [`${unprotected} in which the primary failed and no rung was tried`] : []),
  ];
  return words.length === 0 ? undefined : words.join(', ');
}
