/** What a target of a chain may resolve to, without a client in sight: what is served, what makes the chain go on, and what that proves. */
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  type CallOutcome,
  type RouteType,
} from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type RecordedSpans, recordSpans } from '../../test/recorded-spans.ts';
import { chain } from './chain.ts';
import type { CallAnswer } from './clients/call.ts';
import { activeAttempt, type FinishedCall } from './scope.ts';

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => recorded.close());

const SPARE = { spare: true };

/** Runs one target and a spare one; what came, and the attributes of the first attempt. */
async function once(name: string, type: RouteType, run: () => unknown, schema?: z.ZodType) {
  const primary = type === 'primary';
  const first = { name: 'first', type: 'primary' as const, run: () => Promise.reject<unknown>(new Error('down')) };
  const targets = [...(primary ? [] : [first]), { name: 'it', type, run }];
  const last = { name: 'spare', type: 'heuristic' as const, run: (): unknown => SPARE };
  const ask =
    schema === undefined
      ? chain(name, { targets: [...targets, last] })
      : chain(name, { schema: z.union([z.object({ spare: z.literal(true) }), schema]), targets: [...targets, last] });
  recorded.reset();
  const value = await ask();
  return { value, ...recorded.span(`${name} it`) };
}

/** What an instrumented client inside does. */
function call(value: unknown, answer: Partial<CallAnswer>, streamed = false, report: Partial<FinishedCall> = {}): void {
  const scope = activeAttempt();
  const { finish = 'error' } = answer;
  scope?.onStart();
  scope?.onAnswer?.({ value, streamed, answer: { finish, complete: true, text: '', ...answer } });
  scope?.onCall({ attributes: {}, outcome: finish, endTime: 0, ...report });
}

const Data = z.object({ title: z.string() });

describe('a chain without a schema', () => {
  it.each<[string, RouteType, unknown, CallOutcome]>([
    ['a text', 'primary', 'x', 'success'],
    ['an empty text', 'primary', '', 'success'],
    ['a number', 'fallback', 7, 'success'],
    ['false', 'primary', false, 'success'],
    ['data', 'primary', { title: 'x' }, 'success'],
    ['data that looks like an error', 'primary', { error: 'x', title: 'y' }, 'success'],
    ['an object of a class', 'fallback', new Map(), 'success'],
    ['null of code', 'heuristic', null, 'success'],
    ['nothing of code', 'heuristic', undefined, 'success'],
    ['nothing, which may have been handed on', 'primary', undefined, 'unknown'],
    ['an HTTP response, which nobody here reads', 'primary', new Response('x'), 'unknown'],
    ['an error that code made', 'heuristic', { error: { message: 'x', code: 'y' } }, 'success'],
    ['an answer that code made', 'heuristic', { choices: [{ message: { content: 'x' } }] }, 'success'],
    ['an answer that does not say how it ended', 'primary', { choices: [{ message: { content: 'x' } }] }, 'unknown'],
    [
      'an answer that was cut',
      'primary',
      { choices: [{ finish_reason: 'length', message: { content: 'x' } }] },
      'truncated',
    ],
  ])('serves %s of a %s as it is', async (name, type, given, outcome) => {
    const { value, attributes } = await once(name, type, () => given);
    expect(value).toBe(given);
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
    expect(ATTR_ERROR_TYPE in attributes).toBe(outcome === 'truncated');
  });

  it.each<[string, RouteType, unknown, CallOutcome, string | undefined]>([
    ['null', 'primary', null, 'error', 'unreadable_answer'],
    ['null from a fallback', 'fallback', null, 'error', 'unreadable_answer'],
    ['an error of a provider', 'primary', { error: { message: 'x', code: 401 } }, 'error', '401'],
    [
      'an answer of a failure',
      'primary',
      { choices: [{ finish_reason: 'error', message: {} }], object: 'chat.completion' },
      'error',
      'error',
    ],
    ['null from a cache', 'cache', null, 'miss', undefined],
    ['nothing from a cache', 'cache', undefined, 'miss', undefined],
  ])('goes on where the target resolved to %s', async (name, type, given, outcome, error) => {
    const { value, attributes } = await once(name, type, () => given);
    expect(value).toBe(SPARE);
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
    expect(attributes[ATTR_ERROR_TYPE]).toBe(error);
  });
});

describe('what a target made of its calls', () => {
  it.each<[string, unknown, CallOutcome]>([
    ['null, where the answer was good, is its own', null, 'success'],
    ['text of its own, where no answer came, is its own', 'something else', 'error'],
    ['data of its own, where the answer was cut, is its own', { title: 'x' }, 'truncated'],
  ])('%s', async (name, given, finish) => {
    const { value, attributes } = await once(name, 'primary', () => {
      call({}, { finish: finish as CallAnswer['finish'], text: 'said' });
      return given;
    });
    expect(value).toBe(given);
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(finish);
  });

  it.each<[string, unknown, boolean]>([
    ['nothing, of an answer that never came', undefined, false],
    ['null, of an answer that never came', null, false],
    ['an empty text, of an answer that never came', '', false],
    ['the text that stood in a broken answer', 'cut off ', false],
    ['an empty text, of a stream that broke', '', true],
    ['the text of a stream that broke', 'cut off', true],
  ])('goes on for %s', async (name, given, streamed) => {
    const { value, attributes } = await once(name, 'primary', () => {
      call({}, { finish: 'error', errorType: '429', text: given === '' ? '' : 'cut off' }, streamed);
      return given;
    });
    expect(value).toBe(SPARE);
    expect(attributes).toMatchObject({ [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error', [ATTR_ERROR_TYPE]: '429' });
    expect(recorded.span(`${name} spare`).attributes[ATTR_LLM_FALLBACK_TRIGGER_REASON]).toBe('rate_limit');
  });

  it('does not go on where a stream that broke may have been handed on', async () => {
    const { value, attributes } = await once('handed on', 'primary', () => call(undefined, { finish: 'error' }, true));
    expect(value).toBeUndefined();
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('error');
  });

  it('knows the answer of an earlier call', async () => {
    const early = {};
    const { value, attributes } = await once('early', 'primary', () => {
      call(early, { finish: 'refused' });
      call({}, { finish: 'success' });
      return early;
    });
    expect(value).toBe(early);
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('refused');
  });

  it.each([
    ['was left', { aborted: 'cancelled' as const, outcome: 'cancelled' as const }, 'unknown'],
    ['threw', { error: new Error('x'), outcome: 'error' as const }, 'success'],
    ['was not seen', { outcome: undefined }, 'unknown'],
  ])('is judged by itself where its newest call %s', async (name, report, outcome) => {
    const { attributes } = await once(`call ${name}`, 'primary', () => {
      call({}, { finish: 'success' }, false, report);
      return 'made of it';
    });
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
  });
});

describe('a chain with a schema', () => {
  it.each<[string, z.ZodType, unknown]>([
    ['null', z.null(), null],
    ['nothing', z.undefined(), undefined],
    ['an object of a class', z.instanceof(Date), new Date(0)],
    [
      'an object in the form of an error',
      z.object({ error: z.object({ message: z.string() }).loose() }),
      { error: { message: 'x', code: 'y' } },
    ],
    ['one of some words', z.enum(['high', 'low']), 'low'],
    ['a text or data', z.union([z.literal('low'), z.object({ a: z.number() })]), 'low'],
    ['choices', z.object({ choices: z.array(z.string()) }), { choices: ['a'] }],
    ['tokens', z.object({ usage: z.number() }), { usage: 7 }],
  ])('serves %s that the schema takes', async (name, schema, given) => {
    const { value, attributes } = await once(`takes ${name}`, 'primary', () => given, schema);
    expect(value).toEqual(given);
    expect(attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
      [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'valid',
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /undefined/],
    ['null', null, /null/],
    ['a function', () => 1, /a function/],
    ['a response', new Response('{}'), /the class Response/],
    ['a map', new Map(), /the class Map/],
    ["an unknown client's object", new (class Answer {})(), /the class Answer/],
    ["Google's answer", { candidates: [{ content: { parts: [] } }] }, /unknown client/],
    ["Amazon's answer", { $metadata: {}, output: {}, stopReason: 'end_turn' }, /unknown client/],
    ["Ollama's answer", { message: { content: '{}' }, done_reason: 'stop' }, /unknown client/],
  ])('says what to return in place of %s, and does not blame the schema', async (name, given, said) => {
    const { value, attributes } = await once(`reads ${name}`, 'primary', () => given, Data);
    expect(value).toEqual(SPARE);
    expect(attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error',
      [ATTR_ERROR_TYPE]: 'unreadable_answer',
      [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'not_evaluated',
    });
    const alone = chain(`reads ${name} alone`, {
      schema: Data,
      targets: [{ name: 'it', type: 'primary', run: () => given }],
    });
    const error: unknown = await alone().catch((thrown: AggregateError) => thrown.errors[0]);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(said);
    expect(String(error)).toMatch(/return the answer of the client as it is, its text, or a plain value/);
  });

  it.each<[string, unknown]>([
    ['data of another form', { name: 'x' }],
    ['a list', [{ title: 'x' }]],
    ['a number', 7],
    ['a text', 'hello'],
  ])('blames the schema for %s', async (name, given) => {
    const { attributes } = await once(`form ${name}`, 'primary', () => given, Data);
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('schema_invalid');
  });

  it.each<[string, string, CallOutcome]>([
    ['a word that nobody knows', 'tired', 'unknown'],
    ['a good end', 'stop', 'success'],
  ])('serves a valid answer with %s', async (name, finish_reason, outcome) => {
    const answer = { choices: [{ finish_reason, message: { content: '{"title":"x"}' } }] };
    const { value, attributes } = await once(`ends with ${name}`, 'primary', () => answer, Data);
    expect(value).toEqual({ title: 'x' });
    expect(attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
      [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'valid',
    });
    expect(attributes).not.toHaveProperty([ATTR_ERROR_TYPE]);
  });

  it.each<[CallOutcome, CallOutcome]>([
    ['refused', 'refused'],
    ['truncated', 'truncated'],
    ['error', 'error'],
    ['unknown', 'schema_invalid'],
    ['success', 'schema_invalid'],
  ])('asks the call that was %s why its output breaks the schema', async (said, outcome) => {
    const { attributes } = await once(
      `breaks ${said}`,
      'primary',
      () => {
        call({}, { finish: said as CallAnswer['finish'], text: '{"tit' });
        return { name: 'repaired' };
      },
      Data,
    );
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
  });

  it('takes the input of a tool, with a sentence before it or without', async () => {
    const tool = { name: 'answer', input: { title: 'x' } };
    for (const text of ['', 'I will note that.']) {
      const content = [
        { type: 'text', text },
        { type: 'tool_use', ...tool },
      ];
      const answer = { type: 'message', role: 'assistant', stop_reason: 'tool_use', content };
      const { value } = await once(`tool ${text}`, 'primary', () => answer, Data);
      expect(value).toEqual({ title: 'x' });
    }
  });
});
