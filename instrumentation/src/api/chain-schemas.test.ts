/** What a target of a chain with a schema may resolve to: what the schema takes, what it is blamed for, and what it is not. */
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  type CallOutcome,
} from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { call, once, SPARE } from '../../../test/one-target.ts';
import { type RecordedSpans, recordSpans } from '../../../test/recorded-spans.ts';
import { activeAttempt } from '../call/scope.ts';
import type { CallAnswer } from '../types/call.ts';
import { chain } from './chain.ts';

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => recorded.close());

const Data = z.object({ title: z.string() });

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
    const { value, attributes } = await once(recorded, `takes ${name}`, 'primary', () => given, schema);
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
    ["PaLM's answer", { candidates: [{ output: '{}' }] }, /unknown client/],
    ["Amazon's answer", { $metadata: {}, output: {}, stopReason: 'end_turn' }, /unknown client/],
    ["Ollama's answer", { message: { content: '{}' }, done_reason: 'stop' }, /unknown client/],
  ])('says what to return in place of %s, and does not blame the schema', async (name, given, said) => {
    const { value, attributes } = await once(recorded, `reads ${name}`, 'primary', () => given, Data);
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

  it.each<[string, unknown, string]>([
    ['data of another form', { name: 'x' }, 'missing_required'],
    ['data of its own words', { title: 'x', usage: 'much' }, 'type_mismatch'],
    ['a list', [{ title: 'x' }], 'type_mismatch'],
    ['a number', 7, 'type_mismatch'],
    ['a text', 'hello', 'not_json'],
    ['a text of JSON', '"hello"', 'type_mismatch'],
    ['two tools', message(['', { title: 'x' }, { title: 'y' }]), 'not_json'],
  ])('blames the schema for %s', async (name, given, type) => {
    const schema = z.object({ title: z.string(), usage: z.number().optional() });
    const targets = [{ name: 'it', type: 'primary' as const, run: () => given }];
    await expect(chain(`form ${name}`, { schema, targets })()).rejects.toThrow(AggregateError);
    expect(recorded.span(`form ${name} it`).attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'schema_invalid',
      [ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]: type,
    });
  });

  it('takes a text that is none of its data where it may be one of several forms, and blames it as text', async () => {
    const { attributes } = await once(recorded, 'several', 'primary', () => 'hello', Data);
    expect(attributes[ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]).toBe('not_json');
  });

  it('serves what the target made of an answer that was cut, and does not take that for a proof', async () => {
    const { value, attributes } = await once(
      recorded,
      'repaired',
      'primary',
      () => {
        call({}, { finish: 'truncated', text: '{"title":"x' });
        return { title: 'x' };
      },
      Data,
    );
    expect(value).toEqual({ title: 'x' });
    expect(attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'truncated',
      [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'valid',
    });
  });

  it('takes what keeps to it for a proof where nobody saw the answer', async () => {
    const { attributes } = await once(
      recorded,
      'by hand',
      'primary',
      () => {
        activeAttempt()?.onStart();
        activeAttempt()?.onCall({ attributes: {}, endTime: 0 });
        return { title: 'x' };
      },
      Data,
    );
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
  });

  it('leaves null to the target that made it of a tool call', async () => {
    const answer = { finish: 'success' as const, toolInputs: [{ name: 'answer', input: { title: 'x' } }] };
    const schema = z.union([z.null(), Data]);
    const run = () => {
      call({}, answer);
      return null;
    };
    const { value } = await once(recorded, 'nothing found', 'primary', run, schema);
    expect(value).toBeNull();
  });

  it('blames the schema where a call threw, and the target made something else', async () => {
    const run = () => {
      call({}, { finish: 'success' }, false, { error: new Error('x'), outcome: 'error' });
      return { name: 'x' };
    };
    const { attributes } = await once(recorded, 'caught', 'primary', run, Data);
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('schema_invalid');
  });

  it.each<[string, string, CallOutcome]>([
    ['a word that nobody knows', 'tired', 'unknown'],
    ['a good end', 'stop', 'success'],
  ])('serves a valid answer with %s', async (name, finish_reason, outcome) => {
    const answer = { choices: [{ finish_reason, message: { content: '{"title":"x"}' } }] };
    const { value, attributes } = await once(recorded, `ends with ${name}`, 'primary', () => answer, Data);
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
      recorded,
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

  it.each([
    ['a tool', message(['', { title: 'tool' }]), 'tool'],
    ['a tool behind a sentence', message(['I will note that.', { title: 'tool' }]), 'tool'],
    ['a text beside a tool', message(['{"title":"text"}', { title: 'tool' }]), 'text'],
  ])('takes what stands in %s', async (name, answer, title) => {
    const { value } = await once(recorded, `takes ${name}`, 'primary', () => answer, Data);
    expect(value).toEqual({ title });
  });
});

/** Of Anthropic: a text, and inputs of tools. */
function message([text, ...inputs]: readonly unknown[]): object {
  const tools = inputs.map((input) => ({ type: 'tool_use', name: 'answer', input }));
  return { type: 'message', role: 'assistant', stop_reason: 'tool_use', content: [{ type: 'text', text }, ...tools] };
}
