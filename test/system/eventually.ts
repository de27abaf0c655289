/** A condition in, its value out as soon as it holds. Asks again and again until a deadline; never waits a fixed time. */

const EVERY_MS = 50;

/**
 * The first value of `attempt` that is not undefined. An error counts as "not yet". Rejects after `deadlineMs` with the last
 * error, or with what was waited for.
 */
export async function eventually<T>(
  what: string,
  attempt: () => Promise<T | undefined> | T | undefined,
  deadlineMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  let cause: unknown;
  while (performance.now() < deadline) {
    try {
      const value = await attempt();
      if (value !== undefined) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  throw new Error(`not within ${deadlineMs / 1000} s: ${what}`, { cause });
}
