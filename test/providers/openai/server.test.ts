import OpenAI, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai7';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer, type FailureReason, fail, hang, json, type ProviderServer, reset, startOpenAI } from '../index.ts';

let server: ProviderServer;
let client: OpenAI;

beforeEach(async () => {
  server = await startOpenAI();
  client = new OpenAI({ apiKey: 'sk-local', baseURL: `${server.url}/v1`, maxRetries: 0 });
});
afterEach(() => server.close());

const messages = [{ role: 'user' as const, content: 'Hi' }];
const chat = (model = 'gpt-5'): Promise<OpenAI.ChatCompletion> => client.chat.completions.create({ model, messages });

describe('without a script', () => {
  it('answers with the snapshot behind the alias and with usage', async () => {
    const completion = await chat();
    expect(completion.model).toBe('gpt-5-2025-08-07');
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { role: 'assistant', refusal: null },
    });
    expect(completion.usage?.total_tokens).toBeGreaterThan(1);
  });

  it('answers a structured request with an example of its schema', async () => {
    const schema = {
      type: 'object',
      properties: {
        title: { type: 'string' },
        urgency: { enum: ['low', 'high'] },
        tags: { type: 'array', minItems: 1, items: { $ref: '#/$defs/tag' } },
      },
      required: ['title', 'urgency', 'tags'],
      $defs: { tag: { type: 'integer', minimum: 3 } },
    };
    const completion = await client.chat.completions.parse({
      model: 'gpt-5',
      messages,
      response_format: { type: 'json_schema', json_schema: { name: 'ticket', strict: true, schema } },
    });
    expect(completion.choices[0]?.message.parsed).toEqual({ title: 'text', urgency: 'low', tags: [3] });
    const response = await client.responses.parse({
      model: 'gpt-5',
      input: 'Hi',
      text: { format: { type: 'json_schema', name: 'ticket', schema } },
    });
    expect(response.output_parsed).toEqual({ title: 'text', urgency: 'low', tags: [3] });
  });

  it('records what was asked, and gives every response its own request id', async () => {
    const first = await client.chat.completions.create({ model: 'a', messages }).withResponse();
    const second = await client.chat.completions.create({ model: 'b', messages }).withResponse();
    expect(first.request_id).toMatch(/^req_/);
    expect(second.request_id).not.toBe(first.request_id);
    expect(server.requests.map((request) => [request.method, request.path, request.body.model])).toEqual([
      ['POST', '/v1/chat/completions', 'a'],
      ['POST', '/v1/chat/completions', 'b'],
    ]);
    expect(server.requests[0]?.headers.authorization).toBe('Bearer sk-local');
  });

  it('embeds every input', async () => {
    const { data } = await client.embeddings.create({
      model: 'text-embedding-3-small',
      input: ['a', 'b'],
      dimensions: 4,
    });
    expect(data.map((each) => each.embedding)).toEqual([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
    ]);
  });
});

describe('errors', () => {
  const cases: readonly [FailureReason, typeof APIError, number, string | null][] = [
    ['bad_request', BadRequestError, 400, 'invalid_value'],
    ['authentication', AuthenticationError, 401, 'invalid_api_key'],
    ['permission', PermissionDeniedError, 403, 'unsupported_country_region_territory'],
    ['model_not_found', NotFoundError, 404, 'model_not_found'],
    ['rate_limit', RateLimitError, 429, 'rate_limit_exceeded'],
    ['insufficient_quota', RateLimitError, 429, 'insufficient_quota'],
    ['server_error', InternalServerError, 500, null],
    ['unavailable', InternalServerError, 503, null],
  ];
  it.each(cases)('%s becomes the class of the official client', async (reason, type, status, code) => {
    server.script(fail(reason));
    const error = await chat().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ status, code });
  });

  it('a rate limit says when to try again', async () => {
    server.script(fail('rate_limit', { retryAfter: 7 }));
    const error = await chat().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect((error as APIError).headers?.get('retry-after')).toBe('7');
  });

  it('a reset is a connection error, a hang a timeout, and the client that gave up is recorded as aborted', async () => {
    server.script(reset(), hang());
    await expect(chat()).rejects.toBeInstanceOf(APIConnectionError);
    const quick = new OpenAI({ apiKey: 'sk-local', baseURL: `${server.url}/v1`, maxRetries: 0, timeout: 20 });
    await expect(quick.chat.completions.create({ model: 'gpt-5', messages })).rejects.toBeInstanceOf(
      APIConnectionTimeoutError,
    );
    await expect.poll(() => server.requests[1]?.aborted).toBe(true);
  });

  it('the queue serves one request a step, then what stands for all others', async () => {
    server.script(fail('unavailable'), answer('second'));
    server.otherwise((request) => json({ model: request.body.model }));
    await expect(chat()).rejects.toBeInstanceOf(InternalServerError);
    expect((await chat()).choices[0]?.message.content).toBe('second');
    expect((await chat('gpt-4o')).choices[0]?.message.content).toBe('{"model":"gpt-4o"}');
  });

  it('an unknown path is not found', async () => {
    const response = await fetch(`${server.url}/v1/nothing`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(404);
  });
});

describe('what a model can do instead of answering', () => {
  it('refuses, stops for length, calls a tool', async () => {
    server.script(
      answer({ refusal: 'I cannot help with that.' }),
      answer({ text: '{"title":', finish: 'length' }),
      answer({ toolCalls: [{ name: 'look_up', arguments: { id: 1 } }] }),
    );
    expect((await chat()).choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: null, refusal: 'I cannot help with that.' },
    });
    expect((await chat()).choices[0]?.finish_reason).toBe('length');
    expect((await chat()).choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ type: 'function', function: { name: 'look_up', arguments: '{"id":1}' } }] },
    });
  });

  it('does the same through the responses API', async () => {
    server.script(
      answer({ text: 'Hi there', tokens: { input: 100, output: 5, cachedInput: 60, reasoning: 3 } }),
      answer({ refusal: 'No.' }),
      answer({ text: 'cut o', finish: 'length' }),
    );
    const ask = (): Promise<OpenAI.Responses.Response> => client.responses.create({ model: 'gpt-5', input: 'Hi' });
    const first = await ask();
    expect(first.output_text).toBe('Hi there');
    expect(first.usage).toMatchObject({
      input_tokens_details: { cached_tokens: 60 },
      output_tokens_details: { reasoning_tokens: 3 },
    });
    expect((await ask()).output[0]).toMatchObject({ content: [{ type: 'refusal', refusal: 'No.' }] });
    expect(await ask()).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
  });
});

describe('streams', () => {
  it('a chat stream ends with its finish reason, and with usage where asked for', async () => {
    server.script(answer('one two three'));
    const stream = await client.chat.completions.create({
      model: 'gpt-5',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('one two three');
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 4 } });
    const without = await Array.fromAsync(
      await client.chat.completions.create({ model: 'gpt-5', messages, stream: true }),
    );
    expect(without.some((chunk) => chunk.usage)).toBe(false);
  });

  it('the stream helpers of the official client reassemble text, refusals and tool calls', async () => {
    server.script(
      answer('one two'),
      answer({ refusal: 'I will not.' }),
      answer({ toolCalls: [{ name: 'f', arguments: { a: 1 } }] }),
    );
    const run = (): Promise<OpenAI.ChatCompletionMessage> =>
      client.chat.completions.stream({ model: 'gpt-5', messages }).finalMessage();
    expect((await run()).content).toBe('one two');
    expect((await run()).refusal).toBe('I will not.');
    expect((await run()).tool_calls).toMatchObject([{ function: { name: 'f', arguments: '{"a":1}' } }]);
  });

  it('the typed events of a response reassemble to the whole response', async () => {
    server.script(
      answer({ text: 'one two', toolCalls: [{ name: 'f', arguments: { a: 1 } }] }),
      answer({ text: 'cut', finish: 'length' }),
    );
    const whole = await client.responses.stream({ model: 'gpt-5', input: 'Hi' }).finalResponse();
    expect(whole.output_text).toBe('one two');
    expect(whole.output[1]).toMatchObject({ type: 'function_call', name: 'f', arguments: '{"a":1}' });
    const types = (
      await Array.fromAsync(await client.responses.create({ model: 'gpt-5', input: 'Hi', stream: true }))
    ).map((event) => event.type);
    expect(types[0]).toBe('response.created');
    expect(types.at(-1)).toBe('response.incomplete');
  });

  it('a legacy completion streams as well', async () => {
    server.script(answer('one two'));
    const chunks = await Array.fromAsync(
      await client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: 'Hi', stream: true }),
    );
    expect(chunks.map((chunk) => chunk.choices[0]?.text ?? '').join('')).toBe('one two');
  });

  it('can be cut in the middle: by a reset, or by an error event', async () => {
    for (const how of ['reset', 'error'] as const) {
      server.script(answer({ text: 'one two three four', cut: { after: 3, how } }));
      const seen: string[] = [];
      const read = async (): Promise<void> => {
        for await (const chunk of await client.chat.completions.create({ model: 'gpt-5', messages, stream: true })) {
          seen.push(chunk.choices[0]?.delta.content ?? '');
        }
      };
      await expect(read()).rejects.toThrow();
      expect(seen).toEqual(['', 'one ', 'two ']);
    }
  });
});
