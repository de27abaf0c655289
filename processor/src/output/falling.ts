/** How a chain falls, in words that the page and the command share: how long until the next target, and runs that no target served. */
import type { ChainSnapshot } from '../types/snapshot.ts';

/** `31 s (1 failover)`, `12 s on average (7 failovers)`, `2 s in half of 40 failovers, 12 s in 95 %`. */
export function detectionInWords({ p50, p95, mean, calls }: NonNullable<ChainSnapshot['detection']>): string {
  if (calls === 1) return `${short(mean)} (1 failover)`;
  if (p50 === undefined || p95 === undefined) return `${short(mean)} on average (${calls} failovers)`;
  return `${short(p50)} in half of ${calls} failovers, ${short(p95)} in 95 %`;
}

/** Two digits below 10 seconds. */
const short = (seconds: number): string => `${seconds < 10 ? Number(seconds.toPrecision(2)) : Math.round(seconds)} s`;

/** `1 in which every target failed, 2 in which no other target was tried`; undefined where there were none. */
export function unservedInWords(runs: ChainSnapshot['runs']): string | undefined {
  const { exhausted = 0, unprotected = 0 } = runs ?? {};
  const words = [
    ...(exhausted > 0 ? [`${exhausted} in which every target failed`] : []),
    ...(unprotected > 0 ? [`${unprotected} in which the primary failed and no other target was tried`] : []),
  ];
  return words.length === 0 ? undefined : words.join(', ');
}
