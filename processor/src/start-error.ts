/** Why the service cannot start, in a sentence that names what to change. */

/** Shown to the user as it is, without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** A listen error under the configuration key that decides the address. */
export function listenError(error: unknown, address: string, key: string): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const cause = { cause: error };
  switch (code) {
    case 'EADDRINUSE':
      return new StartError(
        `${address} is taken by another process. Stop that one, or set another port at ${key}.`,
        cause,
      );
    case 'EACCES':
      return new StartError(
        `${address} needs privileges that this process lacks. Set a port above 1023 at ${key}.`,
        cause,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(`${address} is no address of this machine. Correct ${key}.`, cause);
    case 'ENOENT':
      return new StartError(
        `A file named beside ${key} is missing: ${error instanceof Error ? error.message : ''}`,
        cause,
      );
    default:
      return error instanceof Error ? error : new Error(String(error));
  }
}
