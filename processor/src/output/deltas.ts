/**
 * Deltas that outlive the process: what a destination was sent is written to the store after each export, and the next process begins
 * where it ended. It holds in memory only what could not be written yet.
 */

import type { MetricPoint } from '../types/metric.ts';
import type { SentRecord, SentStore } from '../types/sent.ts';
import { createDeltaState, type DeltaState } from './delta.ts';

/** Who is sent deltas: what is kept of a name is forgotten where it comes with another address. */
export interface Destination {
  readonly name: string;
  readonly address: string;
}

/** Records in one transaction: commits of spans take their turns between two of them. */
const PART = 1000;

/**
 * Deltas where the temporality asks for them: `lowmemory` does, since every sum here is one of a synchronous counter or a histogram.
 * Cumulative values leave nothing behind: deltas that come after them begin anew.
 */
export async function deltasFor(
  temporality: 'cumulative' | 'delta' | 'lowmemory',
  store: SentStore,
  destination: Destination,
  points: () => readonly MetricPoint[],
  now: number,
): Promise<DeltaState | undefined> {
  if (temporality !== 'cumulative') return openDeltas(store, destination, points(), now);
  // A store that cannot write says so elsewhere.
  store.forget(destination.name).catch(() => undefined);
  return undefined;
}

/** A destination that the store does not know begins now, with `points`; `now` in epoch ms. Rejects where the store cannot be read. */
export async function openDeltas(
  store: SentStore,
  { name, address }: Destination,
  points: readonly MetricPoint[],
  now: number,
): Promise<DeltaState> {
  const writer = createWriter(store, name);
  const records = new Map<string, SentRecord>();
  const isKnown = await store.load(name, address, (part) => {
    for (const record of part) records.set(record.series, record);
  });
  if (isKnown) {
    const deltas = createDeltaState(writer.write);
    deltas.restore(points, records);
    // Of series that are no more.
    writer.remove([...records.keys()]);
    return deltas;
  }
  const deltas = createDeltaState(async (sent) => {
    await writer.write(sent);
    await begun();
  });
  let isBegun = false;
  const begun = async (): Promise<void> => {
    if (isBegun) return;
    await store.begin(name, address);
    isBegun = true;
  };
  // A store that cannot write yet gets it with the first export that it can keep.
  await writer
    .write(deltas.start(points, now))
    .then(begun)
    .catch(() => undefined);
  return deltas;
}

interface Writer {
  /** Resolves when all that was given so far is durable; after a rejection the next call tries it again. */
  readonly write: (records: readonly SentRecord[]) => Promise<void>;
  /** With what is written next. */
  remove(series: readonly string[]): void;
}

function createWriter(store: SentStore, destination: string): Writer {
  const waiting = new Map<string, SentRecord | undefined>();
  let running: Promise<void> | undefined;

  const run = async (): Promise<void> => {
    try {
      while (waiting.size > 0) {
        const part: [string, SentRecord | undefined][] = [];
        for (const entry of waiting) if (part.push(entry) === PART) break;
        const put = part.flatMap(([, record]) => record ?? []);
        const remove = part.flatMap(([series, record]) => (record ? [] : [series]));
        await store.put(destination, put, remove);
        for (const [series, record] of part) if (waiting.get(series) === record) waiting.delete(series);
      }
    } finally {
      running = undefined;
    }
  };

  return {
    remove(series) {
      for (const each of series) waiting.set(each, undefined);
    },
    write(records) {
      for (const record of records) waiting.set(record.series, record);
      if (waiting.size === 0) return Promise.resolve();
      running ??= run();
      return running;
    },
  };
}
