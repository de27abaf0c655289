/** Counts the evidence that did not arrive, and says so through `diag` with a number: once an outage, at its end, and at the exporter's end. */
import { diag } from '@opentelemetry/api';

export interface Losses {
  readonly total: number;
  /** These will not arrive, for `why`. */
  add(count: number, why: string): void;
  /** A delivery failed or lost something: the first of a row of them says why, and the first loss among them how many. */
  failing(error: unknown): void;
  /** A delivery had nothing wrong, or nothing more is delivered: what was lost since is said. */
  settled(): void;
}

export function createLosses(): Losses {
  const unsaid = new Map<string, number>();
  let total = 0;
  let saidFailure = false;
  let saidLoss = false;
  return {
    get total() {
      return total;
    },
    add(count, why) {
      if (count === 0) return;
      total += count;
      unsaid.set(why, (unsaid.get(why) ?? 0) + count);
    },
    failing(error) {
      if (unsaid.size > 0 && !saidLoss) {
        saidLoss = true;
        sayLosses(error);
      } else if (!saidFailure && !saidLoss) {
        say('evidence could not be sent to the processor; it is kept within a bound and sent again', error);
      }
      saidFailure = true;
    },
    settled() {
      sayLosses();
      saidFailure = false;
      saidLoss = false;
    },
  };

  function sayLosses(error?: unknown): void {
    for (const [why, count] of unsaid) {
      say(`${count} ${count === 1 ? 'message' : 'messages'} of evidence lost: ${why} (${total} in all)`, error);
    }
    unsaid.clear();
  }
}

function say(what: string, error: unknown): void {
  try {
    if (error === undefined) diag.warn(`@warmspare/instrumentation: ${what}`);
    else diag.warn(`@warmspare/instrumentation: ${what}`, error);
  } catch {
    // The user's logger failed: there is nobody left to tell.
  }
}
