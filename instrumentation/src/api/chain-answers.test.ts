/** What a target of a chain without a schema may resolve to: what is served, what makes the chain go on, and what that proves. */
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  type CallOutcome,
  type RouteType,
} from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { call, once, SPARE } from '../../../test/one-target.ts';
import { type RecordedSpans, recordSpans } from '../../../test/recorded-spans.ts';
import type { CallAnswer } from '../types/call.ts';

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => recorded.close());

describe('a chain without a schema', () => {
  it.each<[string, RouteType, unknown, CallOutcome]>([
    ['a text', 'primary', 'x', 'success'],
    ['an empty text', 'primary', '', 'success'],
    ['a number', 'fallback', 7, 'success'],
    ['false', 'primary', false, 'success'],
    ['data', 'primary', { title: 'x' }, 'success'],
    ['data that looks like an error', 'primary', { error: 'x', title: 'y' }, 'success'],
    ['data with a code and a message', 'primary', { code: 'x', message: 'y' }, 'success'],
    ['data without an error', 'primary', { error: '', code: 'y' }, 'success'],
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
    const { value, attributes } = await once(recorded, name, type, () => given);
    expect(value).toBe(given);
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
    expect(ATTR_ERROR_TYPE in attributes).toBe(outcome === 'truncated');
  });

  it.each<[string, RouteType, unknown, CallOutcome, string | undefined]>([
    ['null', 'primary', null, 'error', 'unreadable_answer'],
    ['null from a fallback', 'fallback', null, 'error', 'unreadable_answer'],
    ['an error of a provider', 'primary', { error: { message: 'x', code: 401 } }, 'error', '401'],
    ['an error that is a text', 'primary', { error: 'overloaded', error_type: 'overloaded' }, 'error', 'error'],
    ['a body that is the error', 'primary', { object: 'error', message: 'x', code: 429 }, 'error', '429'],
    [
      'a code, a message and the id of a request',
      'primary',
      { code: 'invalid_api_key', message: 'x', request_id: 'y' },
      'error',
      'invalid_api_key',
    ],
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
    const { value, attributes } = await once(recorded, name, type, () => given);
    expect(value).toBe(SPARE);
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
    expect(attributes[ATTR_ERROR_TYPE]).toBe(error);
  });
});

describe('what a target made of its calls', () => {
  it.each<[string, unknown, CallOutcome]>([
    ['null, where the answer was good, is its own', null, 'success'],
    ['text of its own, where no answer came, is its own', 'something else', 'error'],
    ['an empty text, where the answer was good, is its own', '', 'success'],
    ['data of its own, where the answer was cut, is its own', { title: 'x' }, 'truncated'],
  ])('%s', async (name, given, finish) => {
    const { value, attributes } = await once(recorded, name, 'primary', () => {
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
    const { value, attributes } = await once(recorded, name, 'primary', () => {
      call({}, { finish: 'error', errorType: '429', text: given === '' ? '' : 'cut off' }, streamed);
      return given;
    });
    expect(value).toBe(SPARE);
    expect(attributes).toMatchObject({ [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error', [ATTR_ERROR_TYPE]: '429' });
    expect(recorded.span(`${name} spare`).attributes[ATTR_LLM_FALLBACK_TRIGGER_REASON]).toBe('rate_limit');
  });

  it('does not go on where a stream that broke may have been handed on', async () => {
    const { value, attributes } = await once(recorded, 'handed on', 'primary', () =>
      call(undefined, { finish: 'error' }, true),
    );
    expect(value).toBeUndefined();
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('error');
  });

  it('does not become good by a model that says no word, in whatever target', async () => {
    const answer = {};
    const { attributes } = await once(recorded, 'unworded', 'heuristic', () => {
      call(answer, { finish: 'unknown' });
      return answer;
    });
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('unknown');
  });

  it('is known for the last answers, of which it keeps a few', async () => {
    const early = {};
    const { attributes } = await once(recorded, 'many', 'primary', () => {
      call(early, { finish: 'refused' });
      for (let n = 0; n < 8; n += 1) call({}, { finish: 'success' });
      return early;
    });
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
  });

  it('knows the answer of an earlier call', async () => {
    const early = {};
    const { value, attributes } = await once(recorded, 'early', 'primary', () => {
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
    const { attributes } = await once(recorded, `call ${name}`, 'primary', () => {
      call({}, { finish: 'success' }, false, report);
      return 'made of it';
    });
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
  });
});
