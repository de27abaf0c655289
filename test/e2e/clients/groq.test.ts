/** Chat completions through the official groq client, against a server on the wire. */

import { answer, fail, json, type ProviderServer, startGroq } from '@warmspare/providers';
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
} from '@warmspare/semconv';
import Groq from 'groq-sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Recorded, record } from './recorded.ts';

const MODEL = 'llama-3.3-70b-versatile';
const REQUEST = { model: MODEL, messages: [{ role: 'user' as const, content: 'a secret question' }] };
const SCHEMA = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'], additionalProperties: false };

let server: ProviderServer;
let recorded: Recorded;
let client: Groq;

beforeAll(async () => {
  server = await startGroq();
  recorded = record();
  recorded.instrumentation.instrument(Groq);
  client = new Groq({ apiKey: 'key', baseURL: server.url, maxRetries: 0 });
});
afterAll(async () => {
  recorded.close();
  await server.close();
});
beforeEach(() => recorded.reset());

const attributes = () => recorded.span().attributes;

describe.each([false, true])('streamed: %s', (stream) => {
  async function ask(more: object = {}): Promise<string> {
    const given = await client.chat.completions.create({ ...REQUEST, ...more, stream });
    if (!(Symbol.asyncIterator in given)) return given.choices[0]?.message.content ?? '';
    let text = '';
    for await (const chunk of given) text += chunk.choices[0]?.delta.content ?? '';
    return text;
  }

  test('an answer is a success of groq, with tokens and cost, and the caller has all of it', async () => {
    server.script(answer({ text: 'It is a bill.', tokens: { input: 12, output: 5 } }));
    expect(await ask()).toBe('It is a bill.');
    expect(attributes()).toMatchObject({
      [ATTR_GEN_AI_PROVIDER_NAME]: 'groq',
      [ATTR_GEN_AI_REQUEST_MODEL]: MODEL,
      [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 12,
      [ATTR_GEN_AI_USAGE_OUTPUT_TOKENS]: 5,
      [ATTR_LLM_FALLBACK_COST_AMOUNT]: expect.any(Number),
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
    });
    expect(JSON.stringify([recorded.messages, attributes()])).not.toMatch(/secret|bill/);
  });

  test.each([
    ['valid', json({ a: 1 }), 'success'],
    ['invalid', json({ a: 'one' }), 'schema_invalid'],
    ['not_evaluated', answer({ text: '{"a"', finish: 'length' }), 'truncated'],
  ] as const)('an answer to a schema is %s', async (validity, step, outcome) => {
    server.script(step);
    await ask({ response_format: { type: 'json_schema', json_schema: { name: 'a', schema: SCHEMA } } });
    expect(attributes()).toMatchObject({
      [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: validity,
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
    });
  });

  test('an error is the caller’s, with its type on the span', async () => {
    server.script(fail('rate_limit'));
    await expect(ask()).rejects.toBeInstanceOf(Groq.RateLimitError);
    expect(attributes()).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error',
      [ATTR_ERROR_TYPE]: 'rate_limit_exceeded',
    });
  });
});

test('a stream that its reader leaves early is cancelled', async () => {
  for await (const _ of await client.chat.completions.create({ ...REQUEST, stream: true })) break;
  expect(attributes()[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('cancelled');
});

test('the response beside the answer is the one that came', async () => {
  const { data, response } = await client.chat.completions.create(REQUEST).withResponse();
  expect(response.status).toBe(200);
  expect(data.model).toBe(MODEL);
  expect(attributes()[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
  expect(server.requests.at(-1)?.path).toBe('/openai/v1/chat/completions');
});
