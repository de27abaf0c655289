/**
 * Answers that call tools. To a request with a format nothing was written that its schema could judge. A tool that the request forces is
 * its schema: what goes into the tool must keep to it.
 */
import { answer, type ProviderServer, startAnthropic, startOpenAI } from '@warmspare/providers';
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  schemaFingerprint,
} from '@warmspare/semconv';
import { Anthropic } from 'anthropic1';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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

const wrong = { additionalProperties: false, type: 'object', required: ['a'], properties: { a: { type: 'string' } } };
const fn = (name: string, parameters: object = wrong) => ({
  type: 'function' as const,
  function: { name, parameters },
});
const flat = (name: string, parameters: object = wrong) => ({
  type: 'function' as const,
  name,
  parameters: { ...parameters },
  strict: false,
});
const claudes = (name: string, input_schema: object = wrong) => ({
  name,
  input_schema: { type: 'object' as const, ...input_schema },
});
const named = { type: 'function' as const, name: 'answer' };
const chat = (body: object, stream: boolean) =>
  openai().chat.completions.create({ model: 'gpt-5', messages: [], stream, ...body });
const respond = (body: object, stream: boolean) =>
  openai().responses.create({ model: 'gpt-5', input: 'x', stream, ...body });
const message = (body: object, stream: boolean) =>
  anthropic().messages.create({ model: 'claude-haiku-4-5', max_tokens: 9, messages: [], stream, ...body });

type Ask = (stream: boolean) => PromiseLike<unknown>;

/** Requests whose schema is that of the tool `answer`; where there is another tool, its schema is another one. */
const FORCED: readonly (readonly [string, () => ProviderServer, Ask])[] = [
  [
    'a chat that names one of two',
    () => gpt,
    (stream) =>
      chat(
        {
          tools: [fn('other'), fn('answer', schema)],
          tool_choice: { type: 'function', function: { name: 'answer' } },
        },
        stream,
      ),
  ],
  [
    'a chat with one, required',
    () => gpt,
    (stream) => chat({ tools: [fn('answer', schema)], tool_choice: 'required' }, stream),
  ],
  [
    'a chat that allows one of two, required',
    () => gpt,
    (stream) =>
      chat(
        {
          tools: [fn('other'), fn('answer', schema)],
          tool_choice: {
            type: 'allowed_tools',
            allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'answer' } }] },
          },
        },
        stream,
      ),
  ],
  [
    'a chat with a format, too',
    () => gpt,
    (stream) =>
      chat(
        {
          tools: [fn('answer', schema)],
          tool_choice: { type: 'function', function: { name: 'answer' } },
          response_format: { type: 'json_schema', json_schema: { name: 'a', schema: wrong } },
        },
        stream,
      ),
  ],
  [
    'responses that name one of two',
    () => gpt,
    (stream) => respond({ tools: [flat('other'), flat('answer', schema)], tool_choice: named }, stream),
  ],
  [
    'responses with one, required',
    () => gpt,
    (stream) => respond({ tools: [flat('answer', schema)], tool_choice: 'required' }, stream),
  ],
  [
    'responses that allow one of two, required',
    () => gpt,
    (stream) =>
      respond(
        {
          tools: [flat('other'), flat('answer', schema)],
          tool_choice: { type: 'allowed_tools', mode: 'required', tools: [named] },
        },
        stream,
      ),
  ],
  [
    'a message that names one of two',
    () => claude,
    (stream) =>
      message(
        { tools: [claudes('other'), claudes('answer', schema)], tool_choice: { type: 'tool', name: 'answer' } },
        stream,
      ),
  ],
  [
    'a message with one, any',
    () => claude,
    (stream) => message({ tools: [claudes('answer', schema)], tool_choice: { type: 'any' } }, stream),
  ],
];

const OUTPUTS: readonly (readonly [string, Parameters<typeof answer>[0], string, string, string | undefined])[] = [
  ['keeps to its schema', toolCall({ a: 1 }), 'valid', 'success', undefined],
  ['breaks its schema', toolCall({ a: 'x' }), 'invalid', 'schema_invalid', 'type_mismatch'],
  ['leaves a key out', toolCall({}), 'invalid', 'schema_invalid', 'missing_required'],
  [
    'is called twice, once wrong',
    { toolCalls: [call({ a: 1 }), call({ a: 'x' })], finish: 'tool_calls' },
    'invalid',
    'schema_invalid',
    'type_mismatch',
  ],
  ['is not called', 'Sure! Here it is', 'invalid', 'schema_invalid', 'not_json'],
  ['is cut off', { ...toolCall({}), finish: 'length' }, 'not_evaluated', 'truncated', undefined],
];

function call(input: Readonly<Record<string, unknown>>): {
  name: string;
  arguments: Readonly<Record<string, unknown>>;
} {
  return { name: 'answer', arguments: input };
}

function toolCall(input: Readonly<Record<string, unknown>>) {
  return { toolCalls: [call(input)], finish: 'tool_calls' as const };
}

describe.each(FORCED)('%s', (_name, server, ask) => {
  test.each(OUTPUTS)('whose tool %s, whole and streamed', async (_what, output, validity, outcome, errorType) => {
    for (const stream of [false, true]) {
      recorded.reset();
      server().script(answer(output));
      const given = await ask(stream);
      if (typeof given === 'object' && given !== null && Symbol.asyncIterator in given) {
        for await (const _ of given as AsyncIterable<unknown>);
      }
      const { attributes } = recorded.span();
      expect(attributes[ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]).toBe(validity);
      expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
      expect(attributes[ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]).toBe(errorType);
      expect(attributes[ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT]).toBe(schemaFingerprint(schema));
    }
  });
});

/** Tools that the model may call, or not: they are no contract. */
const FREE: readonly (readonly [string, () => ProviderServer, Ask])[] = [
  ['a chat that leaves it to the model', () => gpt, (stream) => chat({ tools: [fn('answer', schema)] }, stream)],
  [
    'a chat that requires one of two',
    () => gpt,
    (stream) => chat({ tools: [fn('answer', schema), fn('other')], tool_choice: 'required' }, stream),
  ],
  [
    'a chat that allows one',
    () => gpt,
    (stream) =>
      chat(
        {
          tools: [fn('answer', schema)],
          tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [fn('answer')] } },
        },
        stream,
      ),
  ],
  [
    'responses that leave it to the model',
    () => gpt,
    (stream) => respond({ tools: [flat('answer', schema)], tool_choice: 'auto' }, stream),
  ],
  [
    'a message that requires one of two',
    () => claude,
    (stream) => message({ tools: [claudes('answer', schema), claudes('other')], tool_choice: { type: 'any' } }, stream),
  ],
];

test.each(FREE)('%s declares no schema', async (_name, server, ask) => {
  server().script(answer(toolCall({ a: 'x' })));
  await ask(false);
  expect(recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]);
  expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
});
