import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { answerLast } from './last-answer.ts';

const LENGTH = 8 * 1024 * 1024;
const REFUSAL = Buffer.from('too large');
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Sends the head of a request of `LENGTH` bytes to a server that answers by then. */
async function begin(lingerTimeout: number): Promise<{ socket: Socket; answered: Promise<void>; text: () => string }> {
  const server = createServer((request, response) => {
    answerLast(request, response, 413, { 'content-length': REFUSAL.length }, REFUSAL, lingerTimeout);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket);
  socket.once('close', () => server.close());
  let text = '';
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.endsWith(REFUSAL.toString())) resolve();
    });
  });
  socket.write(`POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${LENGTH}\r\n\r\n`);
  return { socket, answered, text: () => text };
}

const endOf = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket.once('end', () => resolve('closed'));
    socket.once('error', (error) => resolve(error.message));
  });

describe('the last answer on a connection', () => {
  it('comes before the request is whole, and resets nobody who goes on sending', async () => {
    const { socket, answered, text } = await begin(60_000);
    const end = endOf(socket);
    await answered;
    expect(text()).toContain('HTTP/1.1 413 ');
    expect(text()).toContain('connection: close');
    const written = new Promise((resolve) => socket.write(new Uint8Array(LENGTH), resolve));
    expect(await written).toBeFalsy();
    expect(await end).toBe('closed');
  });

  it('is the end for a sender that does not come to one', async () => {
    const { socket, answered } = await begin(1);
    const end = endOf(socket);
    await answered;
    expect(await end).toBe('closed');
  });
});
