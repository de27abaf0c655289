/** Failures of our own, told to the user through `diag`: each kind once a process, and never thrown at the user's code. */
import { diag } from '@opentelemetry/api';

const reported = new Set<string>();

/** Logs `what` with its cause the first time that it happens. `what` is a fixed text: it is the key. */
export function reportOnce(what: string, error: unknown): void {
  if (reported.has(what)) return;
  reported.add(what);
  try {
    diag.error(`@warmspare/instrumentation: ${what}; your own calls are not affected`, error);
  } catch {
    // The user's logger failed: there is nobody left to tell.
  }
}

/** Runs a piece of our own code inside the user's call; what it throws is reported, and `fallback` is its result. */
export function guarded<T>(what: string, fn: () => T, fallback: T): T {
  try {
    return fn();
  } catch (error) {
    reportOnce(what, error);
    return fallback;
  }
}
