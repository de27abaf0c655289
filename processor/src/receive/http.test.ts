import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_NAMESPACE } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { ResponseType, StatusType } from '../../../test/bench/reference.ts';
import { StoreUnavailable } from '../base/errors.ts';
import type { BatchResult } from '../types/pipeline.ts';
import { BODY, PROTOBUF, start } from './testdata/http-receiver.ts';

async function statusOf(response: Response): Promise<{ code: number; message: string }> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  return response.headers.get('content-type') === 'application/json'
    ? JSON.parse(Buffer.from(bytes).toString())
    : (StatusType.toObject(StatusType.decode(bytes)) as { code: number; message: string });
}

const tokensOf = (tokens: string) => [{ tokens, services: undefined }];

/** Of a request with headers that fetch would not send. */
function statusWith(port: number, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { port, path: '/v1/traces', method: 'POST', headers: { 'content-type': PROTOBUF, ...headers } };
    const sending = httpRequest(options, (response) => resolve(response.resume().statusCode));
    sending.on('error', reject).end(BODY);
  });
}

describe('HTTP receiver', () => {
  it('answers 200 with an empty response once the spans are committed', async () => {
    const { post, batches } = await start();
    const response = await post(BODY);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(PROTOBUF);
    expect(await response.bytes()).toHaveLength(0);
    expect(batches.committed).toEqual(['chat gpt-5', 'chat claude-haiku']);
    expect(batches.opened).toEqual([1_700_000_000_000]);
  });

  it('does not answer before the commit', async () => {
    let finish: (result: Partial<BatchResult>) => void = () => {};
    let begun: () => void = () => {};
    const began = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const { post } = await start({
      settle: () =>
        new Promise((resolve) => {
          finish = resolve;
          begun();
        }),
    });
    let isAnswered = false;
    const answer = post(BODY).then((response) => {
      isAnswered = true;
      return response;
    });
    await began;
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    finish({});
    expect((await answer).status).toBe(200);
  });

  it('tells how many spans were rejected, and why', async () => {
    const rejected = [
      { reason: 'missing_end_time', count: 2 },
      { reason: 'name_too_long', count: 0 },
    ] as const;
    const { post } = await start({ settle: async () => ({ rejected }) });
    const response = await post(BODY);
    expect(response.status).toBe(200);
    const answer = ResponseType.toObject(ResponseType.decode(await response.bytes()), { longs: Number });
    expect(answer).toEqual({
      partialSuccess: { rejectedSpans: 2, errorMessage: 'Spans not accepted: 2 without an end time.' },
    });
  });

  it('takes JSON and answers in JSON, refusals too', async () => {
    const rejected = [{ reason: 'missing_end_time', count: 1 }] as const;
    const { post, batches } = await start({ settle: async () => ({ rejected }) });
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const response = await post('{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"chat"}]}]}]}', headers);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({
      partialSuccess: { rejectedSpans: '1', errorMessage: 'Spans not accepted: 1 without an end time.' },
    });
    expect(batches.committed).toEqual(['chat']);
    const refused = await post('{"resourceSpans":7}', headers);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      code: 3,
      message: expect.stringContaining('resourceSpans is not a list'),
    });
  });

  it.each([
    ['gzip', gzipSync(BODY)],
    ['zstd', zstdCompressSync(BODY)],
    ['deflate', deflateSync(BODY)],
    ['deflate', deflateRawSync(BODY)],
    ['identity', BODY],
  ])('takes a body in %s', async (encoding, body) => {
    const { post, batches } = await start();
    expect((await post(body, { 'content-encoding': encoding })).status).toBe(200);
    expect(batches.committed).toHaveLength(2);
  });

  it('takes a body in chunks, of no declared length', async () => {
    const { port, batches } = await start();
    const status = await new Promise((resolve, reject) => {
      const sending = httpRequest(
        { port, path: '/v1/traces', method: 'POST', headers: { 'content-type': PROTOBUF } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sending.on('error', reject);
      for (const byte of BODY) sending.write(Uint8Array.of(byte));
      sending.end();
    });
    expect(status).toBe(200);
    expect(batches.committed).toHaveLength(2);
  });

  it.each<[string, Uint8Array | string, Record<string, string>, string, number, number, string]>([
    ['another signal', BODY, {}, '/v1/metrics', 404, 5, '/v1/metrics'],
    ['another content type', BODY, { 'content-type': 'text/plain' }, '/v1/traces', 415, 3, '"text/plain"'],
    ['an unknown encoding', BODY, { 'content-encoding': 'br' }, '/v1/traces', 415, 12, '"br"'],
    ['bytes that are no request', Uint8Array.of(0x0a, 0x7f), {}, '/v1/traces', 400, 3, 'at byte 1'],
    ['damaged gzip', 'not gzip', { 'content-encoding': 'gzip' }, '/v1/traces', 400, 3, 'gzip content is damaged'],
    [
      'gzip that is cut off',
      gzipSync(BODY).subarray(0, 20),
      { 'content-encoding': 'gzip' },
      '/v1/traces',
      400,
      3,
      'gzip content is damaged',
    ],
    [
      'deflate that inflates above the limit',
      deflateSync(new Uint8Array(3000)),
      { 'content-encoding': 'deflate' },
      '/v1/traces',
      413,
      8,
      '2000 bytes',
    ],
    ['damaged deflate', 'no', { 'content-encoding': 'deflate' }, '/v1/traces', 400, 3, 'deflate content is damaged'],
    ['a body above the limit', new Uint8Array(3000), {}, '/v1/traces', 413, 8, '2000 bytes'],
    [
      'gzip that inflates above the limit',
      gzipSync(new Uint8Array(50_000_000)).subarray(0, 1900),
      { 'content-encoding': 'gzip' },
      '/v1/traces',
      413,
      8,
      '2000 bytes',
    ],
    [
      'zstd that inflates above the limit',
      zstdCompressSync(new Uint8Array(3000)),
      { 'content-encoding': 'zstd' },
      '/v1/traces',
      413,
      8,
      '2000 bytes',
    ],
  ])('refuses %s and says what to do', async (_, body, headers, path, status, code, words) => {
    const { post, batches, rejected } = await start({ maxRequestBodySize: 2000 });
    const response = await post(body, headers, path);
    expect(response.status).toBe(status);
    const answer = await statusOf(response);
    expect(answer.code).toBe(code);
    expect(answer.message).toContain(words);
    expect(batches.committed).toEqual([]);
    expect(rejected).toHaveLength(1);
  });

  it('refuses other methods and names the one it takes', async () => {
    const { port } = await start();
    const response = await fetch(`http://127.0.0.1:${port}/v1/traces`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it('asks to retry while the store cannot write', async () => {
    const { post, rejected } = await start({
      settle: () => Promise.reject(new StoreUnavailable('disk full')),
      limits: { retryAfter: 7 },
    });
    const response = await post(BODY);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(response.headers.get('content-type')).toBe(PROTOBUF);
    expect((await statusOf(response)).code).toBe(14);
    expect(rejected).toEqual(['store_unavailable']);
  });

  it('asks to retry when the commit takes too long', async () => {
    const { post, rejected } = await start({ settle: () => new Promise(() => {}), limits: { answerTimeout: 1 } });
    const response = await post(BODY);
    expect(response.status).toBe(503);
    expect(response.headers.has('retry-after')).toBe(true);
    expect(rejected).toEqual(['timeout']);
  });

  it('answers 500 without details and reports a defect', async () => {
    const defect = new TypeError('secret detail');
    const { post, errors } = await start({
      openBatch: () => {
        throw defect;
      },
    });
    const response = await post(BODY);
    expect(response.status).toBe(500);
    expect((await statusOf(response)).message).not.toContain('secret');
    expect(errors).toEqual([defect]);
  });

  it('asks for a token where one is set, takes any of several, and knows those of the moment', async () => {
    let tokens = tokensOf('first\nsecond\n');
    const { post, batches } = await start({ tokens: () => tokens });
    for (const headers of [
      {},
      { authorization: 'Bearer third' },
      { authorization: 'Bearer ' },
      { authorization: 'Basic first' },
      { authorization: `Basic ${btoa('first:wrong')}` },
    ] as Record<string, string>[]) {
      const response = await post(BODY, headers);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect(batches.opened).toEqual([]);
    expect((await post(BODY, { authorization: 'Bearer first' })).status).toBe(200);
    expect((await post(BODY, { authorization: 'bearer second' })).status).toBe(200);
    expect((await post(BODY, { authorization: `Basic ${btoa('any:second')}` })).status).toBe(200);
    tokens = tokensOf('second\nthird');
    expect((await post(BODY, { authorization: 'Bearer first' })).status).toBe(401);
    expect((await post(BODY, { authorization: 'Bearer third' })).status).toBe(200);
  });

  it('takes of a token that is bound to services their spans only, and says how many it rejected', async () => {
    const sets = [{ tokens: 'support', services: ['support-*', 'shop/desk'] }, ...tokensOf('all')];
    const { post, batches } = await start({ tokens: () => sets });
    const group = (namespace: string, name: string) => ({
      resource: {
        attributes: [
          { key: ATTR_SERVICE_NAME, value: { stringValue: name } },
          { key: ATTR_SERVICE_NAMESPACE, value: { stringValue: namespace } },
        ],
      },
      scopeSpans: [{ spans: [{ name: `${namespace}/${name}` }, { name: `${namespace}/${name} again` }] }],
    });
    const services = [
      ['', 'support-api'],
      ['other', 'support-web'],
      ['shop', 'desk'],
      ['other', 'desk'],
      ['', 'billing'],
      ['', ''],
    ] as const;
    const body = JSON.stringify({ resourceSpans: services.map(([namespace, name]) => group(namespace, name)) });
    const headers = { 'content-type': 'application/json', authorization: 'Bearer support' };
    const answer = await post(body, headers);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      partialSuccess: {
        rejectedSpans: '6',
        errorMessage: 'Spans not accepted: 6 of services that this token may not write.',
      },
    });
    expect(batches.committed.filter((name) => !name.endsWith('again'))).toEqual([
      '/support-api',
      'other/support-web',
      'shop/desk',
    ]);
    batches.committed.length = 0;
    await post(body, { ...headers, authorization: 'Bearer all' });
    expect(batches.committed).toHaveLength(12);
  });

  it.each([
    [{ host: 'localhost:4318' }, 200],
    [{ host: '[::1]:4318' }, 200],
    [{ host: 'evil.example:4318' }, 403],
    [{ host: 'localhost:4318', origin: 'https://evil.example' }, 403],
    [{ host: 'localhost:4318', origin: 'null' }, 403],
    [{ host: 'localhost:4318', origin: 'http://127.0.0.1:3000' }, 200],
    [{ host: 'evil.example:4318', origin: 'http://evil.example:4318' }, 403],
  ])('on loopback without a token answers %j with %i', async (headers, status) => {
    const { port, batches, rejected } = await start();
    expect(await statusWith(port, headers)).toBe(status);
    expect(batches.opened).toHaveLength(status === 200 ? 1 : 0);
    expect(rejected).toEqual(status === 200 ? [] : ['unauthorized']);
  });

  it.each([
    [{ host: 'warmspare.internal', authorization: 'Bearer first' }, 200],
    [{ host: 'warmspare.internal', authorization: 'Bearer first', origin: 'https://warmspare.internal' }, 200],
    [{ host: 'warmspare.internal', authorization: 'Bearer first', origin: 'https://evil.example' }, 403],
  ])('with a token answers %j with %i', async (headers, status) => {
    const { port } = await start({ tokens: () => tokensOf('first') });
    expect(await statusWith(port, headers)).toBe(status);
  });

  it('rejects with the system error when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const endpoint = { host: '127.0.0.1', port: (other.address() as AddressInfo).port };
    await expect(start({ config: { endpoint, tls: undefined, maxRequestBodySize: 1 } })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    other.close();
  });
});
