/** Outputs that other instrumentations record, held against the schema that they record: in each dialect, and where no verdict is fair. */
import { describe, expect, it } from 'vitest';
import { createKeyTable } from '../../base/keys.ts';
import type { Call } from '../../types/evidence.ts';
import type { AttributeValue } from '../../types/span.ts';
import { createNormaliser } from '../normalise.ts';
import { judgeRecorded } from './recorded.ts';

type Attributes = Readonly<Record<string, AttributeValue>>;

const SCHEMA = { type: 'object', properties: { urgency: { enum: ['low', 'high'] } }, required: ['urgency'] };
const GOOD = '{"urgency":"low"}';
const BAD = '{"urgency":"asap"}';
const CHAT = { 'gen_ai.operation.name': 'chat', 'gen_ai.response.finish_reasons': ['stop'] };
const FORMAT = { type: 'json_schema', json_schema: { name: 'x', schema: SCHEMA } };
const TOOL = { type: 'function', function: { name: 'answer', parameters: SCHEMA } };
const json = JSON.stringify;

function read(attributes: Attributes, judges = true): Call {
  const keys = createKeyTable();
  const normaliser = createNormaliser(keys, 256, undefined, undefined, () => judges);
  const span = {
    service: { namespace: '', name: 'shop', environment: '' },
    ids: new Uint32Array(6),
    parent: new Uint32Array(2),
    name: 'chat',
    kind: 0,
    startTime: 1,
    endTime: 2,
    statusCode: 0,
    exceptionType: undefined,
    unsampled: false,
    values: keys.names.map((name) => attributes[name]),
    resource: [],
  };
  const found = normaliser.read(span, { anySpan: false, cachedCalls: false });
  if (found?.kind !== 'call') throw new Error('no call');
  return { ...found };
}

const OPENINFERENCE = { 'openinference.span.kind': 'LLM' };
const PART = 'llm.output_messages.0.message';
const request = (more: object) => ({ ...OPENINFERENCE, 'llm.invocation_parameters': json({ model: 'm', ...more }) });
const choice = (message: object) => json({ choices: [{ index: 0, message: { role: 'assistant', ...message } }] });
const TOOL_CALL = `${PART}.tool_calls.0.tool_call.function`;
const message = (parts: readonly object[]) => json([{ role: 'assistant', parts, finish_reason: 'stop' }]);
const PYDANTIC = { output_mode: 'tool', output_tools: [{ name: 'final_result', parameters_json_schema: SCHEMA }] };

/** Of each form the attributes of an output. */
const FORMS: Readonly<Record<string, (output: string) => Attributes>> = {
  'OpenInference, chat': (output) => ({ ...request({ response_format: FORMAT }), [`${PART}.content`]: output }),
  'OpenInference, responses': (output) => ({
    ...request({ text: { format: { type: 'json_schema', schema: SCHEMA } } }),
    [`${PART}.contents.0.message_content.text`]: output,
  }),
  'OpenInference, messages of Anthropic': (output) => ({
    ...request({ output_config: { format: { type: 'json_schema', schema: SCHEMA } } }),
    'output.value': json({ role: 'assistant', content: [{ type: 'text', text: output }] }),
  }),
  'OpenInference, a whole chat': (output) => ({
    ...request({ response_format: FORMAT }),
    'output.value': choice({ content: output }),
  }),
  'OpenInference, a whole response': (output) => ({
    ...request({ text: { format: { type: 'json_schema', schema: SCHEMA } } }),
    'output.value': json({
      output: [{ type: 'reasoning' }, { type: 'message', content: [{ type: 'output_text', text: output }] }],
    }),
  }),
  'OpenInference, a named tool': (output) => ({
    ...request({ tools: [TOOL, { type: 'function', function: { name: 'b' } }], tool_choice: TOOL }),
    [`${TOOL_CALL}.name`]: 'answer',
    [`${TOOL_CALL}.arguments`]: output,
  }),
  'OpenInference, the only tool': (output) => ({
    ...request({ tools: [TOOL], tool_choice: 'required' }),
    'output.value': choice({ content: null, tool_calls: [{ function: { name: 'answer', arguments: output } }] }),
  }),
  'OpenInference, a tool of Anthropic': (output) => ({
    ...request({ tools: [{ name: 'answer', input_schema: SCHEMA }], tool_choice: { type: 'any' } }),
    'output.value': json({ content: [{ type: 'tool_use', name: 'answer', input: JSON.parse(output) }] }),
  }),
  'OpenInference, a tool beside the request': (output) => ({
    ...request({ tool_choice: { type: 'function', function: { name: 'answer' } } }),
    'llm.tools.0.tool.json_schema': json(TOOL),
    [`${TOOL_CALL}.name`]: 'answer',
    [`${TOOL_CALL}.arguments`]: output,
  }),
  OpenLLMetry: (output) => ({
    ...CHAT,
    'gen_ai.request.structured_output_schema': json(SCHEMA),
    'gen_ai.output.messages': message([{ type: 'text', content: output }]),
  }),
  'OpenLLMetry, older': (output) => ({
    ...CHAT,
    'gen_ai.request.structured_output_schema': json(SCHEMA),
    'gen_ai.completion.0.content': output,
  }),
  Vercel: (output) => ({ ...CHAT, 'ai.schema': json(SCHEMA), 'ai.response.object': output }),
  Langfuse: (output) => ({
    ...CHAT,
    'langfuse.observation.metadata.response_format': json(FORMAT),
    'langfuse.observation.output': json({ role: 'assistant', content: output, refusal: null }),
  }),
  'Langfuse, a stream': (output) => ({
    ...CHAT,
    'langfuse.observation.metadata.response_format': json(FORMAT),
    'langfuse.observation.output': output,
  }),
  'pydantic-ai, a tool': (output) => ({
    ...CHAT,
    model_request_parameters: json(PYDANTIC),
    'gen_ai.output.messages': message([{ type: 'tool_call', name: 'final_result', arguments: output }]),
  }),
  'pydantic-ai, native': (output) => ({
    ...CHAT,
    model_request_parameters: json({ output_mode: 'native', output_object: { json_schema: SCHEMA } }),
    'gen_ai.output.messages': message([{ type: 'text', content: output }]),
  }),
};

describe('a recorded output', () => {
  it.each(Object.entries(FORMS))('is judged: %s', (_, form) => {
    expect(read(form(GOOD))).toMatchObject({ outcome: 'success', schemaValidity: 'valid' });
    expect(read(form(BAD))).toMatchObject({
      outcome: 'schema_invalid',
      schemaValidity: 'invalid',
      schemaErrorType: 'enum_mismatch',
    });
  });

  it('tells of one schema by one fingerprint, whoever recorded it', () => {
    const fingerprints = Object.values(FORMS).map((form) => read(form(GOOD)).schemaFingerprint);
    expect(new Set(fingerprints.filter((each) => each !== undefined)).size).toBe(1);
  });

  it('is not judged where the configuration says so', () => {
    for (const form of Object.values(FORMS)) {
      expect(read(form(BAD), false)).toMatchObject({ outcome: 'success', schemaValidity: undefined });
    }
  });

  it('is not judged where the call did not end well, or the span states an outcome', () => {
    const form = FORMS['OpenInference, chat'];
    const cut = { ...form?.(BAD), 'llm.finish_reason': 'length' };
    expect(read(cut)).toMatchObject({ outcome: 'truncated', schemaValidity: undefined });
    expect(read({ ...form?.(BAD), 'llm_fallback.call.outcome': 'success' }).outcome).toBe('success');
  });

  it.each<[string, Attributes]>([
    ['tools that may be called', request({ tools: [TOOL], tool_choice: 'auto' })],
    ['one of two tools', request({ tools: [TOOL, TOOL], tool_choice: 'required' })],
    ['a format without a schema', request({ response_format: { type: 'json_object' } })],
  ])('is not judged by %s', (_, asked) => {
    const answered = { [`${TOOL_CALL}.name`]: 'answer', [`${TOOL_CALL}.arguments`]: BAD };
    expect(read({ ...asked, ...answered }).schemaValidity).toBeUndefined();
  });
});

describe('a verdict', () => {
  const declared = [{ schema: SCHEMA }];
  const verdictOn = (text: string) => judgeRecorded(declared, [{ text, tools: [] }]);

  it.each([
    ['prose', 'The urgency is low.', 'not_json'],
    ['a whole object that is no JSON', '{urgency: low}', 'not_json'],
  ])('is bad on %s', (_, text, errorType) => {
    expect(verdictOn(text)).toEqual({ validity: 'invalid', errorType });
  });

  it.each([
    ['nothing', ''],
    ['what an SDK cut off', '{"urgency":"lo'],
    ['what was masked', '__REDACTED__'],
    ['what the receiver cut off', `{"urgency":"low","text":"${'é'.repeat(9_000)}`.slice(0, 8_220)],
    ['what is as long as the receiver lets it be', `{"urgency":"asap","text":"${'x'.repeat(16_384 - 29)}"}`],
  ])('is not passed on %s', (_, text) => {
    expect(verdictOn(text)).toBeUndefined();
  });

  it('is bad where one of several outputs is, and none where one cannot be told', () => {
    const outputs = (...texts: readonly string[]) => texts.map((text) => ({ text, tools: [] }));
    expect(judgeRecorded(declared, outputs(GOOD, BAD))?.validity).toBe('invalid');
    expect(judgeRecorded(declared, outputs('{"urg', BAD))?.validity).toBe('invalid');
    expect(judgeRecorded(declared, outputs(GOOD, '{"urg'))).toBeUndefined();
    expect(judgeRecorded(declared, outputs(GOOD, GOOD))?.validity).toBe('valid');
  });

  it('is none on an answer that calls tools before it comes to its text, or not the tool that was asked for', () => {
    const tools = [{ name: 'search', input: '{}' }];
    expect(judgeRecorded(declared, [{ text: 'I look it up.', tools }])).toBeUndefined();
    expect(judgeRecorded([{ schema: SCHEMA, tool: 'answer' }], [{ text: 'No.', tools }])).toBeUndefined();
  });
});
