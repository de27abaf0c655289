/**
 * Makes the primary of a chain fail on purpose for the calls inside a function, so that a test or a nightly job exercises the
 * fallbacks. Nothing outside the function is touched, and the primary itself is not called.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** What is wrong with the primary in a drill. `unavailable`: it can't be reached. */
export type Fault = 'unavailable';

/** Which chain is drilled, and how its primary fails meanwhile. */
export interface Drill {
  readonly chain: string;
  readonly fault: Fault;
}

/** What the primary throws in a drill; it looks like a provider that is down. */
export class DrillFault extends Error {
  override readonly name = 'DrillFault';
  readonly code = 'drill';
  readonly status = 503;

  constructor(chain: string) {
    super(`drill: the primary of ${JSON.stringify(chain)} is unavailable on purpose`);
  }
}

const drills = new AsyncLocalStorage<readonly Drill[]>();

/** The drill of this chain around the running code. */
export function activeDrill(chain: string): Drill | undefined {
  return drills.getStore()?.find((drill) => drill.chain === chain);
}

/**
 * Runs `fn`; the chain's primary fails for every run that starts inside. Its rungs are tried as in an outage and their attempts
 * tagged `llm_fallback.exercise.kind` = `drill`; the primary makes no attempt, so its own record stays clean.
 *
 * ```ts
 * await withDrill({ chain: 'summarize-ticket', fault: 'unavailable' }, () => summarize(ticket));
 * ```
 */
export function withDrill<T>(drill: Drill, fn: () => T): T {
  if (drill.fault !== 'unavailable') {
    throw new TypeError(`withDrill: unknown fault ${JSON.stringify(drill.fault)}; the one known is 'unavailable'`);
  }
  return drills.run([...(drills.getStore() ?? []), drill], fn);
}
