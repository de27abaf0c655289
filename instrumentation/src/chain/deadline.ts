/** A rung's `timeout` and the caller's signal in, one signal out, and a way to stop waiting for a rung that ignores it. */

export interface Deadline {
  /** For the rung to pass on; undefined where there is neither timeout nor signal. */
  readonly signal: AbortSignal | undefined;
  /** The rung's own timeout has passed. */
  readonly expired: boolean;
  /** Settles as `promise` does, or rejects with the signal's reason, whichever is first. */
  race<T>(promise: Promise<T>): Promise<T>;
  /** The rung has settled: its time no longer runs. The caller's signal stays joined, for a stream that is still read. */
  clear(): void;
}

/** What Node's timers can wait at most, ms: some 25 days. */
const LONGEST = 2_147_483_647;

/** `given` in ms; `Infinity` is none. Its reason is a TimeoutError, as `AbortSignal.timeout` gives it. */
export function createDeadline(given: number | undefined, caller: AbortSignal | undefined): Deadline {
  const timeout = given === undefined || given > LONGEST ? undefined : given;
  if (timeout === undefined && caller === undefined) {
    return { signal: undefined, expired: false, race: (promise) => promise, clear: () => {} };
  }
  const own = new AbortController();
  const signal = timeout === undefined && caller !== undefined ? caller : joined(own.signal, caller);
  const timer = timeout === undefined ? undefined : setTimeout(() => own.abort(timeoutError(timeout)), timeout);
  let stop: (() => void) | undefined;
  return {
    signal,
    get expired() {
      return own.signal.aborted && caller?.aborted !== true;
    },
    race: (promise) =>
      new Promise((resolve, reject) => {
        stop = () => reject(signal.reason);
        signal.addEventListener('abort', stop, { once: true });
        if (signal.aborted) stop();
        promise.then(resolve, reject);
      }),
    clear() {
      clearTimeout(timer);
      if (stop !== undefined) signal.removeEventListener('abort', stop);
    },
  };
}

function joined(own: AbortSignal, caller: AbortSignal | undefined): AbortSignal {
  return caller === undefined ? own : AbortSignal.any([caller, own]);
}

function timeoutError(timeout: number): DOMException {
  return new DOMException(`The rung did not answer within ${timeout} ms`, 'TimeoutError');
}
