import Anthropic, {
  APIConnectionTimeoutError,
  type APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'anthropic1';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answer,
  type FailureReason,
  fail,
  hang,
  type ProviderServer,
  servedByFallback,
  startAnthropic,
} from '../index.ts';

let server: ProviderServer;
let client: Anthropic;

beforeEach(async () => {
  server = await startAnthropic();
  client = new Anthropic({ apiKey: 'sk-ant-local', baseURL: server.url, maxRetries: 0 });
});
afterEach(() => server.close());

const params = { model: 'claude-haiku-4-5', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hi' }] };

describe('messages', () => {
  it('names the snapshot behind the alias and counts cached tokens beside the input tokens', async () => {
    server.script(answer({ text: 'Hi', tokens: { input: 100, output: 5, cachedInput: 60, cacheWrite: 10 } }));
    const message = await client.messages.create(params);
    expect(message).toMatchObject({
      model: 'claude-haiku-4-5-20251001',
      stop_reason: 'end_turn',
      content: [{ type: 'text', text: 'Hi' }],
      usage: { input_tokens: 30, cache_read_input_tokens: 60, cache_creation_input_tokens: 10, output_tokens: 5 },
    });
    expect(server.requests[0]).toMatchObject({
      path: '/v1/messages',
      headers: { authorization: 'Bearer sk-ant-local' },
    });
  });

  it('answers a structured request with an example of its schema', async () => {
    const schema = {
      type: 'object',
      properties: { title: { type: 'string' } },
      required: ['title'],
      additionalProperties: false,
    };
    const message = await client.messages.create({
      ...params,
      output_config: { format: { type: 'json_schema', schema } },
    });
    expect(message.content).toMatchObject([{ text: '{"title":"text"}' }]);
  });

  it('stops for length, refuses, uses a tool', async () => {
    server.script(
      answer({ text: 'cut', finish: 'length' }),
      answer({ refusal: 'No.' }),
      answer({ toolCalls: [{ name: 'f', arguments: { a: 1 } }] }),
    );
    expect((await client.messages.create(params)).stop_reason).toBe('max_tokens');
    expect((await client.messages.create(params)).stop_reason).toBe('refusal');
    expect(await client.messages.create(params)).toMatchObject({
      stop_reason: 'tool_use',
      content: [{ type: 'tool_use', name: 'f', input: { a: 1 } }],
    });
  });
});

describe('streams', () => {
  it('reassemble in the official client, with stop reason and usage', async () => {
    server.script(
      answer({ text: 'one two', toolCalls: [{ name: 'f', arguments: { a: 1 } }], tokens: { input: 9, output: 7 } }),
    );
    const message = await client.messages.stream(params).finalMessage();
    expect(message).toMatchObject({
      content: [
        { type: 'text', text: 'one two' },
        { type: 'tool_use', input: { a: 1 } },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 9, output_tokens: 7 },
    });
  });

  it('have the events of the real API in their order, a ping among them', async () => {
    server.script(answer('one'));
    const response = await client.messages.create({ ...params, stream: true }).asResponse();
    expect((await response.text()).match(/(?<=^event: ).*/gm)).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  it('can end with an error event', async () => {
    server.script(answer({ text: 'one two three', cut: { after: 4, how: 'error' } }));
    await expect(client.messages.stream(params).finalMessage()).rejects.toThrow(/overloaded_error/);
  });
});

describe('server-side fallbacks', () => {
  it('tell by an iteration of the usage and a block before the text, whole and as a stream', async () => {
    const request = {
      ...params,
      betas: ['server-side-fallback-2026-06-01'],
      fallbacks: [{ model: 'claude-opus-4-8' }],
    };
    const expected = {
      model: 'claude-opus-4-8',
      content: [
        { type: 'fallback', from: { model: 'claude-haiku-4-5' }, to: { model: 'claude-opus-4-8' } },
        { type: 'text', text: 'Served' },
      ],
      usage: { iterations: [{ type: 'message' }, { type: 'fallback_message', model: 'claude-opus-4-8' }] },
    };
    server.script(
      servedByFallback('claude-opus-4-8', { text: 'Served' }),
      servedByFallback('claude-opus-4-8', { text: 'Served' }),
    );
    expect(await client.beta.messages.create(request)).toMatchObject(expected);
    expect(await client.beta.messages.stream(request).finalMessage()).toMatchObject(expected);
    expect(server.requests[0]?.body.fallbacks).toEqual([{ model: 'claude-opus-4-8' }]);
  });
});

describe('errors', () => {
  const cases: readonly [FailureReason, typeof APIError, number, string][] = [
    ['bad_request', BadRequestError, 400, 'invalid_request_error'],
    ['insufficient_quota', BadRequestError, 400, 'invalid_request_error'],
    ['authentication', AuthenticationError, 401, 'authentication_error'],
    ['permission', PermissionDeniedError, 403, 'permission_error'],
    ['model_not_found', NotFoundError, 404, 'not_found_error'],
    ['rate_limit', RateLimitError, 429, 'rate_limit_error'],
    ['server_error', InternalServerError, 500, 'api_error'],
    ['overloaded', InternalServerError, 529, 'overloaded_error'],
  ];
  it.each(cases)('%s becomes the class of the official client', async (reason, errorClass, status, type) => {
    server.script(fail(reason));
    const error = await client.messages.create(params).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ status, error: { type: 'error', error: { type } } });
    expect((error as APIError).requestID).toMatch(/^req_/);
  });

  it('a hang is a timeout', async () => {
    server.script(hang());
    const quick = new Anthropic({ apiKey: 'sk-ant-local', baseURL: server.url, maxRetries: 0, timeout: 20 });
    await expect(quick.messages.create(params)).rejects.toBeInstanceOf(APIConnectionTimeoutError);
  });
});
