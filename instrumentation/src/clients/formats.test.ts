/** Answers, streams and requests of the clients whose API is no relative of OpenAI's: each as small as it can be, read by its own format. */
import { describe, expect, it } from 'vitest';
import { answerIn, readerFor, streamIn } from '../chain/known-answers.ts';
import type { CallAnswer } from '../types/call.ts';
import { BEDROCK } from './bedrock.ts';
import type { Client } from './client.ts';
import { COHERE } from './cohere.ts';
import { GOOGLE_GENAI } from './google-genai.ts';
import { MISTRAL } from './mistral.ts';
import { OLLAMA } from './ollama.ts';

const gemini = (finishReason: string | undefined, parts: readonly unknown[] = [{ text: 'x' }]) => ({
  candidates: [{ content: { parts }, finishReason }],
});
const converse = (stopReason: string, content: readonly unknown[] = [{ text: 'x' }]) => ({
  $metadata: {},
  stopReason,
  output: { message: { role: 'assistant', content } },
});
const invoked = (body: unknown) => ({
  $metadata: {},
  contentType: 'application/json',
  body: new TextEncoder().encode(JSON.stringify(body)),
});
const camel = (finishReason: unknown, message: object = { content: 'x' }) => ({
  choices: [{ index: 0, finishReason, message }],
});
const cohere = (finishReason: string) => ({ finishReason, message: { content: [{ type: 'text', text: 'x' }] } });
const ollama = (done_reason: string | undefined) => ({
  model: 'm',
  done: true,
  done_reason,
  message: { content: 'x' },
});
const blocked = { promptFeedback: { blockReason: 'OTHER' }, usageMetadata: { promptTokenCount: 4 } };

describe('an answer', () => {
  it.each<readonly [string, unknown, string]>([
    ['of Gemini that is whole', gemini('STOP'), 'success'],
    ['of Gemini that was cut', gemini('MAX_TOKENS'), 'truncated'],
    ['of Gemini that is not safe', gemini('SAFETY', []), 'refused'],
    ['of Gemini without a word', gemini(undefined), 'unknown'],
    ['of Gemini with a word that nobody knows', gemini('TIRED'), 'unknown'],
    ['of Gemini that calls what is no function', gemini('MALFORMED_FUNCTION_CALL', []), 'error'],
    ['of Gemini to a prompt that it blocks', blocked, 'refused'],
    [
      'of Gemini with one candidate of two cut',
      { candidates: [...gemini('STOP').candidates, ...gemini('MAX_TOKENS').candidates] },
      'truncated',
    ],
    ["of Google's older client", { response: gemini('STOP') }, 'success'],
    ['of Converse that is whole', converse('end_turn'), 'success'],
    ['of Converse that a guardrail stopped', converse('guardrail_intervened'), 'refused'],
    ['of Converse that is no message', converse('malformed_model_output', []), 'error'],
    [
      'of Claude on Bedrock',
      invoked({ type: 'message', role: 'assistant', content: [], stop_reason: 'refusal' }),
      'refused',
    ],
    ['of Nova on Bedrock', invoked(converse('max_tokens')), 'truncated'],
    ['of Llama on Bedrock', invoked({ generation: 'x', stop_reason: 'length' }), 'truncated'],
    [
      'of a chat API on Bedrock',
      invoked({ choices: [{ finish_reason: 'stop', message: { content: 'x' } }] }),
      'success',
    ],
    ['of a model on Bedrock that nobody knows', invoked({ said: 'x' }), 'unknown'],
    ['of Mistral that is whole', camel('stop'), 'success'],
    ['of Mistral that failed', camel('error', { content: '' }), 'error'],
    ['of Mistral with an enum that its client does not know', camel({ value: 'tired' }), 'unknown'],
    ['of Cohere that is whole', cohere('COMPLETE'), 'success'],
    ['of Cohere that was cut', cohere('MAX_TOKENS'), 'truncated'],
    ['of Cohere that failed', cohere('ERROR'), 'error'],
    ['of Ollama that is whole', ollama('stop'), 'success'],
    ['of Ollama that was cut', ollama('length'), 'truncated'],
    ['of an old Ollama without a word', ollama(undefined), 'unknown'],
  ])('%s', (_, value, finish) => {
    expect(answerIn(value)?.finish).toBe(finish);
  });

  it.each<readonly [string, unknown]>([
    ['candidates for a post', { candidates: ['Ada', 'Grace'] }],
    ['a message of a form', { message: 'x', done: true }],
    ['a choice of a menu', { choices: [{ label: 'x' }] }],
    ['a file of S3', { $metadata: {}, body: 'x' }],
  ])('is nothing else: %s', (_, value) => {
    expect(answerIn(value)).toBeUndefined();
  });

  it.each<readonly [string, unknown, CallAnswer['usage']]>([
    [
      'of Gemini counts its thoughts to the output',
      {
        ...gemini('STOP'),
        usageMetadata: {
          promptTokenCount: 9,
          candidatesTokenCount: 3,
          thoughtsTokenCount: 4,
          cachedContentTokenCount: 2,
        },
      },
      { input: 9, output: 7, cacheRead: 2, reasoning: 4 },
    ],
    [
      'of Converse counts what was cached to the input',
      {
        ...converse('end_turn'),
        usage: { inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 10, cacheWriteInputTokens: 20 },
      },
      { input: 31, output: 2, cacheRead: 10, cacheWrite: 20 },
    ],
    [
      'of Cohere counts what is billed',
      {
        ...cohere('COMPLETE'),
        usage: { billedUnits: { inputTokens: 5, outputTokens: 2 }, tokens: { inputTokens: 71, outputTokens: 2 } },
      },
      { input: 5, output: 2, cacheRead: undefined },
    ],
    [
      'of Ollama counts what was evaluated',
      { ...ollama('stop'), prompt_eval_count: 5, eval_count: 2 },
      { input: 5, output: 2 },
    ],
  ])('%s', (_, value, usage) => {
    expect(answerIn(value)?.usage).toEqual(usage);
  });

  it.each<readonly [string, unknown]>([
    ['Gemini', gemini('STOP', [{ text: 'no', thought: true }, { functionCall: { name: 'f', args: { n: 1 } } }])],
    ['Converse', converse('tool_use', [{ toolUse: { name: 'f', input: { n: 1 } } }])],
    ['Cohere', { ...cohere('TOOL_CALL'), message: { toolCalls: [{ function: { name: 'f', arguments: '{"n":1}' } }] } }],
    ['Ollama', { ...ollama('stop'), message: { tool_calls: [{ function: { name: 'f', arguments: { n: 1 } } }] } }],
    ['Mistral', camel('tool_calls', { toolCalls: [{ function: { name: 'f', arguments: { n: 1 } } }] })],
  ])('of %s gives the input of its tools', (_, value) => {
    const [tool] = answerIn(value)?.toolInputs ?? [];
    expect(tool?.name).toBe('f');
    expect(typeof tool?.input === 'string' ? JSON.parse(tool.input) : tool?.input).toEqual({ n: 1 });
    expect(answerIn(value)?.text).toBe('');
  });
});

describe('a stream', () => {
  const bytes = (chunk: unknown) => ({ chunk: { bytes: new TextEncoder().encode(JSON.stringify(chunk)) } });
  it.each<readonly [string, readonly unknown[], string | undefined]>([
    ['of Gemini', [gemini(undefined), gemini('STOP', [])], 'success'],
    ['of Gemini that stops short', [gemini(undefined)], undefined],
    ['of Gemini to a prompt that it blocks', [blocked], 'refused'],
    [
      'of Converse',
      [
        { messageStart: {} },
        { contentBlockDelta: { delta: { text: 'x' } } },
        { messageStop: { stopReason: 'end_turn' } },
      ],
      'success',
    ],
    ['of Converse that stops short', [{ messageStart: {} }], undefined],
    [
      'of Llama on Bedrock',
      [bytes({ generation: 'x', stop_reason: null }), bytes({ generation: '', stop_reason: 'stop' })],
      'success',
    ],
    ['of a model on Bedrock that nobody knows', [bytes({ said: 'x' })], 'unknown'],
    [
      'of Mistral',
      [{ data: { choices: [{ index: 0, delta: { content: 'x' }, finishReason: 'length' }] } }],
      'truncated',
    ],
    [
      'of Cohere',
      [
        { type: 'message-start', delta: {} },
        { type: 'message-end', delta: { finishReason: 'COMPLETE' } },
      ],
      'success',
    ],
    [
      'of Cohere that failed',
      [
        { type: 'message-start', delta: {} },
        { type: 'message-end', delta: { finishReason: 'ERROR', error: 'x' } },
      ],
      'error',
    ],
    [
      'of Ollama',
      [
        { model: 'm', done: false, response: 'x' },
        { model: 'm', done: true, done_reason: 'stop', response: '' },
      ],
      'success',
    ],
  ])('%s', (_, chunks, finish) => {
    const reader = readerFor(chunks[0]);
    for (const chunk of chunks) reader?.read(chunk);
    expect(reader?.answer().finish).toBe(finish);
  });

  it('may stand in what a client resolves to', () => {
    const stream = (async function* () {})();
    expect(streamIn({ $metadata: {}, stream })).toBe(stream);
    expect(streamIn({ $metadata: {}, body: stream })).toBe(stream);
    expect(streamIn({ stream, response: Promise.resolve() })).toBe(stream);
    expect(streamIn({ stream })).toBeUndefined();
  });
});

describe('a request', () => {
  const asks = (client: Client, method: string, resource: unknown, ...args: readonly unknown[]) =>
    client.patches.find((patch) => patch.method === method)?.operation.request(resource, ...args);
  const schema = { type: 'object', properties: {} };

  it('of Gemini names schema, tool, system prompt and place', () => {
    const models = {
      apiClient: {
        clientOptions: { vertexai: true, httpOptions: { baseUrl: 'https://us-central1-aiplatform.googleapis.com/' } },
      },
    };
    const config = {
      systemInstruction: { parts: [{ text: 'be kind' }] },
      tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: schema }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
    };
    const model = 'projects/p/locations/l/publishers/google/models/gemini-3-pro';
    expect(asks(GOOGLE_GENAI, 'generateContentWithContinuation', models, { model, config })).toMatchObject({
      provider: 'gcp.vertex_ai',
      server: { address: 'us-central1-aiplatform.googleapis.com', port: 443 },
      model: 'gemini-3-pro',
      schema,
      schemaTool: 'f',
      systemPrompt: 'be kind',
    });
  });

  it('of Gemini is one, whichever way its client takes', () => {
    const off = { model: 'm', config: { automaticContinuation: false } };
    expect(asks(GOOGLE_GENAI, 'generateContentWithContinuation', {}, off)).toBeUndefined();
    expect(asks(GOOGLE_GENAI, 'generateContentInternal', {}, off)).toBeDefined();
    expect(asks(GOOGLE_GENAI, 'generateContentWithContinuation', {}, { model: 'm' })).toBeDefined();
    expect(asks(GOOGLE_GENAI, 'generateContentInternal', {}, { model: 'm' })).toBeUndefined();
  });

  it('of Converse names the same schema object for the same text', () => {
    const input = {
      modelId: 'arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-lite-v1:0',
      outputConfig: {
        textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: JSON.stringify(schema) } } },
      },
    };
    const [first, second] = [1, 2].map(() => asks(BEDROCK, 'send', {}, { schema: [9, 'x', 'Converse'], input }));
    expect(first).toMatchObject({ model: 'us.amazon.nova-lite-v1:0', schema, outputType: 'json' });
    expect(second?.schema).toBe(first?.schema);
    expect(asks(BEDROCK, 'send', {}, { schema: [9, 'x', 'CountTokens'], input })).toBeUndefined();
  });

  it.each([
    ['Cohere', COHERE, 'chat', { messages: [], responseFormat: { type: 'json_object', jsonSchema: schema } }],
    ['Ollama', OLLAMA, 'chat', { messages: [], format: schema }],
    [
      'Mistral',
      MISTRAL,
      'complete',
      { messages: [], responseFormat: { type: 'json_schema', jsonSchema: { schemaDefinition: schema } } },
    ],
  ])('of %s names its schema', (_, client, method, body) => {
    expect(asks(client, method, {}, body)?.schema).toEqual(schema);
  });
});
