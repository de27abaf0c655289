/** Why the service cannot start, in a sentence that names what to change. */

/** Shown to the user as it is, without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** What kept a listener from starting, under the configuration key of the listener. */
export function listenError(error: unknown, address: string, key: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const code = 'code' in error ? String(error.code) : '';
  const syscall = 'syscall' in error ? error.syscall : undefined;
  const because = (message: string): StartError => new StartError(message, { cause: error });
  if (syscall === 'open' || syscall === 'read')
    return because(`A file of ${key}.tls cannot be read (${error.message}). Correct its path or its permissions.`);
  if (/^ERR_(OSSL|SSL|TLS)/.test(code))
    return because(
      `The files of ${key}.tls cannot be used (${error.message}). They must be PEM, and the key the certificate's own.`,
    );
  switch (code) {
    case 'EADDRINUSE':
      return because(`${address} is taken by another process. Stop that one, or set another port at ${key}.endpoint.`);
    case 'EACCES':
      return because(`${address} needs privileges that this process lacks. Set a port above 1023 at ${key}.endpoint.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return because(`${address} is no address of this machine. Correct ${key}.endpoint.`);
    default:
      return error;
  }
}
