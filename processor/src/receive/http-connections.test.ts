/** What the HTTP receiver allows a connection: its number, its bytes, its time. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BODY, PROTOBUF, start } from './testdata/http-receiver.ts';
import { openSocket, untilClosed } from './testdata/raw-connections.ts';

describe('HTTP connections', () => {
  const head = `POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${PROTOBUF}\r\n`;

  it('tells a sender whose body does not arrive to come again, within the time for an answer', async () => {
    const { port, rejected, batches } = await start({ limits: { answerTimeout: 20, lingerTimeout: 20 } });
    const answer = await untilClosed(await openSocket(port, `${head}content-length: 10\r\n\r\nabc`));
    expect(answer).toContain('503 Service Unavailable');
    expect(answer.toLowerCase()).toContain('retry-after: 2');
    expect(answer).toContain('smaller batches');
    expect(rejected).toEqual(['timeout']);
    expect(batches.opened).toEqual([]);
  });

  it('tells a sender whose headers do not arrive to come again', async () => {
    const { port, rejected } = await start({ limits: { headersTimeout: 50, requestTimeout: 50 } });
    const answer = await untilClosed(await openSocket(port, head));
    expect(answer).toContain('503 Service Unavailable');
    expect(answer).toContain('Retry-After');
    expect(rejected).toEqual(['timeout']);
  });

  it('closes a connection that waits too long for its next request', async () => {
    const { port, batches } = await start({ limits: { idleTimeout: 10 } });
    const whole = `${head}content-length: ${BODY.length}\r\n\r\n${Buffer.from(BODY).toString('latin1')}`;
    const socket = await openSocket(port);
    socket.write(whole, 'latin1');
    expect(await untilClosed(socket)).toContain('200 OK');
    expect(batches.committed).toHaveLength(2);
  });

  const whole = `${head}content-length: ${BODY.length}\r\n\r\n${Buffer.from(BODY).toString('latin1')}`;
  it.each([
    ['says nothing', '', { headersTimeout: 20, lingerTimeout: 20 }],
    ['sends half of its headers', head, { headersTimeout: 20, requestTimeout: 20, lingerTimeout: 20 }],
    ['sends what is no request', 'hello\r\n\r\n', { lingerTimeout: 20 }],
    ['sends half of its body', `${head}content-length: 10\r\n\r\nabc`, { answerTimeout: 20, lingerTimeout: 20 }],
    ['waits after its answer', whole, { idleTimeout: 20 }],
    ['sends requests without an end', whole.repeat(20_000), { stallTimeout: 50, idleTimeout: 50 }],
  ])(
    'frees the place of a connection that %s, though its owner neither reads nor closes it',
    async (_, sent, limits) => {
      const { port, post } = await start({ limits: { connections: 1, ...limits } });
      const silent = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      silent.on('error', () => undefined);
      onTestFinished(() => void silent.destroy());
      await once(silent, 'connect');
      silent.write(sent, 'latin1');
      const status = (): Promise<number> =>
        post(BODY).then(
          (answer) => answer.status,
          () => 0,
        );
      await expect.poll(status, { timeout: 8000 }).toBe(200);
    },
  );

  it('closes although a sender stalls, and one says nothing', async () => {
    const { port, close } = await start({ limits: { answerTimeout: 30 } });
    const silent = await openSocket(port);
    const stalled = await openSocket(port, `${head}content-length: 10\r\n\r\nabc`);
    const ended = Promise.all([untilClosed(silent), untilClosed(stalled)]);
    await close();
    await ended;
  });

  it('closes connections beyond the cap at once, and takes others when one has gone', async () => {
    const { port, post } = await start({ limits: { connections: 1 } });
    const first = await openSocket(port);
    expect(await untilClosed(await openSocket(port))).toBe('');
    first.destroy();
    await once(first, 'close');
    await expect
      .poll(() =>
        post(BODY).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
  });

  it('asks to retry when too many bytes are in flight, and takes more when they are gone', async () => {
    const { post, rejected, port, batches } = await start({ limits: { inFlightBytes: BODY.length + 10 } });
    const slow = httpRequest({
      port,
      path: '/v1/traces',
      method: 'POST',
      headers: { 'content-type': PROTOBUF, 'content-length': BODY.length },
    });
    const slowStatus = new Promise((resolve) =>
      slow.on('response', (response) => resolve(response.resume().statusCode)),
    );
    await new Promise((resolve) => slow.write(BODY.subarray(0, 11), resolve));
    // The first bytes have been read when another request that was sent later has been answered.
    let refused: Response;
    do refused = await post(BODY);
    while (refused.status === 200);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2']);
    expect(rejected).toEqual(['overload']);
    slow.end(BODY.subarray(11));
    expect(await slowStatus).toBe(200);
    batches.committed.length = 0;
    expect((await post(BODY)).status).toBe(200);
    expect(batches.committed).toHaveLength(2);
  });
});
