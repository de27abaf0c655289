/**
 * What an `error.type` says, whichever library wrote it: the HTTP status where it begins with one, else the name without its module,
 * its case, its separators and the word error. `openai.NotFoundError`, `not_found_error`, `NOT_FOUND` and `NotFound` are one name.
 */

const STATUS = /^(?:http|status|error|code|[\s:_-])*([45]\d\d)(?!\d)/i;

export function errorName(errorType: string): string {
  const status = STATUS.exec(errorType)?.[1];
  if (status !== undefined) return status;
  const name = errorType.slice(errorType.lastIndexOf('.') + 1).toLowerCase();
  return name.replace(/[^a-z0-9]/g, '').replace(/(?:error|exception)$/, '');
}

/** Names as {@link errorName} gives them. */
export function errorNames(...written: readonly string[]): ReadonlySet<string> {
  return new Set(written.map(errorName));
}
