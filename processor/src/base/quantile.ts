/** A quantile of what a histogram counted, as Prometheus' `histogram_quantile` estimates it. */

/**
 * Linear within the bucket that holds the quantile, from 0 in the first one; the highest bound where it lies above. Undefined where
 * nothing was counted. `counts` has one more entry than `bounds`.
 */
export function quantile(q: number, bounds: readonly number[], counts: readonly number[]): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = q * total;
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    const upper = bounds[bucket];
    if (upper === undefined) return bounds.at(-1);
    if (below + count >= rank && count > 0) {
      const lower = bounds[bucket - 1] ?? 0;
      return lower + ((upper - lower) * (rank - below)) / count;
    }
    below += count;
  }
  return bounds.at(-1);
}
