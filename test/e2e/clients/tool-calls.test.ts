/** Answers that only call tools, to requests with a schema: nothing was written that a schema could judge, and the call is a success. */
import { answer, type ProviderServer, startAnthropic, startOpenAI } from '@warmspare/providers';
import { ATTR_LLM_FALLBACK_CALL_OUTCOME, ATTR_LLM_FALLBACK_SCHEMA_VALIDITY } from '@warmspare/semconv';
import { Anthropic } from 'anthropic1';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Recorded, record } from './recorded.ts';

const schema = { type: 'object', required: ['a'], properties: { a: { type: 'number' } }, additionalProperties: false };
const format = { type: 'json_schema' as const, name: 'a', schema };
const tools = { toolCalls: [{ name: 'look_up', arguments: { id: 1 } }], finish: 'tool_calls' as const };

let gpt: ProviderServer;
let claude: ProviderServer;
let recorded: Recorded;
beforeAll(async () => {
  gpt = await startOpenAI();
  claude = await startAnthropic();
  recorded = record();
  recorded.instrumentation.instrument(OpenAI);
  recorded.instrumentation.instrument(Anthropic);
});
afterAll(async () => {
  recorded.close();
  await gpt.close();
  await claude.close();
});
beforeEach(() => recorded.reset());

const openai = (): OpenAI => new OpenAI({ apiKey: 'key', baseURL: `${gpt.url}/v1`, maxRetries: 0 });
const anthropic = (): Anthropic => new Anthropic({ apiKey: 'key', baseURL: claude.url, maxRetries: 0 });

const CALLS: readonly (readonly [string, () => ProviderServer, (stream: boolean) => PromiseLike<unknown>])[] = [
  [
    'chat completions',
    () => gpt,
    (stream) =>
      openai().chat.completions.create({
        model: 'gpt-5',
        messages: [],
        response_format: { type: 'json_schema', json_schema: { name: 'a', schema } },
        stream,
      }),
  ],
  [
    'responses',
    () => gpt,
    (stream) => openai().responses.create({ model: 'gpt-5', input: 'x', text: { format }, stream }),
  ],
  [
    'messages',
    () => claude,
    (stream) =>
      anthropic().messages.create({
        model: 'claude-haiku-4-5',
        max_tokens: 9,
        messages: [],
        output_config: { format: { type: 'json_schema', schema } },
        stream,
      }),
  ],
];

test.each(CALLS)('%s, whole and streamed', async (_name, server, ask) => {
  for (const stream of [false, true]) {
    recorded.reset();
    server().script(answer(tools));
    const given = await ask(stream);
    if (typeof given === 'object' && given !== null && Symbol.asyncIterator in given) {
      for await (const _ of given as AsyncIterable<unknown>);
    }
    expect(recorded.span().attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'not_evaluated',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
    });
  }
});
