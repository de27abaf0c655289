/** Seconds go in, words come out: `5 minutes`, `12 days`. Rounds down, so that nothing seems older than it is. */

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** The largest whole unit, from `under a second` to days. From two of a unit on, so that `90 minutes` does not shrink to `1 hour`. */
export function inWords(seconds: number): string {
  for (const [unit, size] of UNITS) {
    if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${unit}s`;
    if (seconds === size) return `1 ${unit}`;
  }
  if (seconds < 1) return 'under a second';
  const whole = Math.floor(seconds);
  return whole === 1 ? '1 second' : `${whole} seconds`;
}

/** `12 days ago`, `just now`. */
export const ago = (at: number, now: number): string =>
  now - at < 1000 ? 'just now' : `${inWords((now - at) / 1000)} ago`;
