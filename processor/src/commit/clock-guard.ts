/**
 * Tells a clock that is plainly wrong: it stands earlier than the newest commit by more than the tolerance. Either it is wrong now, or it ran
 * ahead when it was committed; senders know which. Until a span agrees with it, nothing is committed and no stored time is changed.
 */
import { CLOCK_TOLERANCE } from '../ledger/ledger.ts';

export interface ClockGuard {
  /** A commit of this time was made, epoch ms. */
  saw(at: number): void;
  isBehind(now: number): boolean;
  /** A sender's clock agrees with this one: it was the other time that was wrong. */
  confirm(now: number): void;
  /** The time to read evidence at. */
  readable(now: number): number;
  /** What is wrong, for people; undefined while nothing is. */
  problem(now: number): string | undefined;
}

/** `newest`: the time of the newest watermark in the store, epoch ms; 0 where there is none. Watermarks are set back with all else. */
export function createClockGuard(newest: number): ClockGuard {
  let newestAt = newest;
  const isBehind = (now: number): boolean => now < newestAt - CLOCK_TOLERANCE;
  return {
    saw(at) {
      if (at > newestAt) newestAt = at;
    },
    isBehind,
    confirm(now) {
      newestAt = now;
    },
    readable: (now) => (isBehind(now) ? newestAt : now),
    problem(now) {
      if (!isBehind(now)) return undefined;
      const [here, there] = [now, newestAt].map((at) => new Date(at).toISOString());
      return `the clock stands at ${here}, and the newest commit is of ${there}: nothing is changed until the clock is right, or a span agrees with it`;
    },
  };
}

/** Whether a span that ended then speaks for the clock. */
export const agrees = (endTime: number, now: number): boolean => Math.abs(endTime - now) <= CLOCK_TOLERANCE;
