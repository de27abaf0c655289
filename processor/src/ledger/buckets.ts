/** Explicit bucket bounds of the histograms, from semconv's metric table. */
import { METRICS } from '@warmspare/semconv';

/** GenAI's advice for `gen_ai.client.operation.duration`, in seconds. */
const DURATION_BOUNDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

const bounds = new Map<string, readonly number[]>();
for (const metric of METRICS) {
  if (metric.kind === 'histogram') bounds.set(metric.name, metric.bounds ?? DURATION_BOUNDS);
}

/** Undefined for what is not a histogram. */
export function boundsOf(metric: string): readonly number[] | undefined {
  return bounds.get(metric);
}

/** The first bucket whose upper bound holds the value (bounds are inclusive), the last one past all. */
export function bucketOf(of: readonly number[], value: number): number {
  let bucket = 0;
  while (bucket < of.length && value > (of[bucket] ?? 0)) bucket++;
  return bucket;
}
