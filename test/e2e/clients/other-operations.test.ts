/** Responses, embeddings, text completions and Azure through the official openai clients, against a server on the wire. */
import { answer, fail, json, type ProviderServer, startOpenAI } from '@warmspare/providers';
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
} from '@warmspare/semconv';
import { AzureOpenAI as AzureOpenAI4, OpenAI as OpenAI4 } from 'openai4';
import { AzureOpenAI as AzureOpenAI5, OpenAI as OpenAI5 } from 'openai5';
import { AzureOpenAI as AzureOpenAI6, OpenAI as OpenAI6 } from 'openai6';
import { AzureOpenAI, OpenAI as OpenAI7 } from 'openai7';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Recorded, record } from './recorded.ts';

// The majors' types differ where the tests do not: they are all called as one of them.
const MAJORS: readonly (readonly [string, typeof OpenAI7])[] = [
  ['openai 4', OpenAI4 as unknown as typeof OpenAI7],
  ['openai 5', OpenAI5 as unknown as typeof OpenAI7],
  ['openai 6', OpenAI6 as unknown as typeof OpenAI7],
  ['openai 7', OpenAI7],
];
const SCHEMA = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'], additionalProperties: false };
const FORMAT = { format: { type: 'json_schema' as const, name: 'a', schema: SCHEMA } };

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
beforeEach(() => recorded.reset());

describe.each(MAJORS)('%s', (_name, OpenAI) => {
  const client = (): OpenAI7 => new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });

  test.each([
    ['success', json({ a: 1 }), 'valid'],
    ['schema_invalid', json({ a: 'x' }), 'invalid'],
    ['truncated', answer({ text: '{"a', finish: 'length' }), 'not_evaluated'],
    ['refused', answer({ refusal: 'No.' }), 'not_evaluated'],
  ] as const)('a response to a schema is %s, whole and streamed', async (outcome, step, validity) => {
    for (const stream of [false, true]) {
      recorded.reset();
      server.script(step);
      const given = await client().responses.create({
        model: 'gpt-5',
        input: 'a secret question',
        text: FORMAT,
        stream,
      });
      if (Symbol.asyncIterator in given) for await (const _ of given);
      expect(recorded.span().attributes).toMatchObject({
        [ATTR_GEN_AI_OPERATION_NAME]: 'chat',
        [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
        [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: validity,
      });
      expect(JSON.stringify(recorded.messages)).not.toContain('secret');
    }
  });

  test('a response reports its tokens, and its helpers are one call each', async () => {
    server.script(answer({ text: 'fine', tokens: { input: 9, output: 5, reasoning: 2 } }));
    await client().responses.create({ model: 'gpt-5', input: 'hello' });
    expect(recorded.span().attributes).toMatchObject({
      [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 9,
      [ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS]: 2,
    });
    recorded.reset();
    await client().responses.parse({ model: 'gpt-5', input: 'hello' });
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
    recorded.reset();
    await client().responses.stream({ model: 'gpt-5', input: 'hello' }).finalResponse();
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
  });

  test('embeddings and text completions are calls of their own operations', async () => {
    await client().embeddings.create({ model: 'text-embedding-3-small', input: 'hello' });
    expect(recorded.span().name).toBe('embeddings text-embedding-3-small');
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
    recorded.reset();
    await client().completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: 'hello' });
    expect(recorded.span().attributes).toMatchObject({
      [ATTR_GEN_AI_OPERATION_NAME]: 'text_completion',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
    });
    recorded.reset();
    server.script(fail('model_not_found'));
    await expect(client().embeddings.create({ model: 'gone', input: 'hello' })).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('error');
  });
});

// The classes differ in types of options that are not used here.
const AZURE: readonly (readonly [string, typeof AzureOpenAI])[] = [
  ['openai 4', AzureOpenAI4 as unknown as typeof AzureOpenAI],
  ['openai 5', AzureOpenAI5 as unknown as typeof AzureOpenAI],
  ['openai 6', AzureOpenAI6 as unknown as typeof AzureOpenAI],
  ['openai 7', AzureOpenAI],
];

describe.each(AZURE)('AzureOpenAI of %s', (_name, Azure) => {
  const options = { apiKey: 'key', endpoint: '', apiVersion: '2024-10-21', deployment: 'support', maxRetries: 0 };
  const client = (): AzureOpenAI => new Azure({ ...options, endpoint: server.url });
  const messages = [{ role: 'user' as const, content: 'a secret question' }];

  test('is recorded as Azure, with the model that served behind the deployment', async () => {
    for (const stream of [false, true]) {
      recorded.reset();
      const given = await client().chat.completions.create({ model: 'support', messages, stream });
      if (Symbol.asyncIterator in given) for await (const _ of given);
      expect(recorded.span().attributes).toMatchObject({
        [ATTR_GEN_AI_PROVIDER_NAME]: 'azure.ai.openai',
        [ATTR_GEN_AI_REQUEST_MODEL]: 'support',
        [ATTR_GEN_AI_RESPONSE_MODEL]: 'gpt-5-2025-08-07',
        [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
      });
      expect(recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_ROUTE_TYPE]);
    }
    expect(server.requests.at(-1)?.path).toMatch(/^\/openai\/deployments\/support\/chat\/completions/);
  });

  test('fails as Azure does', async () => {
    server.script(fail('model_not_found'));
    await expect(client().chat.completions.create({ model: 'support', messages })).rejects.toMatchObject({
      code: 'DeploymentNotFound',
    });
    expect(recorded.span().attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error',
      [ATTR_ERROR_TYPE]: 'DeploymentNotFound',
    });
  });
});
