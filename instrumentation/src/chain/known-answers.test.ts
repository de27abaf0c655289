/** Answers of the kinds that users reported, each as small as it can be: read by the client whose answer it is, with one verdict. */
import { describe, expect, it } from 'vitest';
import { messages } from '../clients/anthropic-messages.ts';
import { chatCompletions } from '../clients/chat-completions.ts';
import { embeddings } from '../clients/embeddings.ts';
import { responses } from '../clients/responses.ts';
import { textCompletions } from '../clients/text-completions.ts';
import type { AnswerFormat } from '../types/call.ts';
import { answerIn, errorIn, readerFor } from './known-answers.ts';

const CHAT = chatCompletions('openai');
const RESPONSES = responses('openai');
const MESSAGES = messages();
const TEXT = textCompletions('openai');
const EMBEDDINGS = embeddings('openai');

const chat = (...choices: readonly unknown[]) => ({ object: 'chat.completion', choices });
const choice = (finish_reason: unknown, message: unknown = { content: 'x' }) => ({ finish_reason, message });
const response = (status: unknown, more: object = {}) => ({
  object: 'response',
  status,
  output: [{ type: 'message', content: [{ type: 'output_text', text: 'x' }] }],
  ...more,
});
const message = (stop_reason: unknown, content: unknown = [{ type: 'text', text: 'x' }]) => ({
  type: 'message',
  role: 'assistant',
  content,
  stop_reason,
});
const ERROR = { code: 'server_error', message: 'secret' };

const WHOLE: readonly (readonly [string, AnswerFormat, unknown, string])[] = [
  ['a choice that is null', CHAT, chat(null), 'error'],
  ['a choice without a message', CHAT, chat({ finish_reason: null }), 'error'],
  ['an error beside a null choice', CHAT, { choices: [null], error: ERROR }, 'error'],
  ['an error beside a cut choice', CHAT, { ...chat(choice('length', { content: null })), error: ERROR }, 'error'],
  ['an error beside a choice that claims a good end', CHAT, { ...chat(choice('stop')), error: ERROR }, 'unknown'],
  ['an error of no words beside a good choice', CHAT, { ...chat(choice('stop')), error: null }, 'success'],
  ['an empty error beside a good choice', CHAT, { ...chat(choice('stop')), error: {} }, 'success'],
  ['an error of text alone', CHAT, { error: 'model not loaded' }, 'error'],
  ['nothing at all', CHAT, undefined, 'error'],
  ['a text', CHAT, '<html>', 'error'],
  ['no reason, and text', CHAT, chat(choice(null)), 'unknown'],
  ['no reason, and a tool call', CHAT, chat(choice(undefined, { content: null, tool_calls: [{}] })), 'unknown'],
  ['no reason, and a refusal', CHAT, chat(choice(null, { content: null, refusal: 'no' })), 'refused'],
  ['a word that nobody knows', CHAT, chat(choice('tired')), 'unknown'],
  ['a word that says nothing', CHAT, chat(choice('other')), 'unknown'],
  ['an enum', CHAT, chat(choice('FinishReason.SAFETY')), 'refused'],
  ['a refusal beside a cut', CHAT, chat(choice('length', { content: 'x', refusal: 'no' })), 'refused'],
  ['one choice of two that refuses', CHAT, chat(choice('stop'), choice('stop', { refusal: 'no' })), 'refused'],
  ['one choice of two that failed', CHAT, chat(choice('stop'), choice('error', null)), 'error'],
  ['one choice of two that nobody knows', CHAT, chat(choice('stop'), choice('tired')), 'unknown'],
  ['two cuts', CHAT, chat(choice('length'), choice('max_tokens')), 'truncated'],

  ['an error alone', RESPONSES, { error: ERROR }, 'error'],
  ['null', RESPONSES, null, 'error'],
  ['a failed response with output', RESPONSES, response('failed', { error: ERROR }), 'error'],
  ['a failed response without an error', RESPONSES, response('failed', { output: [] }), 'error'],
  ['completed beside an error, with output', RESPONSES, response('completed', { error: ERROR }), 'unknown'],
  ['completed', RESPONSES, response('completed', { error: null }), 'success'],
  ['incomplete without a reason', RESPONSES, response('incomplete', { incomplete_details: null }), 'truncated'],
  ['incomplete by a filter', RESPONSES, incomplete('content_filter'), 'refused'],
  ['incomplete for a reason that nobody knows', RESPONSES, incomplete('tired'), 'truncated'],
  ['incomplete by an error', RESPONSES, incomplete('error'), 'error'],
  ['cancelled', RESPONSES, response('cancelled'), 'cancelled'],
  ['queued', RESPONSES, response('queued', { output: [] }), 'unknown'],
  ['no status, and text', RESPONSES, response(undefined), 'unknown'],
  ['a status that nobody knows', RESPONSES, response('resting'), 'unknown'],

  ['an error alone', MESSAGES, { type: 'error', error: { type: 'overloaded_error', message: 'secret' } }, 'error'],
  ['null', MESSAGES, null, 'error'],
  ['no reason, and nothing', MESSAGES, message(null, []), 'error'],
  ['no reason, and text', MESSAGES, message(null), 'unknown'],
  ['a refusal', MESSAGES, message('refusal'), 'refused'],
  ['a full window', MESSAGES, message('model_context_window_exceeded'), 'truncated'],
  ['a word that nobody knows', MESSAGES, message('tired'), 'unknown'],
  ['a good end without a word', MESSAGES, message('end_turn', []), 'success'],
  ['a turn that pauses', MESSAGES, message('pause_turn'), 'success'],

  ['no choices', TEXT, { object: 'text_completion', choices: [] }, 'error'],
  ['an error alone', TEXT, { error: ERROR }, 'error'],
  ['a cut', TEXT, { choices: [{ text: 'x', finish_reason: 'length' }] }, 'truncated'],
  ['a filter', TEXT, { choices: [{ text: '', finish_reason: 'content_filter' }] }, 'refused'],
  ['a good end', TEXT, { choices: [{ text: 'x', finish_reason: 'stop' }] }, 'success'],

  ['vectors', EMBEDDINGS, { data: [{ embedding: [1] }] }, 'success'],
  ['no vectors', EMBEDDINGS, { data: [], error: ERROR }, 'error'],
];

function incomplete(reason: string): object {
  return response('incomplete', { incomplete_details: { reason } });
}

const NAMES = new Map<AnswerFormat, string>([
  [CHAT, 'chat'],
  [RESPONSES, 'responses'],
  [MESSAGES, 'messages'],
  [TEXT, 'text'],
  [EMBEDDINGS, 'embeddings'],
]);

describe('an answer', () => {
  it.each(WHOLE.map(([what, format, body, finish]) => ({ what, format, body, finish, api: NAMES.get(format) })))(
    'of $api: $what is $finish',
    ({ format, body, finish }) => {
      const answer = format.answer(body, true);
      expect(answer.finish).toBe(finish);
      expect(answer.complete).toBe(!['error', 'cancelled', 'timeout'].includes(finish));
    },
  );

  it.each([
    [CHAT, chat({ finish_reason: 'error', error: { code: 429, message: 'secret' } }), '429'],
    [CHAT, { error: { code: '503', message: 'secret' } }, '503'],
    [CHAT, { error: { message: 'Your credit balance is too low', type: 'invalid_request_error' } }, 'billing_error'],
    [CHAT, { error: { status: 'RESOURCE_EXHAUSTED', message: 'secret' } }, 'RESOURCE_EXHAUSTED'],
    [CHAT, { error: 'secret' }, undefined],
    [RESPONSES, response('failed', { error: ERROR }), 'server_error'],
    [MESSAGES, { type: 'error', error: { type: 'overloaded_error', message: 'secret' } }, 'overloaded_error'],
    [EMBEDDINGS, { error: { type: 'insufficient_quota' } }, 'insufficient_quota'],
  ] as const)('says which error stands in it, never its message', (format, body, type) => {
    expect(format.answer(body, true).errorType).toBe(type);
  });
});

describe('a stream', () => {
  const part = (finish_reason: unknown, delta: object = {}, index = 0) => ({
    object: 'chat.completion.chunk',
    choices: [{ index, finish_reason, delta }],
  });
  const start = { type: 'message_start', message: message(null, []) };
  const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
  const stop = (stop_reason: string) => ({ type: 'message_delta', delta: { stop_reason } });
  const created = { type: 'response.created', response: response('in_progress', { output: [] }) };

  it.each<readonly [string, AnswerFormat, readonly unknown[], string | undefined]>([
    ['a good end', CHAT, [part(null, { content: 'x' }), part('stop')], 'success'],
    ['no end', CHAT, [part(null, { content: 'x' })], undefined],
    ['a chunk after its end', CHAT, [part('stop'), part(null)], 'success'],
    ['an error event', CHAT, [part(null, { content: 'x' }), { error: ERROR }], 'error'],
    ['an error in a choice', CHAT, [{ choices: [{ index: 0, delta: {}, error: ERROR }] }], 'error'],
    ['a word that nobody knows', CHAT, [part('tired')], 'unknown'],
    ['one choice that has not ended', CHAT, [part('stop'), part(null, {}, 1)], undefined],
    ['one choice that is cut', CHAT, [part('stop'), part('length', {}, 1)], 'truncated'],
    ['a refusal', CHAT, [part(null, { refusal: 'no' }), part('stop')], 'refused'],
    ['a good end', MESSAGES, [start, block, stop('end_turn')], 'success'],
    ['no end', MESSAGES, [start, block], undefined],
    ['an error event', MESSAGES, [start, block, { type: 'error', error: ERROR }], 'error'],
    ['a word that nobody knows', MESSAGES, [start, block, stop('tired')], 'unknown'],
    ['a good end', RESPONSES, [created, { type: 'response.completed', response: response('completed') }], 'success'],
    [
      'a failure',
      RESPONSES,
      [created, { type: 'response.failed', response: response('failed', { error: ERROR }) }],
      'error',
    ],
    ['an error event', RESPONSES, [created, { type: 'error', code: 'server_error', message: 'secret' }], 'error'],
    ['a cut', RESPONSES, [created, { type: 'response.incomplete', response: incomplete('tired') }], 'truncated'],
    ['no end', RESPONSES, [created], undefined],
    ['one choice of two', TEXT, [text(0, 'stop'), text(1, null)], undefined],
    ['a good end', TEXT, [text(0, null), text(0, 'stop')], 'success'],
    ['an error event', TEXT, [text(0, null), { error: ERROR }], 'error'],
  ])('with %s', (_what, format, chunks, finish) => {
    const reader = format.reader(true);
    for (const chunk of chunks) reader.read(chunk);
    expect(reader.answer().finish).toBe(finish);
    expect(readerFor(chunks[0])).toBeDefined();
  });

  function text(index: number, finish_reason: string | null): object {
    return { object: 'text_completion', choices: [{ index, text: 'x', finish_reason }] };
  }

  it('has the output of its first choice', () => {
    const reader = CHAT.reader(true);
    for (const index of [0, 1, 0]) reader.read(part(null, { content: String(index) }, index));
    expect(reader.answer().text).toBe('00');
  });

  it('of messages has the input of its tools, of one without parameters, too', () => {
    const reader = MESSAGES.reader(true);
    const tool = (index: number) => ({
      type: 'content_block_start',
      index,
      content_block: { type: 'tool_use', name: `tool ${index}`, input: {} },
    });
    const json = (partial_json: string) => ({
      type: 'content_block_delta',
      index: 2,
      delta: { type: 'input_json_delta', partial_json },
    });
    for (const event of [start, tool(1), tool(2), json('{"a"'), json(':1}')]) reader.read(event);
    expect(reader.answer().toolInputs).toEqual([
      { name: 'tool 1', input: '{}' },
      { name: 'tool 2', input: '{"a":1}' },
    ]);
  });

  it('of responses has the output that came before its last event, where that has none', () => {
    const reader = RESPONSES.reader(true);
    const item = { type: 'message', content: [{ type: 'output_text', text: 'early' }] };
    for (const event of [
      created,
      { type: 'response.output_item.done', item },
      { type: 'response.completed', response: response('completed', { output: [] }) },
    ]) {
      reader.read(event);
    }
    expect(reader.answer()).toMatchObject({ finish: 'success', text: 'early' });
  });
});

describe('a value that is no answer of a client', () => {
  it.each([
    [{ choices: ['a', 'b'] }],
    [{ choices: [{ message: 'hello' }] }],
    [{ choices: [] }],
    [{ type: 'message', content: ['hello'] }],
    [{ object: 'response' }],
    [{ data: [1, 2] }],
    [{ text: 'x', finish_reason: 'stop' }],
    [{ error: { message: 'x', code: 'y' }, data: { a: 1 } }],
    [{ error: 'x' }],
    [['x']],
    ['x'],
    [null],
  ])('is left to the user: %j', (value) => {
    expect(answerIn(value)).toBeUndefined();
    expect(errorIn(value)).toBeUndefined();
    expect(readerFor(value)).toBeUndefined();
  });

  it('may be the error of a client that is not patched', () => {
    const body = { error: { code: 429, message: 'secret' }, user_id: 'u', choices: [null] };
    expect(errorIn(body)).toMatchObject({ finish: 'error', errorType: '429' });
    expect(errorIn({ type: 'error', error: { type: 'api_error', message: 'x' } })?.errorType).toBe('api_error');
  });
});

describe('functions, as tools were called before', () => {
  const schema = { type: 'object' };
  const body = { model: 'gpt-4', functions: [{ name: 'other' }, { name: 'answer', parameters: schema }] };

  it('are a schema where one is forced', () => {
    const forced = CHAT.request({}, { ...body, function_call: { name: 'answer' } }, {});
    expect(forced).toMatchObject({ schema, schemaTool: 'answer' });
    expect(CHAT.request({}, { ...body, function_call: 'auto' }, {})?.schema).toBeUndefined();
    expect(CHAT.request({}, { ...body, function_call: { name: 'other' } }, {})?.schema).toBeUndefined();
  });

  it('are read, whole and streamed', () => {
    const called = { name: 'answer', arguments: '{}' };
    const whole = CHAT.answer(chat(choice('function_call', { content: null, function_call: called })), true);
    const reader = CHAT.reader(true);
    for (const delta of [{ name: 'answer', arguments: '' }, { arguments: '{' }, { arguments: '}' }]) {
      reader.read({ choices: [{ index: 0, delta: { function_call: delta }, finish_reason: null }] });
    }
    for (const { toolInputs } of [whole, reader.answer()]) {
      expect(toolInputs).toEqual([{ name: 'answer', input: '{}' }]);
    }
  });
});
