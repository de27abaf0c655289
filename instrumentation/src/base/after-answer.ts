/**
 * Work on an answer that its caller need not wait for: it runs once the caller has gone on with the answer, or just before the SDK
 * shuts down or flushes, so that no span is lost to waiting. Each piece guards itself.
 */
import { guarded } from './report.ts';

let waiting: (() => void)[] = [];

/** Runs `work` after the current turn of the event loop: everything that awaits the answer runs before it. */
export function afterAnswer(work: () => void): void {
  if (waiting.push(work) === 1) setImmediate(runWaiting);
}

const last: (() => void)[] = [];

/** Has `work` run each time that the SDK or the process is about to finish. */
export function beforeFinish(work: () => void): void {
  last.push(work);
}

/** Runs at once what waits. */
export function finishWaiting(): void {
  for (const work of last) guarded('work before the end failed', work, undefined);
  runWaiting();
}

/** Runs what waits on answers that their callers have by now. */
export function runWaiting(): void {
  const pieces = waiting;
  waiting = [];
  for (const work of pieces) guarded('work on an answer failed', work, undefined);
}

/** What an SDK's provider offers beside the API, and a user calls last. */
type Flushable = Partial<Record<'forceFlush' | 'shutdown', unknown>>;

const known = new WeakSet<object>();

/**
 * Has the provider of the app's SDK wait for us: what it flushes or ends with includes the spans of answers that were just given.
 * Its own methods run as before, with what they were given.
 */
export function finishBefore(given: object | undefined): void {
  if (given === undefined || known.has(given)) return;
  known.add(given);
  const provider: Flushable = given;
  for (const name of ['forceFlush', 'shutdown'] as const) {
    const original = provider[name];
    if (typeof original !== 'function') continue;
    provider[name] = function (this: unknown, ...args: unknown[]): unknown {
      finishWaiting();
      return original.apply(this, args);
    };
  }
}
