/**
 * Things in the order in which they were touched: the one touched longest ago is at hand, and any one leaves without a look at the
 * others. (A Map whose first entry is deleted over and over walks over the gaps each time.)
 */
export interface Linked<T> {
  older: T | undefined;
  newer: T | undefined;
}

export interface TouchOrder<T extends Linked<T>> {
  readonly oldest: T | undefined;
  /** Last in the order; it must not be in one. */
  add(item: T): void;
  remove(item: T): void;
}

export function createTouchOrder<T extends Linked<T>>(): TouchOrder<T> {
  let oldest: T | undefined;
  let newest: T | undefined;
  return {
    get oldest() {
      return oldest;
    },
    add(item) {
      item.older = newest;
      item.newer = undefined;
      if (newest) newest.newer = item;
      else oldest = item;
      newest = item;
    },
    remove(item) {
      if (item.older) item.older.newer = item.newer;
      else oldest = item.newer;
      if (item.newer) item.newer.older = item.older;
      else newest = item.older;
      item.older = undefined;
      item.newer = undefined;
    },
  };
}
