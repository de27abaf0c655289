/** The errors that callers tell apart. */

/** The store cannot write now: nothing of the batch was kept, and the sender should send it again. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** Another process has the store's file open. Nothing was read or changed. */
export class StoreInUse extends Error {
  override readonly name = 'StoreInUse';
}

/** The store's file cannot be used as it is: written by a newer version, or in a place that cannot be opened. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable';
}
