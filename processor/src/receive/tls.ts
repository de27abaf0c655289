/** PEM files in, the options of a TLS server out. It reads the files once, when the server starts. */
import { readFileSync } from 'node:fs';
import type { TlsOptions } from 'node:tls';
import type { TlsFiles } from './receiver.ts';

/** Throws the system's error where a file cannot be read. With `clientCaFile` no client without a certificate gets in. */
export function tlsOptions(files: TlsFiles): TlsOptions {
  return {
    cert: readFileSync(files.certFile),
    key: readFileSync(files.keyFile),
    minVersion: 'TLSv1.2',
    ...(files.clientCaFile !== undefined && {
      ca: readFileSync(files.clientCaFile),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  };
}
