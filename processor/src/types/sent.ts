/** What destinations of metrics were sent, as a store keeps it: deltas begin there. Times in epoch ms. */

/** What a destination of metrics was sent of one series, as it stood then; `counts` and `sum` of histograms, where `value` is the count. */
export interface SentRecord {
  /** Tells the series from all others; it means nothing to a store. */
  readonly series: string;
  /** In the metric's unit; of a histogram the number of observations. */
  readonly value: number;
  /** Of all observations, in the metric's unit; 0 on counters. */
  readonly sum: number;
  readonly counts: readonly number[];
  /** When the series began at zero, epoch ms. */
  readonly startTime: number;
  /** The time of the export, epoch ms. */
  readonly at: number;
}

/** What destinations of metrics were sent. Every method but `load` resolves when that is durable, and rejects as `commit` does. */
export interface SentStore {
  /**
   * Gives what is kept of the destination, in parts. Resolves to whether it was begun with this address; where it was not, nothing of it
   * is kept any more.
   */
  load(destination: string, address: string, take: (part: readonly SentRecord[]) => void): Promise<boolean>;
  put(destination: string, records: readonly SentRecord[], remove: readonly string[]): Promise<void>;
  /** From now on what was put of the destination is all that it was sent. */
  begin(destination: string, address: string): Promise<void>;
  forget(destination: string): Promise<void>;
}
