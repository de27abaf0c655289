/** Cumulative points go in, what was added since the last successful export comes out. It forgets nothing on a failed export: the next one carries it. */
import type { DistributionPoint, MetricAttributes, MetricPoint, SumPoint } from '../types/metric.ts';

type CumulativePoint = SumPoint | DistributionPoint;

/** Deltas of one export, and what makes them the new baseline. */
export interface DeltaExport {
  /** Gauges untouched; counters and histograms as deltas whose `startTime` is the last successful export. Unchanged series are left out. */
  readonly points: readonly MetricPoint[];
  /** To be called once the receiver has accepted the points. */
  accepted(): void;
}

/** Turns cumulative points into deltas. */
export interface DeltaState {
  /** Takes what is there as sent already: what an earlier process counted is not sent a second time. */
  start(points: readonly MetricPoint[], now: number): void;
  since(points: readonly MetricPoint[], now: number): DeltaExport;
}

interface Sent {
  readonly point: CumulativePoint;
  readonly at: number;
}

/** One state for each destination. A series is known by its name and its attributes object, which lives as long as it does. */
export function createDeltaState(): DeltaState {
  const sent = new WeakMap<MetricAttributes, Map<string, Sent>>();

  const remember = (point: CumulativePoint, at: number): void => {
    let byName = sent.get(point.attributes);
    if (byName === undefined) {
      byName = new Map();
      sent.set(point.attributes, byName);
    }
    byName.set(point.name, { point, at });
  };

  return {
    start(points, now) {
      for (const point of points) if (point.kind !== 'gauge') remember(point, now);
    },
    since(points, now) {
      const pending: CumulativePoint[] = [];
      const deltas: MetricPoint[] = [];
      for (const point of points) {
        if (point.kind === 'gauge') {
          deltas.push(point);
          continue;
        }
        const last = sent.get(point.attributes)?.get(point.name);
        const delta = last === undefined ? point : subtract(point, last);
        if (delta === undefined) continue;
        deltas.push(delta);
        pending.push(point);
      }
      return {
        points: deltas,
        accepted: () => {
          for (const point of pending) remember(point, now);
        },
      };
    },
  };
}

/** The difference, `undefined` where nothing was added; a series that began anew counts from its own start. */
function subtract(point: CumulativePoint, last: Sent): CumulativePoint | undefined {
  const before = last.point;
  if (before.startTime !== point.startTime) return point;
  const startTime = last.at;
  if (point.kind === 'counter' && before.kind === 'counter') {
    return point.value === before.value ? undefined : { ...point, value: point.value - before.value, startTime };
  }
  if (point.kind === 'histogram' && before.kind === 'histogram') {
    if (point.count === before.count) return undefined;
    const counts = point.counts.map((count, index) => count - (before.counts[index] ?? 0));
    return { ...point, counts, sum: point.sum - before.sum, count: point.count - before.count, startTime };
  }
  return point;
}
