/**
 * One HTTP/2 connection goes in, and is ended when it has said nothing for too long: before its first words, or between calls. It is told
 * that it ends; where the peer does not close it then, it is destroyed.
 */
import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { ReceiverLimits } from './limits.ts';

export interface HeldSession {
  /** Takes no more calls, and destroys the connection `milliseconds` later if calls are still open, or the peer does not close it. */
  close(milliseconds: number): void;
}

export function holdSession(session: ServerHttp2Session, socket: Socket, limits: ReceiverLimits): HeldSession {
  let calls = 0;
  let isGreeted = false;
  let closing: NodeJS.Timeout | undefined;

  const close = (milliseconds: number): void => {
    clearTimeout(closing);
    // To destroy the session alone would wait for the peer to close the connection, too.
    closing = setTimeout(() => socket.destroy(), milliseconds);
    // Whoever has not greeted does not read a farewell.
    if (isGreeted) session.close();
    else socket.destroy();
  };
  let silence = setTimeout(() => socket.destroy(), limits.headersTimeout);
  session.once('remoteSettings', () => {
    isGreeted = true;
    clearTimeout(silence);
    if (session.destroyed) return;
    silence = setTimeout(() => close(limits.lingerTimeout), limits.idleTimeout);
  });
  session.on('stream', (stream) => {
    calls++;
    clearTimeout(silence);
    stream.once('close', () => {
      calls--;
      if (calls > 0 || session.destroyed || closing !== undefined) return;
      silence = setTimeout(() => close(limits.lingerTimeout), limits.idleTimeout);
    });
  });
  session.on('error', () => undefined);
  socket.once('close', () => {
    clearTimeout(silence);
    clearTimeout(closing);
  });
  return { close };
}
