/** Cumulative points go in, what was added since the last successful export comes out. It forgets nothing on a failed export: the next one carries it. */
import { hash } from 'node:crypto';
import type { DistributionPoint, MetricAttributes, MetricPoint, SumPoint } from '../types/metric.ts';
import type { SentRecord } from '../types/sent.ts';

type CumulativePoint = SumPoint | DistributionPoint;

/** Deltas of one export, and what makes them the new baseline. */
export interface DeltaExport {
  /** Gauges untouched; counters and histograms as deltas whose `startTime` is the last successful export. Unchanged series are left out. */
  readonly points: readonly MetricPoint[];
  /** To be called once the receiver has accepted the points. */
  accepted(): void;
  /** Resolves when another process would begin from here, too. Rejects where that cannot be kept: the next one keeps it. */
  kept(): Promise<void>;
}

/** Turns cumulative points into deltas. */
export interface DeltaState {
  /** Takes what is there as sent already: what was counted before the first export is not this destination's. Returns it. */
  start(points: readonly MetricPoint[], now: number): readonly SentRecord[];
  /** Takes for sent what an earlier process sent, and nothing else. Takes out of `records`, by their series, those that it used. */
  restore(points: readonly MetricPoint[], records: Map<string, SentRecord>): void;
  since(points: readonly MetricPoint[], now: number): DeltaExport;
}

/** `series` where it is known already: to tell it costs more than all else. */
type Sent = Omit<SentRecord, 'series'> & { readonly series?: string };

/** What was sent of one owner: by name, then by the metric's own attributes. */
type SentOf = Map<string, Map<MetricAttributes | undefined, Sent>>;

/**
 * One state for each destination. A series is known by its name and its objects of attributes, which live as long as it does; across
 * processes by a hash of what they say. `keep` makes records durable.
 */
export function createDeltaState(keep?: (records: readonly SentRecord[]) => Promise<void>): DeltaState {
  const sent = new WeakMap<MetricAttributes, SentOf>();

  const remember = (point: CumulativePoint, values: Sent): void => {
    const byName: SentOf = sent.get(point.attributes) ?? new Map();
    const byExtra = byName.get(point.name) ?? new Map<MetricAttributes | undefined, Sent>();
    sent.set(point.attributes, byName.set(point.name, byExtra.set(point.extra, values)));
  };

  const lastOf = (point: CumulativePoint): Sent | undefined =>
    sent.get(point.attributes)?.get(point.name)?.get(point.extra);
  const recordOf = (point: CumulativePoint, at: number): SentRecord => ({
    ...sentOf(point, at),
    series: lastOf(point)?.series ?? seriesOf(point),
  });

  return {
    start: (points, now) =>
      points.filter(isCumulative).map((point) => {
        const record = recordOf(point, now);
        remember(point, record);
        return record;
      }),
    restore(points, records) {
      for (const point of points.filter(isCumulative)) {
        const series = seriesOf(point);
        const record = records.get(series);
        if (record?.startTime !== point.startTime) continue;
        remember(point, record);
        records.delete(series);
      }
    },
    since(points, now) {
      const pending: CumulativePoint[] = [];
      const deltas: MetricPoint[] = [];
      for (const point of points) {
        if (!isCumulative(point)) {
          deltas.push(point);
          continue;
        }
        const last = lastOf(point);
        const delta = last === undefined ? point : subtract(point, last);
        if (delta === undefined) continue;
        deltas.push(delta);
        pending.push(point);
      }
      return {
        points: deltas,
        accepted: () => {
          for (const point of pending) remember(point, keep ? recordOf(point, now) : sentOf(point, now));
        },
        kept: async () => {
          if (keep && pending.length > 0) await keep(pending.map((point) => recordOf(point, now)));
        },
      };
    },
  };
}

function isCumulative(point: MetricPoint): point is CumulativePoint {
  return point.kind !== 'gauge';
}

function sentOf(point: CumulativePoint, at: number): Sent {
  const { startTime } = point;
  if (point.kind === 'counter') return { value: point.value, sum: 0, counts: NO_COUNTS, startTime, at };
  return { value: point.count, sum: point.sum, counts: point.counts, startTime, at };
}

const NO_COUNTS: readonly number[] = [];

/** The same in every process: the order in which attributes were set does not matter. */
function seriesOf({ name, attributes, extra }: CumulativePoint): string {
  const labels = extra === undefined ? attributes : { ...attributes, ...extra };
  let text = name;
  for (const key of Object.keys(labels).sort()) {
    const value = String(labels[key]);
    // Values are the senders': their length keeps one from passing for several.
    text += `\0${key}\0${value.length}\0${value}`;
  }
  return hash('sha256', text, 'base64url').slice(0, SERIES_LENGTH);
}

/** 132 bits: no two series will ever be taken for one. */
const SERIES_LENGTH = 22;

/** The difference, `undefined` where nothing was added; a series that began anew counts from its own start. */
function subtract(point: CumulativePoint, last: Sent): CumulativePoint | undefined {
  if (last.startTime !== point.startTime) return point;
  const startTime = last.at;
  if (point.kind === 'counter') {
    return point.value === last.value ? undefined : { ...point, value: point.value - last.value, startTime };
  }
  if (point.count === last.value) return undefined;
  const counts = point.counts.map((count, index) => count - (last.counts[index] ?? 0));
  return { ...point, counts, sum: point.sum - last.sum, count: point.count - last.value, startTime };
}
