/** PEM files in, the options of a TLS server out. It reads the files once, when the server starts. */
import { X509Certificate } from 'node:crypto';
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
      ca: authority(files.clientCaFile),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  };
}

/** Throws where there is no certificate in it: a server would take it for an authority that nobody has signed by. */
function authority(file: string): Buffer {
  const pem = readFileSync(file);
  new X509Certificate(pem);
  return pem;
}
