/**
 * Safe reads of values that a client or a provider shaped: a field of the expected type, or undefined. Never throws on what is
 * plain data, never converts.
 */

/** The value as an object whose fields may be read; an empty one for anything else. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : NONE;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : EMPTY;
}

/** A non-empty string. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

const NONE: Readonly<Record<string, unknown>> = Object.freeze({});
const EMPTY: readonly unknown[] = Object.freeze([]);
