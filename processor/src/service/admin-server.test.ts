import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TlsFiles } from '../receive/receiver.ts';
import { openSocket, untilClosed } from '../receive/testdata/raw-connections.ts';
import type { createAdminApp } from './admin.ts';
import { type AdminLimits, startAdminServer } from './admin-server.ts';

const pathOf = (name: string): string => fileURLToPath(new URL(`../receive/testdata/tls/${name}.pem`, import.meta.url));
const TLS: TlsFiles = { certFile: pathOf('server'), keyFile: pathOf('server-key'), clientCaFile: undefined };

async function start(limits?: Partial<AdminLimits>, tls?: TlsFiles) {
  const app = new Hono() as ReturnType<typeof createAdminApp>;
  app.get('/endless', (c) => c.body(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536)) })));
  app.get('/', (c) => c.text('here'));
  const server = await startAdminServer(app, { endpoint: { host: '127.0.0.1', port: 0 }, tls }, () => {}, limits);
  onTestFinished(() => server.close());
  return server;
}

describe('the admin server', () => {
  it.each([
    ['does not finish its request', '/'],
    ['does not read its answer', '/endless'],
  ])('ends although a caller %s', async (_, path) => {
    const server = await start({ connections: 10, closeTimeout: 20 });
    const end = path === '/' ? '' : '\r\n';
    const socket = await openSocket(server.port, `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${end}`);
    if (path === '/endless') await once(socket, 'readable');
    await server.close();
  });

  it('cuts off the oldest answer where there are more than it keeps, and gives each caller one', async () => {
    const { port } = await start({ answers: 2, closeTimeout: 20 });
    const request = 'GET /endless HTTP/1.1\r\nhost: localhost\r\n\r\n';
    const slow = [];
    for (let index = 0; index < 4; index++) {
      const socket = await openSocket(port, request);
      await once(socket, 'readable');
      slow.push(socket);
    }
    await Promise.all(slow.slice(0, 2).map((socket) => socket.closed || once(socket.resume(), 'close')));
    expect(slow.map(({ closed }) => closed)).toEqual([true, true, false, false]);
    expect(await fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text())).toBe('here');
  });

  it('frees the place of a caller that neither reads its answer nor closes', async () => {
    const { port } = await start({ connections: 1, stallTimeout: 50, closeTimeout: 20 });
    const socket = await openSocket(port, 'GET /endless HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await once(socket, 'readable');
    const ask = (): Promise<string> => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text());
    await expect.poll(() => ask().catch(() => undefined), { timeout: 5000 }).toBe('here');
  });

  it.each(['', '\x16\x03\x01'])('ends a connection whose handshake does not come to an end after %j', async (sent) => {
    const { port } = await start({ handshakeTimeout: 20 }, TLS);
    expect(await untilClosed(await openSocket(port, sent))).toBe('');
  });

  it('closes connections beyond the cap at once, and takes others when one has gone', async () => {
    const { port } = await start({ connections: 1, closeTimeout: 20 });
    const first = await openSocket(port);
    expect(await untilClosed(await openSocket(port))).toBe('');
    first.destroy();
    await once(first, 'close');
    const ask = (): Promise<string> => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text());
    await expect.poll(() => ask().catch(() => undefined)).toBe('here');
  });
});
