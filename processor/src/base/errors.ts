/** The errors that callers tell apart. */

/** The store cannot write now: nothing of the batch was kept, and the sender should send it again. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/**
 * Another process has changed what a commit was made from. Nothing of the batch was kept; the same spans, read again, are judged by what is
 * known then.
 */
export class ChangedElsewhere extends StoreUnavailable {
  /** Hashes of spans that the other process has counted, pairs of words. */
  readonly counted: Uint32Array;
  constructor(message: string, counted: Uint32Array = new Uint32Array()) {
    super(message);
    this.counted = counted;
  }
}

/**
 * The connection was lost while a commit ended. The batch is refused; whether it was kept after all can be asked when the store answers again.
 */
export class OutcomeUnknown extends StoreUnavailable {
  /** Resolves to whether the commit was kept; rejects while nobody can tell. */
  readonly wasKept: () => Promise<boolean>;
  constructor(message: string, wasKept: () => Promise<boolean>) {
    super(message);
    this.wasKept = wasKept;
  }
}

/** Another process has the store's file open. Nothing was read or changed. */
export class StoreInUse extends Error {
  override readonly name = 'StoreInUse';
}

/** The store's file cannot be used as it is: written by a newer version, or in a place that cannot be opened. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable';
}
