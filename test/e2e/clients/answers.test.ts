/**
 * Answers of providers and gateways that came with HTTP 200, byte for byte, through the official client: as a call's span, in a chain
 * without a schema and in one with a schema, all three with one verdict; the same where the client is not patched.
 */
import { readFileSync } from 'node:fs';
import { type ProviderServer, raw, startOpenAI } from '@warmspare/providers';
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
} from '@warmspare/semconv';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { chain } from '../../../instrumentation/src/api/chain.ts';
import { finishWaiting } from '../../../instrumentation/src/base/after-answer.ts';
import { LlmFallbackInstrumentation } from '../../../instrumentation/src/instrumentation.ts';
import { type RecordedSpans, recordSpans } from '../../recorded-spans.ts';

/** What is right for a file. `type`: what its error says; `reason`: why a chain goes on. */
interface Case {
  readonly file: string;
  readonly outcome: string;
  readonly type?: string;
  readonly reason?: string;
}

const CASES: readonly Case[] = [
  // The failure inside.
  { file: 'chat-choice-error.json', outcome: 'error', type: '502', reason: 'error' },
  { file: 'chat-error-and-choice.json', outcome: 'error', type: '429', reason: 'rate_limit' },
  { file: 'chat-body-error.json', outcome: 'error', type: '429', reason: 'rate_limit' },
  { file: 'chat-no-choices.json', outcome: 'error', type: 'error', reason: 'error' },
  { file: 'chat-null-body.json', outcome: 'error', reason: 'error' },
  { file: 'chat-stream-finish-error.sse', outcome: 'error', type: 'error' },
  { file: 'chat-stream-error-event.sse', outcome: 'error', type: '502' },
  // Ends in other words.
  { file: 'chat-window-exceeded.json', outcome: 'truncated' },
  { file: 'chat-max-tokens-word.json', outcome: 'truncated' },
  { file: 'chat-sensitive.json', outcome: 'refused' },
  { file: 'chat-finish-SAFETY.json', outcome: 'refused' },
  { file: 'chat-abort-reason.json', outcome: 'error', type: 'error', reason: 'error' },
  // Controls.
  { file: 'chat-stream-comments-first.sse', outcome: 'success' },
  { file: 'chat-stream-good.sse', outcome: 'success' },
  { file: 'chat-stream-no-blank-at-end.sse', outcome: 'success' },
  { file: 'chat-stream-cut-clean.sse', outcome: 'error', type: 'error' },
  { file: 'chat-empty-stop.json', outcome: 'success' },
  // Responses.
  { file: 'responses-failed.json', outcome: 'error', type: 'server_error', reason: 'error' },
  { file: 'responses-completed-with-error.json', outcome: 'error', type: 'server_error', reason: 'error' },
  { file: 'responses-incomplete-max-output-tokens.json', outcome: 'truncated' },
  { file: 'responses-incomplete-max-tool-calls.json', outcome: 'truncated' },
  // One answer, two readers.
  { file: 'responses-text-and-refusal.json', outcome: 'refused' },
  { file: 'chat-two-choices-one-length.json', outcome: 'truncated' },
];
const WHOLE = CASES.filter(({ file }) => file.endsWith('.json'));
const STREAMS = CASES.filter(({ file }) => file.endsWith('.sse'));

/** What ends without an answer makes a chain fall. */
const FALLS = ['error'];
/** What a chain with a schema does not take. */
const TURNED_DOWN = ['error', 'refused', 'truncated'];

let server: ProviderServer;
let recorded: RecordedSpans;
let client: OpenAI;
const instrumentation = new LlmFallbackInstrumentation();

beforeAll(async () => {
  server = await startOpenAI();
  recorded = recordSpans();
  client = new OpenAI({ apiKey: 'k', baseURL: `${server.url}/v1`, maxRetries: 0 });
});
afterAll(async () => {
  recorded.close();
  await server.close();
});
beforeEach(() => recorded.reset());

const body = (file: string): string =>
  readFileSync(new URL(`../../fixtures/cases/answers/${file}`, import.meta.url), 'utf8');
const messages = [{ role: 'user' as const, content: 'hello' }];
const request = { model: 'gpt-4o-mini', messages };

function send(file: string): void {
  const type = file.endsWith('.sse') ? 'text/event-stream' : 'application/json';
  server.script(raw({ status: 200, headers: { 'content-type': type }, body: body(file) }));
}
const ask = (file: string): PromiseLike<unknown> =>
  file.startsWith('responses')
    ? client.responses.create({ model: 'gpt-5-nano', input: 'hello' })
    : client.chat.completions.create(request);
const stream = () => client.chat.completions.create({ ...request, stream: true });
async function drain(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of chunks);
}

const attributes = (name: string) => {
  finishWaiting();
  return recorded.span(name).attributes;
};

describe.each([
  ['of a patched client', true],
  ['of a client that is not patched', false],
])('%s', (_name, patched) => {
  beforeAll(() => {
    if (patched) instrumentation.instrument(OpenAI);
    else instrumentation.disable();
  });

  if (patched) {
    test.each(WHOLE)('$file: the span of the call says $outcome', async ({ file, outcome, type }) => {
      send(file);
      await ask(file);
      const [span] = recorded.spans;
      expect(span?.attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
      if (type !== undefined) expect(span?.attributes[ATTR_ERROR_TYPE]).toBe(type);
    });

    test.each(STREAMS)('$file: the span of the call says $outcome', async ({ file, outcome, type }) => {
      send(file);
      await drain(await stream()).catch(() => {});
      const [span] = recorded.spans;
      expect(span?.attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
      expect(span?.attributes[ATTR_ERROR_TYPE]).toBe(type);
    });

    test('a stream that changed hands names the model that went on with it', async () => {
      send('litellm-midstream-fallback.sse');
      await drain(await stream());
      expect(recorded.spans[0]?.attributes[ATTR_GEN_AI_RESPONSE_MODEL]).toBe('gpt-4.1-mini');
    });
  }

  test.each(WHOLE)('$file: a chain without a schema says $outcome', async ({ file, outcome, type, reason }) => {
    const spare = { content: 'spare' };
    const run = chain('plain', {
      targets: [
        { name: 'gpt', type: 'primary', run: () => ask(file) },
        { name: 'spare', type: 'heuristic', run: () => spare },
      ],
    });
    recorded.reset();
    send(file);
    const falls = FALLS.includes(outcome);
    expect((await run()) === spare).toBe(falls);
    expect(attributes('plain gpt')[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
    if (type !== undefined) expect(attributes('plain gpt')[ATTR_ERROR_TYPE]).toBe(type);
    if (falls) {
      expect(attributes('plain spare')).toMatchObject({
        [ATTR_LLM_FALLBACK_TRIGGER_REASON]: reason,
        [ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE]: attributes('plain gpt')[ATTR_ERROR_TYPE],
      });
    }
  });

  test.each(STREAMS)('$file: a chain that hands out the stream says $outcome', async ({ file, outcome, type }) => {
    const run = chain('streaming', {
      targets: [
        { name: 'gpt', type: 'primary', run: stream },
        { name: 'spare', type: 'heuristic', run: () => 'spare' as const },
      ],
    });
    recorded.reset();
    send(file);
    const chunks = await run();
    if (chunks === 'spare') throw new Error('a chain does not fall after it handed out a stream');
    await drain(chunks).catch(() => {});
    expect(attributes('streaming gpt')[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
    expect(attributes('streaming gpt')[ATTR_ERROR_TYPE]).toBe(type);
    expect(attributes('streaming')[ATTR_LLM_FALLBACK_CHAIN_OUTCOME]).toBe(
      outcome === 'success' ? 'served' : 'unprotected',
    );
  });

  test.each(WHOLE)('$file: a chain with a schema says $outcome', async ({ file, outcome }) => {
    expect(await strict(() => ask(file), file)).toBe(!TURNED_DOWN.includes(outcome));
    expect(attributes('strict gpt')[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
  });

  if (!patched) return;

  test.each(CASES)('$file: a chain with a schema says $outcome of the text alone', async ({ file, outcome }) => {
    const text = async () => (file.endsWith('.sse') ? await written(await stream()) : textOf(await ask(file)));
    expect(await strict(text, file)).toBe(!TURNED_DOWN.includes(outcome));
    // Code that reads what is not there throws, and says no more than that.
    const threw = attributes('strict gpt')[ATTR_ERROR_TYPE] === 'TypeError';
    expect(attributes('strict gpt')[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(threw ? 'error' : outcome);
  });
});

/** Whether a chain with a schema took what the target made of this answer. */
async function strict(ask: () => unknown, file: string): Promise<boolean> {
  const run = chain('strict', {
    schema: z.string(),
    targets: [
      { name: 'gpt', type: 'primary', run: ask },
      { name: 'spare', type: 'heuristic', run: () => 'spare' },
    ],
  });
  recorded.reset();
  send(file);
  return (await run()) !== 'spare';
}

/** What an app does by hand. */
function textOf(answer: unknown): unknown {
  const { choices, output_text } = answer as OpenAI.ChatCompletion & { readonly output_text?: string };
  return output_text ?? choices[0]?.message.content;
}

async function written(chunks: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk.choices[0]?.delta.content ?? '';
  return text;
}
