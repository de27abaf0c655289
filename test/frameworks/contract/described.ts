/** Any value in, the same text for equal values out: with classes, own keys and errors as a user sees them. */

export function described(value: unknown): string {
  return JSON.stringify(plain(value, 0), undefined, 1);
}

const MAX_DEPTH = 12;

/** Change from run to run, whoever watches. */
const VOLATILE =
  /^(timestamp|created|createdAt|startTime|endTime|date|ms|duration|performance|run_id|runId|stack|totalRetryDelay)$|Ms$/;

function plain(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return '...';
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'bigint' || typeof value === 'symbol' || value === undefined) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return 'a date';
  if (value instanceof Headers) return plain(Object.fromEntries(value), depth);
  if (Array.isArray(value)) return value.map((each) => plain(each, depth + 1));
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  const said: Record<string, unknown> = name === undefined || name === 'Object' ? {} : { '(class)': name };
  if (value instanceof Error) Object.assign(said, { '(name)': value.name, '(message)': value.message });
  for (const key of Object.keys(value).sort()) {
    said[key] = VOLATILE.test(key) ? typeof Reflect.get(value, key) : plain(Reflect.get(value, key), depth + 1);
  }
  if (value instanceof Error && value.cause !== undefined) said['(cause)'] = plain(value.cause, depth + 1);
  return said;
}
