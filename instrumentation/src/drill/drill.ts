/**
 * Makes the targets of a chain above the one to exercise fail on purpose for the calls inside a function, so that a test or a nightly
 * job exercises the fallback as an outage would. Nothing outside the function is touched.
 */
import { DRILL_FAULTS, type DrillFaultName } from '@warmspare/semconv';
import { type DrillReport, type OpenDrill, openDrill } from './running.ts';

/** How the targets above fail. `unavailable` (HTTP 503) where nothing is said. */
export type Fault = DrillFaultName;

/** Which target is exercised, and how the ones above it fail meanwhile. */
export interface Drill {
  readonly chain: string;
  /** The one to exercise; the first fallback where it is left out. Caches and heuristics are targets like any other. */
  readonly target?: string | undefined;
  readonly fault?: Fault | undefined;
  /** Models that fail, for code that is no chain: `['gpt-5']`. Calls of other models inside stand in for them. */
  readonly models?: readonly string[] | undefined;
  /** How late the answer of `slow` comes, ms. 30 seconds where it is left out. */
  readonly delayMs?: number | undefined;
  /** Gets the report once everything that the function began has ended. */
  readonly onReport?: ((report: DrillReport) => unknown) | undefined;
}

/** What a drilled function gave, and how the drill went. */
export interface Drilled<T> {
  /** What the function resolved to; undefined where it threw. */
  readonly value: T | undefined;
  /** What it threw; undefined where it did not. */
  readonly error: unknown;
  readonly report: DrillReport;
}

const DELAY = 30_000;

/** How long `drill()` waits for calls that the function left behind: the caller cannot read their streams before, ms. */
const LEFT_BEHIND = 1_500;

/** How long `onReport` waits for streams that the caller reads, ms. */
const READ_LATER = 600_000;

/**
 * Runs `fn`. Each try of a target above `target` fails with `fault` at the client, before anything is sent and with the client's own
 * error, so that retries, breakers, prompts and parsers run as in an outage. Attempts inside are of the kind `drill`. Returns what `fn`
 * returns, and throws what it throws. Where a drill is blocked (the primary really fails, `WARMSPARE_DRILLS=off`), `fn` runs as always.
 *
 * Throws a TypeError where the drill itself makes no sense: no chain, an unknown fault.
 *
 * ```ts
 * await withDrill({ chain: 'summarize-ticket', target: 'last-answer', fault: 'rate_limit' }, () => summarize(ticket));
 * ```
 */
export function withDrill<T>(options: Drill, fn: () => T): T {
  const open = opened(options);
  let value: T;
  try {
    value = open.run(fn);
  } catch (error) {
    open.settled(READ_LATER, { error });
    throw error;
  }
  // A client's own promise reads its answer when it is asked: what is under way then tells.
  if (value instanceof Promise && value.constructor === Promise) {
    value.then(
      () => open.settled(READ_LATER),
      (error: unknown) => open.settled(READ_LATER, { error }),
    );
  } else open.settled(READ_LATER);
  return value;
}

/**
 * As {@link withDrill}, resolves to what `fn` gave or threw and the report. Never rejects for what `fn` throws. Read streams inside `fn`:
 * one that is read later is not part of the report.
 *
 * ```ts
 * const { value, report } = await drill({ chain: 'summarize-ticket', target: 'claude-haiku' }, () => summarize(ticket));
 * expect(report.outcome).toBe('succeeded');
 * ```
 */
export async function drill<T>(options: Drill, fn: () => T | PromiseLike<T>): Promise<Drilled<T>> {
  const open = opened(options);
  let value: T | undefined;
  let thrown: { readonly error: unknown } | undefined;
  try {
    value = await open.run(async () => fn());
  } catch (error) {
    thrown = { error };
  }
  open.settled(LEFT_BEHIND, thrown);
  return { value, error: thrown?.error, report: await open.report };
}

function opened({ chain, target, fault = 'unavailable', models = [], delayMs = DELAY, onReport }: Drill): OpenDrill {
  if (typeof chain !== 'string' || chain === '') throw new TypeError('a drill needs the name of a chain');
  if (!DRILL_FAULTS.includes(fault)) {
    throw new TypeError(
      `a drill of ${JSON.stringify(chain)}: unknown fault ${JSON.stringify(fault)}; known are ${DRILL_FAULTS.join(', ')}`,
    );
  }
  if (!(typeof delayMs === 'number' && delayMs >= 0 && delayMs < 2 ** 31)) {
    throw new TypeError(`a drill of ${JSON.stringify(chain)}: delayMs must be a number of milliseconds from 0 on`);
  }
  return openDrill({ chain, target, fault, models, delayMs }, onReport);
}
