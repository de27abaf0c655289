/** A JSON text, or a value out of one, as what it says. */

/** As an object; undefined for anything else. */
export function jsonObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const parsed = jsonValue(value);
  return isObject(parsed) ? parsed : undefined;
}

/** What a text says, undefined where it is no JSON; any other value as it is. */
export function jsonValue(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
