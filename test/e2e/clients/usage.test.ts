/** What providers report of tokens, each in its own arithmetic, through the official clients: the same counts and the right price come out. */
import {
  ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_MODEL,
  ATTR_LLM_FALLBACK_COST_SOURCE,
} from '@warmspare/semconv';
import { Anthropic } from 'anthropic1';
import { Groq } from 'groq-sdk';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Recorded, record } from './recorded.ts';

let recorded: Recorded;
beforeAll(() => {
  recorded = record();
  for (const Client of [OpenAI, Anthropic, Groq]) recorded.instrumentation.instrument(Client);
});
afterAll(() => recorded.close());
beforeEach(() => recorded.reset());

type Usage = Readonly<Record<string, unknown>>;
/** Input, cache read, cache write, output, reasoning. */
type Counts = readonly [number, number | undefined, number | undefined, number, number | undefined];

const events = (all: readonly object[]): Response =>
  new Response(
    all.map((event) => `event: ${'type' in event ? event.type : 'chunk'}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
    { headers: { 'content-type': 'text/event-stream' } },
  );
const answers = (whole: object, chunks: readonly object[]) => ({
  apiKey: 'key',
  maxRetries: 0,
  fetch: async (_url: unknown, init?: RequestInit) =>
    String(init?.body).includes('"stream":true') ? events(chunks) : Response.json(whole),
});
async function drained(given: unknown): Promise<void> {
  if (typeof given === 'object' && given !== null && Symbol.asyncIterator in given) {
    for await (const _ of given as AsyncIterable<unknown>);
  }
}

/** A call of chat completions, whole or streamed, to this host. */
async function chat(Client: typeof OpenAI, baseURL: string, model: string, usage: Usage, stream: boolean) {
  const choice = { index: 0, finish_reason: 'stop' };
  const client = new Client({
    baseURL,
    ...answers({ model, choices: [{ ...choice, message: { content: 'x' } }], usage }, [
      { model, choices: [{ ...choice, delta: { content: 'x' } }] },
      { model, choices: [], usage },
    ]),
  });
  await drained(await client.chat.completions.create({ model, messages: [], stream }));
}

async function responses(baseURL: string, model: string, usage: Usage, stream: boolean) {
  const response = { object: 'response', status: 'completed', model, output: [], usage };
  const client = new OpenAI({ baseURL, ...answers(response, [{ type: 'response.completed', response }]) });
  await drained(await client.responses.create({ model, input: '', stream }));
}

async function messages(baseURL: string, model: string, usage: Usage, stream: boolean) {
  const message = { type: 'message', model, content: [], stop_reason: 'end_turn', usage };
  const client = new Anthropic({
    baseURL,
    ...answers(message, [
      { type: 'message_start', message: { ...message, usage: { ...usage, output_tokens: 1 } } },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn' },
        usage: {
          input_tokens: null,
          output_tokens: usage.output_tokens,
          output_tokens_details: usage.output_tokens_details,
        },
      },
      { type: 'message_stop' },
    ]),
  });
  await drained(await client.messages.create({ model, max_tokens: 9, messages: [], stream } as never));
}

type Ask = (model: string, usage: Usage, stream: boolean) => Promise<void>;
const to =
  (baseURL: string, Client: unknown = OpenAI): Ask =>
  (model, usage, stream) =>
    chat(Client as typeof OpenAI, baseURL, model, usage, stream);

// Prices of the list, in dollars a million tokens.
const CASES: readonly (readonly [string, Ask, string, Usage, Counts, number])[] = [
  [
    'OpenAI counts the cached tokens within the input',
    to('https://api.openai.com/v1'),
    'gpt-5',
    {
      prompt_tokens: 100,
      completion_tokens: 20,
      total_tokens: 120,
      prompt_tokens_details: { cached_tokens: 40 },
      completion_tokens_details: { reasoning_tokens: 5 },
    },
    [100, 40, undefined, 20, 5],
    60 * 1.25 + 40 * 0.125 + 20 * 10,
  ],
  [
    "OpenAI's Responses too, and what was written into its cache",
    (model, usage, stream) => responses('https://api.openai.com/v1', model, usage, stream),
    'gpt-5',
    {
      input_tokens: 100,
      output_tokens: 20,
      input_tokens_details: { cached_tokens: 40, cache_write_tokens: 10 },
      output_tokens_details: { reasoning_tokens: 5 },
    },
    [100, 40, 10, 20, 5],
    60 * 1.25 + 40 * 0.125 + 20 * 10,
  ],
  [
    'Anthropic counts them beside the input, and an hour in its cache costs more than five minutes',
    (model, usage, stream) => messages('https://api.anthropic.com', model, usage, stream),
    'claude-haiku-4-5',
    {
      input_tokens: 50,
      output_tokens: 20,
      cache_read_input_tokens: 40,
      cache_creation_input_tokens: 10,
      cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 6 },
      output_tokens_details: { thinking_tokens: 3 },
    },
    [100, 40, 10, 20, 3],
    50 * 1 + 40 * 0.1 + 4 * 1.25 + 6 * 2 + 20 * 5,
  ],
  [
    'Groq counts as OpenAI does',
    to('https://api.groq.com', Groq),
    'openai/gpt-oss-120b',
    {
      prompt_tokens: 100,
      completion_tokens: 20,
      total_tokens: 120,
      prompt_tokens_details: { cached_tokens: 40 },
      completion_tokens_details: { reasoning_tokens: 5 },
    },
    [100, 40, undefined, 20, 5],
    60 * 0.15 + 40 * 0.075 + 20 * 0.6,
  ],
  [
    'x.AI counts the reasoning beside the completion',
    to('https://api.x.ai/v1'),
    'grok-4',
    {
      prompt_tokens: 100,
      completion_tokens: 20,
      total_tokens: 170,
      prompt_tokens_details: { cached_tokens: 40 },
      completion_tokens_details: { reasoning_tokens: 50 },
    },
    [100, 40, undefined, 70, 50],
    60 * 3 + 40 * 0.75 + 70 * 15,
  ],
  [
    'DeepSeek has a name of its own for cached tokens',
    to('https://api.deepseek.com'),
    'deepseek-chat',
    { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120, prompt_cache_hit_tokens: 40 },
    [100, 40, undefined, 20, undefined],
    Number.NaN,
  ],
];

describe.each([false, true])('streamed: %s', (stream) => {
  test.each(CASES)('%s', async (_name, ask, model, usage, [input, read, write, output, reasoning], micros) => {
    await ask(model, usage, stream);
    const { attributes } = recorded.span();
    expect([
      attributes[ATTR_GEN_AI_USAGE_INPUT_TOKENS],
      attributes[ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS],
      attributes[ATTR_GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS],
      attributes[ATTR_GEN_AI_USAGE_OUTPUT_TOKENS],
      attributes[ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS],
    ]).toEqual([input, read, write, output, reasoning]);
    expect(attributes[ATTR_LLM_FALLBACK_COST_SOURCE]).toBe('local');
    expect(attributes[ATTR_LLM_FALLBACK_COST_MODEL]).toBeTypeOf('string');
    if (Number.isFinite(micros)) expect(attributes[ATTR_LLM_FALLBACK_COST_AMOUNT]).toBeCloseTo(micros / 1e6, 12);
  });

  test.each<[string, Ask]>([
    ['chat completions', to('https://openrouter.ai/api/v1')],
    ['responses', (model, usage, stream) => responses('https://openrouter.ai/api/v1', model, usage, stream)],
    ['messages', (model, usage, stream) => messages('https://openrouter.ai/api', model, usage, stream)],
  ])('what OpenRouter reports of %s stands above the list', async (_name, ask) => {
    const usage = { prompt_tokens: 9, completion_tokens: 2, input_tokens: 9, output_tokens: 2, cost: 0.0042 };
    await ask('gpt-5', usage, stream);
    expect(recorded.span().attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_COST_AMOUNT]: 0.0042,
      [ATTR_LLM_FALLBACK_COST_SOURCE]: 'provider',
    });
  });

  test('a model of unknown price has tokens and no cost', async () => {
    await to('https://api.openai.com/v1')('my-own-model', { prompt_tokens: 9, completion_tokens: 2 }, stream);
    expect(recorded.span().attributes[ATTR_GEN_AI_USAGE_INPUT_TOKENS]).toBe(9);
    expect(recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_COST_AMOUNT]);
  });
});

describe('an attempt that failed has its tokens and its price as well', () => {
  test('cut off at a limit', async () => {
    const usage = { prompt_tokens: 100, completion_tokens: 20 };
    const message = { content: 'x' };
    const whole = { model: 'gpt-5', choices: [{ index: 0, finish_reason: 'length', message }], usage };
    await new OpenAI(answers(whole, [])).chat.completions.create({ model: 'gpt-5', messages: [] });
    expect(recorded.span().attributes).toMatchObject({ [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'truncated' });
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_COST_AMOUNT]).toBeCloseTo((100 * 1.25 + 20 * 10) / 1e6, 12);
  });

  test('a stream that breaks after its provider said what was used', async () => {
    const usage = { input_tokens: 100, output_tokens: 1 };
    const message = { type: 'message', model: 'claude-haiku-4-5', content: [], usage };
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'x' } };
    const client = new Anthropic(answers({}, [{ type: 'message_start', message }, error]));
    const stream = client.messages.create({ model: 'claude-haiku-4-5', max_tokens: 9, messages: [], stream: true });
    await expect(stream.then(drained)).rejects.toBeInstanceOf(Anthropic.APIError);
    expect(recorded.span().attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error',
      [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 100,
    });
    expect(recorded.span().attributes[ATTR_LLM_FALLBACK_COST_AMOUNT]).toBeCloseTo((100 * 1 + 1 * 5) / 1e6, 12);
  });
});
