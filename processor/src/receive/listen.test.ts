import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from './listen.ts';

const ANY = { host: '127.0.0.1', port: 0 };

describe('listening', () => {
  it('tells the port, and each error that comes later', async () => {
    const errors: unknown[] = [];
    const server = createServer();
    onTestFinished(() => void server.close());
    const port = await listen(server, ANY, (error) => errors.push(error));
    expect(port).toBeGreaterThan(0);
    for (const text of ['out of files', 'again', 'and again']) server.emit('error', new Error(text));
    expect(errors).toHaveLength(3);
  });

  it('rejects where the port is taken', async () => {
    const [first, second] = [createServer(), createServer()];
    onTestFinished(() => void first.close());
    const port = await listen(first, ANY, () => {});
    await expect(listen(second, { ...ANY, port }, () => {})).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
