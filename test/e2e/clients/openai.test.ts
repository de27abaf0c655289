/** Chat completions through the official openai clients, every major that is patched, against a server on the wire. */
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { answer, fail, hang, json, type ProviderServer, reset, startOpenAI } from '@warmspare/providers';
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_SERVER_PORT,
} from '@warmspare/semconv';
import { OpenAI as OpenAI4 } from 'openai4';
import { OpenAI as OpenAI5 } from 'openai5';
import { OpenAI as OpenAI6 } from 'openai6';
import { OpenAI as OpenAI7 } from 'openai7';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LlmFallbackInstrumentationConfig } from '../../../instrumentation/src/instrumentation.ts';
import { type Recorded, record } from './recorded.ts';

const SYSTEM = 'You are the secret system prompt.';
const ASKED = 'This is the secret question.';
const REQUEST = {
  model: 'gpt-5',
  messages: [
    { role: 'system' as const, content: SYSTEM },
    { role: 'user' as const, content: ASKED },
  ],
};
const SCHEMA = {
  type: 'object',
  properties: { urgency: { enum: ['low', 'high'] } },
  required: ['urgency'],
  additionalProperties: false,
};
const FORMAT = { type: 'json_schema' as const, json_schema: { name: 'ticket', schema: SCHEMA } };

// The majors' types differ where the tests do not: they are all called as one of them.
const MAJORS: readonly (readonly [string, typeof OpenAI7])[] = [
  ['openai 4', OpenAI4 as unknown as typeof OpenAI7],
  ['openai 5', OpenAI5 as unknown as typeof OpenAI7],
  ['openai 6', OpenAI6 as unknown as typeof OpenAI7],
  ['openai 7', OpenAI7],
];

let server: ProviderServer;
let recorded: Recorded;

beforeAll(async () => {
  server = await startOpenAI();
  recorded = record();
  for (const [, OpenAI] of MAJORS) recorded.instrumentation.instrument(OpenAI);
});
afterAll(async () => {
  recorded.close();
  await server.close();
});
beforeEach(() => {
  recorded.reset();
  server.otherwise();
});

describe.each(MAJORS)('%s', (_name, OpenAI) => {
  const client = (): OpenAI7 => new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });

  test('a call is a span with models, tokens, cost and outcome, and a message that says the same', async () => {
    server.script(
      answer({ text: 'a secret answer', tokens: { input: 100, output: 20, cachedInput: 40, reasoning: 5 } }),
    );
    const given = await client().chat.completions.create(REQUEST);
    expect(given.choices[0]?.message.content).toBe('a secret answer');
    const span = recorded.span();
    expect(span.name).toBe('chat gpt-5');
    expect(span.attributes).toMatchObject({
      [ATTR_GEN_AI_OPERATION_NAME]: 'chat',
      [ATTR_GEN_AI_PROVIDER_NAME]: 'openai',
      [ATTR_GEN_AI_REQUEST_MODEL]: 'gpt-5',
      [ATTR_GEN_AI_RESPONSE_FINISH_REASONS]: ['stop'],
      [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 100,
      [ATTR_GEN_AI_USAGE_OUTPUT_TOKENS]: 20,
      [ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: 40,
      [ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS]: 5,
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
      [ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT]: expect.stringMatching(/^[0-9a-f]{16}$/),
      [ATTR_SERVER_PORT]: server.port,
    });
    expect(span.attributes[ATTR_LLM_FALLBACK_COST_AMOUNT]).toBeCloseTo((60 * 1.25 + 40 * 0.125 + 20 * 10) / 1e6, 12);
    expect(span.attributes).not.toHaveProperty([ATTR_ERROR_TYPE]);
    expect(span.attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_ROUTE_TYPE]);
    expect(recorded.messages).toHaveLength(1);
    expect(recorded.messages[0]?.attributes).toEqual(span.attributes);
    expect(recorded.messages[0]?.spanContext?.spanId).toBe(span.spanContext().spanId);
    expect(JSON.stringify([span.attributes, span.events, span.status, recorded.messages])).not.toContain('secret');
  });

  test('withResponse gives data and response of one request', async () => {
    const before = server.requests.length;
    const { data, response } = await client().chat.completions.create(REQUEST).withResponse();
    expect(data.choices).toHaveLength(1);
    expect(response.status).toBe(200);
    expect(server.requests.length - before).toBe(1);
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
  });

  test('asResponse leaves the body to the caller, and nothing is claimed of the outcome', async () => {
    const response = await client().chat.completions.create(REQUEST).asResponse();
    expect(await response.json()).toHaveProperty('choices');
    expect(recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_CALL_OUTCOME]);
    expect(recorded.span().attributes).not.toHaveProperty([ATTR_ERROR_TYPE]);
  });

  test('the error of the client is the error that the caller catches', async () => {
    server.script(fail('unavailable'));
    const error: unknown = await client()
      .chat.completions.create(REQUEST)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('error');
    expect(recorded.span().attributes[ATTR_ERROR_TYPE]).toBeTypeOf('string');
  });

  test('retries are one call', async () => {
    server.script(fail('rate_limit', { retryAfter: 0 }), answer('fine'));
    await new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 1 }).chat.completions.create(REQUEST);
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
  });

  test('a reset connection is an error', async () => {
    server.script(reset());
    await expect(client().chat.completions.create(REQUEST)).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('error');
  });

  test("the client's deadline is a timeout", async () => {
    // Not scripted for one request: on a slow machine the deadline passes before the request arrives.
    server.otherwise(hang());
    const slow = client().chat.completions.create(REQUEST, { timeout: 20 });
    await expect(slow).rejects.toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('timeout');
  });

  test.each([
    ['cancelled', new Error('enough')],
    ['timeout', new DOMException('late', 'TimeoutError')],
  ])('an abort is %s by the reason of its signal', async (outcome, reason) => {
    const controller = new AbortController();
    server.script(() => {
      controller.abort(reason);
      return hang();
    });
    const aborted = client().chat.completions.create(REQUEST, { signal: controller.signal });
    await expect(aborted).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
  });

  test.each([
    ['success', 'valid', json({ urgency: 'low' }), undefined],
    ['schema_invalid', 'invalid', json({ urgency: 'odd' }), 'enum_mismatch'],
    ['schema_invalid', 'invalid', json({}), 'missing_required'],
    ['schema_invalid', 'invalid', answer('Sure! Here it is'), 'not_json'],
    ['truncated', 'not_evaluated', answer({ text: '{"urg', finish: 'length' }), undefined],
    ['refused', 'not_evaluated', answer({ refusal: 'I cannot do that.' }), undefined],
  ] as const)('an answer to a schema is %s, its schema %s', async (outcome, validity, step, errorType) => {
    for (const stream of [false, true]) {
      recorded.reset();
      server.script(step);
      const given = await client().chat.completions.create({ ...REQUEST, response_format: FORMAT, stream });
      if (Symbol.asyncIterator in given) for await (const _ of given);
      const { attributes } = recorded.span();
      expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
      expect(attributes[ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]).toBe(validity);
      expect(attributes[ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]).toBe(errorType);
    }
  });

  test('a stream ends its call at its end, with the usage it was asked to report', async () => {
    server.script(answer({ text: 'one two three', tokens: { input: 10, output: 3 } }));
    const body = { ...REQUEST, stream: true as const, stream_options: { include_usage: true } };
    const stream = await client().chat.completions.create(body);
    let text = '';
    for await (const chunk of stream) {
      expect(recorded.spans()).toHaveLength(0);
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe('one two three');
    expect(recorded.span().attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
      [ATTR_GEN_AI_USAGE_OUTPUT_TOKENS]: 3,
    });
  });

  test('nothing is added to the request of a stream', async () => {
    const stream = await client().chat.completions.create({ ...REQUEST, stream: true });
    for await (const _ of stream);
    expect(server.requests.at(-1)?.body).toEqual({ ...REQUEST, stream: true });
  });

  test('a break before the terminal reason is cancelled, and the connection is let go', async () => {
    server.script(answer({ text: 'one two three', cut: { after: 2, how: 'stall' } }));
    const stream = await client().chat.completions.create({ ...REQUEST, stream: true });
    for await (const _ of stream) break;
    expect(stream.controller.signal.aborted).toBe(true);
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('cancelled');
  });

  test('a break after the terminal reason is complete', async () => {
    const stream = await client().chat.completions.create({ ...REQUEST, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.finish_reason === 'stop') break;
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
  });

  test('a stream that is torn off is an error, thrown to the reader and recorded', async () => {
    server.script(answer({ text: 'one two three', cut: { after: 2, how: 'reset' } }));
    const stream = await client().chat.completions.create({ ...REQUEST, stream: true });
    await expect(drain(stream)).rejects.toThrow();
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('error');
  });

  test('both branches of tee() get every chunk of the one request', async () => {
    server.script(answer('one two three'));
    const before = server.requests.length;
    const stream = await client().chat.completions.create({ ...REQUEST, stream: true });
    const [left, right] = stream.tee();
    expect(await drain(left)).toEqual(await drain(right));
    expect(server.requests.length - before).toBe(1);
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
  });

  test('toReadableStream() gives every chunk', async () => {
    server.script(answer('one two three'));
    const stream = await client().chat.completions.create({ ...REQUEST, stream: true });
    expect(await new Response(stream.toReadableStream()).text()).toContain('three');
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
  });

  test('parse() and stream() helpers are one call each', async () => {
    const api = 'parse' in OpenAI.Chat.Completions.prototype ? client().chat.completions : betaOf(client());
    server.script(json({ urgency: 'low' }));
    await api.parse({ ...REQUEST, response_format: FORMAT });
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]).toBe('valid');
    recorded.reset();
    await api.stream(REQUEST).finalChatCompletion();
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
  });

  test('a failing parse(), withResponse() and asResponse() reject once and leave nothing unhandled', async () => {
    const unhandled: unknown[] = [];
    const hear = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', hear);
    try {
      const api = 'parse' in OpenAI.Chat.Completions.prototype ? client().chat.completions : betaOf(client());
      const failing: readonly (() => PromiseLike<unknown>)[] = [
        () => api.parse({ ...REQUEST, response_format: FORMAT }),
        () => client().chat.completions.create(REQUEST).withResponse(),
        () => client().chat.completions.create(REQUEST).asResponse(),
        () => client().chat.completions.create({ ...REQUEST, stream: true }),
      ];
      for (const ask of failing) {
        recorded.reset();
        server.script(fail('unavailable'));
        await expect(ask()).rejects.toBeInstanceOf(OpenAI.APIError);
        expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('error');
      }
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', hear);
    }
  });

  test('an error that nobody handles stays unhandled, once, and is recorded', async () => {
    const unhandled: unknown[] = [];
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    const hear = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', hear);
    try {
      const api = 'parse' in OpenAI.Chat.Completions.prototype ? client().chat.completions : betaOf(client());
      const leaving: readonly (() => unknown)[] = [
        () => client().chat.completions.create(REQUEST),
        () => client().chat.completions.create({ ...REQUEST, stream: true }),
        () => api.parse({ ...REQUEST, response_format: FORMAT }),
      ];
      for (const leave of leaving) {
        recorded.reset();
        unhandled.length = 0;
        server.script(fail('unavailable'));
        leave();
        await expect.poll(() => unhandled.length).toBe(1);
        expect(unhandled[0]).toBeInstanceOf(OpenAI.APIError);
        expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('error');
        await new Promise((resolve) => setImmediate(resolve));
        expect(unhandled).toHaveLength(1);
      }
    } finally {
      process.off('unhandledRejection', hear);
      for (const other of others) process.on('unhandledRejection', other);
    }
  });
});

test('with a sampler that takes nothing, the message is the same', async () => {
  recorded.close();
  const unsampled = record(
    {},
    { shouldSample: () => ({ decision: SamplingDecision.NOT_RECORD }), toString: () => 'none' },
  );
  unsampled.instrumentation.instrument(OpenAI7);
  await new OpenAI7({ apiKey: 'key', baseURL: `${server.url}/v1` }).chat.completions.create(REQUEST);
  unsampled.close();
  expect(unsampled.spans()).toHaveLength(0);
  expect(unsampled.messages).toHaveLength(1);
  expect(unsampled.messages[0]?.spanContext?.traceFlags).toBe(0);
  expect(unsampled.messages[0]?.attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
});

const CHOICES: readonly (readonly [string, LlmFallbackInstrumentationConfig, number])[] = [
  ['no prompt fingerprint', { promptFingerprint: false }, 1],
  ['a price of their own', { price: () => ({ amount: 3, currency: 'EUR' }) }, 1],
  ['no spans of ours', { spans: 'enrich' }, 0],
];

test.each(CHOICES)('users may ask for %s', async (_name, config, spans) => {
  recorded.close();
  const configured = record(config);
  configured.instrumentation.instrument(OpenAI7);
  await new OpenAI7({ apiKey: 'key', baseURL: `${server.url}/v1` }).chat.completions.create(REQUEST);
  configured.close();
  expect(configured.spans()).toHaveLength(spans);
  const attributes = configured.messages[0]?.attributes ?? {};
  expect(ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT in attributes).toBe(config.promptFingerprint !== false);
  expect(attributes[ATTR_LLM_FALLBACK_COST_AMOUNT] === 3).toBe(config.price !== undefined);
  expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
});

async function drain<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const chunks: T[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

/** openai 4 has the helpers under `beta`. */
function betaOf(client: OpenAI7): OpenAI7['chat']['completions'] {
  return (client.beta as unknown as OpenAI7).chat.completions;
}
