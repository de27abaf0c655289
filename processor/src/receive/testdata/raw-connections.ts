/** Connections that do not behave as a sender's library would: they say nothing, or stop half-way. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Resolves when the connection is open, from this side's view: a server over its cap closes it at once. */
export async function openSocket(port: number, firstBytes = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  if (firstBytes !== '') socket.write(firstBytes);
  return socket;
}

/** All that the server says until it closes the connection. */
export async function untilClosed(socket: Socket): Promise<string> {
  let said = '';
  socket.on('data', (chunk: Buffer) => {
    said += chunk.toString('latin1');
  });
  if (!socket.closed) await once(socket, 'close');
  return said;
}
