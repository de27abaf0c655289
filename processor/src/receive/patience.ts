/** How long a sender waits for its answer: a time in, a rejection once it is up out. It cancels nothing by itself. */

/** One request's time, from its headers to its answer. */
export interface Patience {
  /** Rejects when the time is up, never resolves; nobody need listen. */
  readonly up: Promise<never>;
  readonly isUp: boolean;
  /** What the promise does, unless the time is up first. */
  within<T>(promise: Promise<T>): Promise<T>;
  /** The request was answered. */
  end(): void;
}

/** `late` makes the error that all of it rejects with. */
export function startPatience(milliseconds: number, late: () => Error): Patience {
  const { promise: up, reject } = Promise.withResolvers<never>();
  up.catch(() => undefined);
  let isUp = false;
  let ended = false;
  const expire = (): void => {
    if (ended) return;
    isUp = true;
    reject(late());
  };
  // One more turn of the event loop: where all of it stood still, what came meanwhile has been read by then.
  const timer = setTimeout(() => setImmediate(expire), milliseconds);
  return {
    up,
    get isUp() {
      return isUp;
    },
    within: (promise) => Promise.race([promise, up]),
    end() {
      ended = true;
      clearTimeout(timer);
    },
  };
}
