/** A server and an address go in, the port that it listens on comes out. One way for all ports. */
import type { AddressInfo, Server } from 'node:net';

/**
 * Rejects with the system's error where the server cannot listen. Every later error goes to `onError`: a server without a listener for
 * errors ends the process.
 */
export function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
  onError: (error: unknown) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.on('error', onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
