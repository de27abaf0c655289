/** How a call ends that neither plainly succeeds nor fails, on the wire: a word that nobody knows, an abort behind the end, nobody who records. */
import { channel } from 'node:diagnostics_channel';
import { SpanStatusCode } from '@opentelemetry/api';
import { type ProviderServer, raw, startOpenAI } from '@warmspare/providers';
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
} from '@warmspare/semconv';
import { OpenAI } from 'openai7';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chain } from '../../../instrumentation/src/api/chain.ts';
import { type Recorded, record } from './recorded.ts';

const schema = { type: 'object', required: ['a'], properties: { a: { type: 'number' } }, additionalProperties: false };
const format = { type: 'json_schema' as const, json_schema: { name: 'a', schema } };
const messages = [{ role: 'user' as const, content: 'hello' }];

let server: ProviderServer;
let recorded: Recorded;
let client: OpenAI;
beforeEach(async () => {
  server = await startOpenAI();
  recorded = record();
  recorded.instrumentation.instrument(OpenAI);
  client = new OpenAI({ apiKey: 'k', baseURL: `${server.url}/v1`, maxRetries: 0 });
});
afterEach(async () => {
  recorded.close();
  await server.close();
});

const ending = (finish_reason: string, content: string) =>
  raw({ status: 200, body: JSON.stringify({ choices: [{ index: 0, finish_reason, message: { content } }] }) });
const ask = (model: string) => client.chat.completions.create({ model, messages });

test.each([
  ['{"a":1}', 'unknown', 'valid'],
  ['{"a":"x"}', 'schema_invalid', 'invalid'],
])('an end that nobody knows is no failure by itself; %s still has its schema', async (content, outcome, validity) => {
  server.script(ending('tired', content));
  await client.chat.completions.create({ model: 'gpt-5', messages, response_format: format });
  const { attributes, status } = recorded.span();
  expect(attributes).toMatchObject({
    [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
    [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: validity,
  });
  const failed = outcome !== 'unknown';
  expect(ATTR_ERROR_TYPE in attributes).toBe(failed);
  expect(status.code).toBe(failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET);
});

test.each([
  ['tired', undefined],
  ['error', 'fallback'],
])('after an end by %j, the call of another model is %s', async (reason, route) => {
  server.script(ending(reason, 'x'), ending('stop', 'x'));
  // As Node.js says that a request came in.
  channel('http.server.request.start').publish({});
  await ask('gpt-5');
  await ask('gpt-4.1-mini');
  const [, second] = recorded.spans();
  expect(second?.attributes[ATTR_LLM_FALLBACK_ROUTE_TYPE]).toBe(route);
});

test('an abort after the terminal reason takes nothing from the answer', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const chunks = await client.chat.completions.create({ model: 'gpt-5', messages, stream: true }, { signal });
  for await (const { choices } of chunks) {
    if (choices[0]?.finish_reason !== 'stop') continue;
    controller.abort();
    break;
  }
  expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
});

test('a chain falls where no answer came, though nobody records', async () => {
  recorded.close();
  const quiet = record({ spans: 'enrich' });
  quiet.close();
  quiet.instrumentation.enable();
  quiet.instrumentation.instrument(OpenAI);
  const run = chain('quiet', {
    targets: [
      { name: 'gpt', type: 'primary', run: () => ask('gpt-5') },
      { name: 'rules', type: 'heuristic', run: () => 'rules' },
    ],
  });
  server.script(raw({ status: 200, body: '{"error":"the model is not loaded"}' }));
  await expect(run()).resolves.toBe('rules');
  quiet.close();
});
