/** Messages through the official Anthropic client, with its own tracing on and off, against a server on the wire. */

import { answer, fail, json, type ProviderServer, startAnthropic } from '@warmspare/providers';
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OUTPUT_TYPE,
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
} from '@warmspare/semconv';
import { Anthropic } from 'anthropic1';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Recorded, record } from './recorded.ts';

const REQUEST = {
  model: 'claude-haiku-4-5',
  max_tokens: 100,
  system: 'You are the secret system prompt.',
  messages: [{ role: 'user' as const, content: 'a secret question' }],
};
const FORMAT = {
  format: {
    type: 'json_schema' as const,
    schema: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'], additionalProperties: false },
  },
};

let server: ProviderServer;
let recorded: Recorded;

beforeAll(async () => {
  server = await startAnthropic();
  recorded = record();
  recorded.instrumentation.instrument(Anthropic);
});
afterAll(async () => {
  recorded.close();
  await server.close();
});
beforeEach(() => recorded.reset());

describe.each([
  ['its own spans on', true],
  ['its own spans off', false],
])('with %s', (_name, native) => {
  const client = (): Anthropic =>
    new Anthropic({
      apiKey: 'key',
      baseURL: server.url,
      maxRetries: 0,
      openTelemetry: native && { tracerProvider: recorded.provider },
    } as never);

  test('a message is one span, with cached tokens counted within the input', async () => {
    server.script(
      answer({ text: 'a secret answer', tokens: { input: 100, output: 20, cachedInput: 40, cacheWrite: 10 } }),
    );
    const message = await client().messages.create(REQUEST);
    expect(message.stop_reason).toBe('end_turn');
    const { name, attributes } = recorded.span();
    expect(name).toBe(native ? 'anthropic.messages.create' : 'chat claude-haiku-4-5');
    expect(attributes).toMatchObject({
      [ATTR_GEN_AI_PROVIDER_NAME]: 'anthropic',
      [ATTR_GEN_AI_RESPONSE_FINISH_REASONS]: ['end_turn'],
      [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 100,
      [ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: 40,
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
    });
    expect(attributes[ATTR_LLM_FALLBACK_COST_AMOUNT]).toBeCloseTo((50 * 1 + 40 * 0.1 + 10 * 1.25 + 20 * 5) / 1e6, 12);
    expect(recorded.messages).toHaveLength(1);
    expect(recorded.messages[0]?.spanContext?.spanId).toBe(recorded.span().spanContext().spanId);
    expect(JSON.stringify([attributes, recorded.messages])).not.toContain('secret');
  });

  test('an error is on the one span, and is what the caller catches', async () => {
    server.script(fail('overloaded'));
    await expect(client().messages.create(REQUEST)).rejects.toBeInstanceOf(Anthropic.APIError);
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('error');
  });

  test('its own span keeps its own word for an error, and the channel says the same', async () => {
    server.script(fail('overloaded'));
    await expect(client().messages.create(REQUEST)).rejects.toThrow();
    const expected = native ? 'overloaded_error' : '529';
    expect(recorded.span().attributes[ATTR_ERROR_TYPE]).toBe(expected);
    expect(recorded.messages[0]?.attributes[ATTR_ERROR_TYPE]).toBe(expected);
  });

  test('streams and their helper are one span each', async () => {
    for await (const _ of await client().messages.create({ ...REQUEST, stream: true }));
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
    recorded.reset();
    await client().messages.stream(REQUEST).finalMessage();
    await expect.poll(() => recorded.spans().length).toBe(1);
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
    expect(recorded.messages).toHaveLength(1);
  });

  test('a stream broken off early is cancelled', async () => {
    const stream = await client().messages.create({ ...REQUEST, stream: true });
    for await (const _ of stream) break;
    await expect.poll(() => recorded.spans().length).toBe(1);
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('cancelled');
  });

  test.each([
    ['success', json({ a: 1 }), 'valid'],
    ['schema_invalid', json({ a: 'x' }), 'invalid'],
    ['truncated', answer({ text: '{"a', finish: 'length' }), 'not_evaluated'],
    ['refused', answer({ text: 'No.', finish: 'refusal' }), 'not_evaluated'],
  ] as const)('an answer to a schema is %s', async (outcome, step, validity) => {
    server.script(step);
    await client().messages.create({ ...REQUEST, output_config: FORMAT });
    expect(recorded.span().attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
      [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: validity,
      [ATTR_GEN_AI_OUTPUT_TYPE]: 'json',
    });
  });

  test('parse(), the beta API and asResponse() are one call each', async () => {
    server.script(json({ a: 1 }));
    await client().messages.parse({ ...REQUEST, output_config: FORMAT });
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]).toBe('valid');
    recorded.reset();
    await client().beta.messages.create(REQUEST);
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
    recorded.reset();
    const response = await client().messages.create(REQUEST).asResponse();
    expect(await response.json()).toHaveProperty('content');
    await expect.poll(() => recorded.spans().length).toBe(1);
    expect(recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_CALL_OUTCOME]);
  });
});
