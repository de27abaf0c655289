/**
 * The Host and Origin headers of a request go in, whether a web page of another site may be behind it comes out. A page whose name was
 * rebound to this machine (DNS rebinding) sends that name as Host; a page that posts to us from its own site sends that site as Origin.
 */

/** Whether only this machine can reach the address. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);

/** Whether a Host header, or the authority of HTTP/2, names this machine, by any port. No browser leaves it out. */
export const isLoopbackHost = (header: string | undefined): boolean =>
  header === undefined || isLoopback(nameIn(header));

/** Whether the request comes from no web page, or from one of the same site: of the same host by any port, or both of this machine. */
export function isSameSite(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin) || host === undefined) return false;
  const [from, to] = [nameIn(new URL(origin).host), nameIn(host)];
  return from === to || (isLoopback(from) && isLoopback(to));
}

/** Without its port and without the brackets of IPv6. */
const nameIn = (host: string): string =>
  host
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1');
