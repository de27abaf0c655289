/**
 * Langfuse's usage details, a JSON object of counts, become tokens in and out. Cached and reasoning tokens stand apart there, so
 * `input` is the sum of `input` and every `input_*`. Anything that is no such object says nothing.
 */

export interface Usage {
  readonly input: number | undefined;
  readonly output: number | undefined;
}

const NOTHING: Usage = { input: undefined, output: undefined };

export function usageDetails(json: string): Usage {
  let counts: unknown;
  try {
    counts = JSON.parse(json);
  } catch {
    return NOTHING;
  }
  if (typeof counts !== 'object' || counts === null) return NOTHING;
  return { input: sum(counts, 'input'), output: sum(counts, 'output') };
}

function sum(counts: object, side: string): number | undefined {
  let total: number | undefined;
  for (const [name, count] of Object.entries(counts)) {
    if (typeof count === 'number' && (name === side || name.startsWith(`${side}_`))) total = (total ?? 0) + count;
  }
  return total;
}
