/** What a receiver allows at one time, and the count of bytes in flight that holds it to that. */
import { overloaded } from './refusal.ts';

/** Times in milliseconds. */
export interface ReceiverLimits {
  /** Open connections; more are closed at once. */
  readonly connections: number;
  /** Body bytes of all requests that are being read or inflated. */
  readonly inFlightBytes: number;
  /** Requests that are inflated at one time: each may take its whole body limit. */
  readonly inflating: number;
  /** Spans of a body. */
  readonly spans: number;
  /** Values of a JSON body, counted before any is made of them: a million takes at most 200 MB. */
  readonly jsonValues: number;
  /** Fields of a protobuf body, but for those that are stepped over at once: two million take at most a fifth of a second. */
  readonly protobufFields: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersTimeout: number;
  /** From the first byte of a request to the end of its body, where that is not waited for any more. */
  readonly requestTimeout: number;
  /** How long nothing may move on an HTTP connection, in neither direction, while a request or its answer is under way. */
  readonly stallTimeout: number;
  /** How long a connection may wait for its next request; longer than the 90 s for which Go clients keep one. */
  readonly idleTimeout: number;
  /** From the end of a request's headers to its answer; shorter than the 5 s after which the Collector's exporters give up. */
  readonly answerTimeout: number;
  /** How long what a refused sender is still sending is thrown away before its connection is closed. */
  readonly lingerTimeout: number;
  /** Seconds that a refused sender is asked to wait. */
  readonly retryAfter: number;
}

export const DEFAULT_LIMITS: ReceiverLimits = {
  connections: 1024,
  inFlightBytes: 128 * 1024 * 1024,
  inflating: 4,
  spans: 100_000,
  jsonValues: 1_000_000,
  protobufFields: 2_000_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  stallTimeout: 35_000,
  idleTimeout: 120_000,
  answerTimeout: 4_500,
  lingerTimeout: 5_000,
  retryAfter: 2,
};

/** One request's share of the bytes in flight. */
export interface Share {
  /** @throws Refusal where all requests together would hold more than the limit. */
  take(bytes: number): void;
  /** Gives back everything; once more does nothing. */
  release(): void;
}

export interface ByteBudget {
  open(): Share;
  readonly inFlight: number;
}

export function createByteBudget(limits: ReceiverLimits): ByteBudget {
  let inFlight = 0;
  return {
    get inFlight() {
      return inFlight;
    },
    open() {
      let held = 0;
      return {
        take(bytes) {
          if (inFlight + bytes > limits.inFlightBytes) throw overloaded(limits.retryAfter);
          inFlight += bytes;
          held += bytes;
        },
        release() {
          inFlight -= held;
          held = 0;
        },
      };
    },
  };
}

export type Gate = <T>(task: () => Promise<T>) => Promise<T>;

/** Lets so many tasks run at once; the others wait in line. */
export function createGate(width: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    // Whoever leaves hands its place to the next in line, so that nobody can step in between.
    if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
