/**
 * The last answer on a connection whose sender has not sent its whole request: the answer at once, the end of the connection when the
 * sender is done, but soon. Closed at once, it would be reset under a sender that is still writing, which then may never see the answer
 * and send it all again (RFC 9112, section 9.6).
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** What still comes of the request is thrown away, for `lingerTimeout` ms at most. `headers` must tell the length of the body. */
export function answerLast(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: Buffer,
  lingerTimeout: number,
): void {
  response.writeHead(status, { ...headers, connection: 'close' });
  response.write(body);
  const timer = setTimeout(() => response.end(), lingerTimeout);
  const done = (): void => {
    clearTimeout(timer);
    response.end();
  };
  for (const event of ['end', 'close', 'error']) request.once(event, done);
  request.resume();
}
