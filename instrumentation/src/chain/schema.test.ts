import { DiagLogLevel, diag } from '@opentelemetry/api';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  schemaFingerprint,
} from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type RecordedSpans, recordSpans } from '../../../test/recorded-spans.ts';
import { chain } from '../api/chain.ts';
import { declareSchema } from './schema.ts';

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => {
  recorded.close();
  diag.disable();
});

const Summary = z.object({ title: z.string(), urgency: z.enum(['low', 'high']), score: z.number().max(10) });
const good = { title: 'Printer', urgency: 'low', score: 3 };
const text = JSON.stringify(good);

const completion = (message: object, finish_reason = 'stop'): object => ({
  object: 'chat.completion',
  choices: [{ index: 0, finish_reason, message: { role: 'assistant', ...message } }],
});
const response = (content: object[], more: object = {}): object => ({
  object: 'response',
  status: 'completed',
  output: [
    { type: 'reasoning', summary: [] },
    { type: 'message', content },
  ],
  ...more,
});
const message = (content: object[], stop_reason = 'end_turn'): object => ({ type: 'message', content, stop_reason });

describe('what a rung resolves to', () => {
  it.each([
    { form: 'a text', value: text },
    { form: 'a plain object', value: good },
    { form: 'a chat completion', value: completion({ content: text }) },
    {
      form: 'a forced function',
      value: completion({ content: null, tool_calls: [{ function: { arguments: text } }] }),
    },
    { form: 'a response', value: response([{ type: 'output_text', text }]) },
    {
      form: 'a message',
      value: message([
        { type: 'text', text: text.slice(0, 9) },
        { type: 'text', text: text.slice(9) },
      ]),
    },
    { form: 'a forced tool', value: message([{ type: 'tool_use', input: good }], 'tool_use') },
  ])('is read as $form', async ({ form, value }) => {
    const ask = chain(form, { schema: Summary, targets: [{ name: 'gpt', type: 'primary', run: () => value }] });
    await expect(ask()).resolves.toEqual(good);
    expect(recorded.span(`${form} gpt`).attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'valid',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
      [ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT]: schemaFingerprint(z.toJSONSchema(Summary, { io: 'input' })),
    });
  });

  it.each([
    { what: 'no JSON', value: 'Sure! ```json', type: 'not_json' },
    { what: 'an empty answer', value: completion({ content: null }), type: 'not_json' },
    { what: 'a missing key', value: { title: 'x', urgency: 'low' }, type: 'missing_required' },
    { what: 'a wrong type', value: { ...good, title: 4 }, type: 'type_mismatch' },
    { what: 'an unknown value', value: { ...good, urgency: 'medium' }, type: 'enum_mismatch' },
    { what: 'a number out of range', value: { ...good, score: 11 }, type: 'constraint' },
  ])('is invalid for $what, and makes the chain go on', async ({ what, value, type }) => {
    const ask = chain(what, {
      schema: Summary,
      targets: [
        { name: 'gpt', type: 'primary', run: () => value },
        { name: 'rules', type: 'heuristic', run: () => good },
      ],
    });
    await expect(ask()).resolves.toEqual(good);
    expect(recorded.span(`${what} gpt`).attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'invalid',
      [ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]: type,
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'schema_invalid',
      [ATTR_ERROR_TYPE]: 'schema_invalid',
    });
    expect(recorded.span(`${what} rules`).attributes[ATTR_LLM_FALLBACK_TRIGGER_REASON]).toBe('schema_invalid');
  });

  it.each([
    { what: 'refused', by: 'OpenAI chat', value: completion({ content: null, refusal: 'I can not' }) },
    { what: 'refused', by: 'a content filter', value: completion({ content: text }, 'content_filter') },
    { what: 'refused', by: 'OpenAI responses', value: response([{ type: 'refusal', refusal: 'no' }]) },
    { what: 'refused', by: 'Anthropic', value: message([{ type: 'text', text }], 'refusal') },
    { what: 'truncated', by: 'OpenAI chat', value: completion({ content: text }, 'length') },
    {
      what: 'truncated',
      by: 'OpenAI responses',
      value: response([{ type: 'output_text', text }], {
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
      }),
    },
    { what: 'truncated', by: 'Anthropic', value: message([{ type: 'text', text }], 'max_tokens') },
  ])('is $what by $by, and not held against the schema', async ({ what, by, value }) => {
    const name = `${what} ${by}`;
    const ask = chain(name, {
      schema: Summary,
      targets: [
        { name: 'gpt', type: 'primary', run: () => value },
        { name: 'rules', type: 'heuristic', run: () => good },
      ],
    });
    await expect(ask()).resolves.toEqual(good);
    expect(recorded.span(`${name} gpt`).attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'not_evaluated',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: what,
    });
    expect(recorded.span(`${name} rules`).attributes[ATTR_LLM_FALLBACK_TRIGGER_REASON]).toBe(
      what === 'refused' ? 'refusal' : 'truncated',
    );
  });

  it('is refused as a stream, which can not be parsed', async () => {
    const stream = { async *[Symbol.asyncIterator]() {} };
    const ask = chain('schema-stream', {
      schema: Summary,
      targets: [{ name: 'g', type: 'primary', run: () => stream }],
    });
    await expect(ask()).rejects.toMatchObject({ errors: [expect.any(TypeError)] });
  });
});

it('runs transforms once, and resolves to what they made', async () => {
  const transform = vi.fn((title: string) => title.length);
  const schema = z.object({ title: z.string().transform(transform) });
  const ask = chain('transforms', {
    schema,
    targets: [{ name: 'gpt', type: 'primary', run: () => '{"title":"four"}', accept: ({ title }) => title === 4 }],
  });
  await expect(ask()).resolves.toEqual({ title: 4 });
  expect(transform).toHaveBeenCalledTimes(1);
});

it('takes a text as it is where the schema wants a string', async () => {
  const ask = chain('string', {
    schema: z.string().min(1),
    targets: [{ name: 'g', type: 'primary', run: () => 'plain' }],
  });
  await expect(ask()).resolves.toBe('plain');
});

it('serves without a fingerprint where the vendor can not describe its schema, and says so once', async () => {
  const error = vi.fn();
  diag.setLogger({ error, warn() {}, info() {}, debug() {}, verbose() {} }, DiagLogLevel.ERROR);
  const vendor = (): StandardSchemaV1<unknown, string> => ({
    '~standard': {
      version: 1,
      vendor: 'broken',
      validate: (value) => ({ value: String(value) }),
      get jsonSchema(): never {
        throw new Error('not today');
      },
    } as StandardSchemaV1.Props<unknown, string>,
  });
  const schema = vendor();
  declareSchema(vendor());
  const ask = chain('undescribed', { schema, targets: [{ name: 'gpt', type: 'primary', run: () => ({}) }] });
  await expect(ask()).resolves.toBe('[object Object]');
  expect(error).toHaveBeenCalledTimes(1);
  const { attributes } = recorded.span('undescribed gpt');
  expect(attributes).not.toHaveProperty(ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT);
  expect(attributes[ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]).toBe('valid');
});

it('waits for a schema that validates asynchronously', async () => {
  const schema = z.string().refine(async (value) => value === 'yes');
  const ask = chain('async', {
    schema,
    targets: [
      { name: 'a', type: 'primary', run: () => 'no' },
      { name: 'b', type: 'fallback', run: () => 'yes' },
    ],
  });
  await expect(ask()).resolves.toBe('yes');
});
