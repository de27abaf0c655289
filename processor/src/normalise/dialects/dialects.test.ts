/** What a call says in each dialect, under one set of names. */
import { describe, expect, it } from 'vitest';
import { createKeyTable } from '../../base/keys.ts';
import type { Call } from '../../types/evidence.ts';
import type { AttributeValue } from '../../types/span.ts';
import { createNormaliser } from '../normalise.ts';

interface Said {
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly statusCode?: number;
  readonly exceptionType?: string;
}

/** Undefined: no model call. */
function read({ attributes, statusCode = 0, exceptionType }: Said): Call | undefined {
  const keys = createKeyTable();
  const normaliser = createNormaliser(keys, 256);
  const span = {
    service: { namespace: '', name: 'shop', environment: '' },
    ids: new Uint32Array(6),
    parent: new Uint32Array(2),
    name: 'chat',
    startTime: 1,
    endTime: 2,
    statusCode,
    exceptionType,
    unsampled: false,
    values: keys.names.map((name) => attributes[name]),
    resource: [],
  };
  const found = normaliser.read(span, { anySpan: false, cachedCalls: false });
  return found?.kind === 'call' ? { ...found } : undefined;
}

const CHAT = { 'gen_ai.operation.name': 'chat' };
const SCHEMA = JSON.stringify({ type: 'object', properties: { a: { type: 'string' } } });
const FORMAT = { type: 'json_schema', json_schema: { name: 'x', schema: JSON.parse(SCHEMA) as unknown } };

describe('a model call', () => {
  it.each([
    ['OpenTelemetry', { 'gen_ai.operation.name': 'chat' }],
    ['OpenLLMetry, older', { 'llm.request.type': 'chat' }],
    ['OpenInference', { 'openinference.span.kind': 'LLM' }],
    ['Vercel', { 'ai.operationId': 'ai.streamText.doStream' }],
    ['Vercel, embeddings', { 'ai.operationId': 'ai.embed.doEmbed' }],
    ['LiteLLM', { 'litellm.call_id': '1d85', 'gen_ai.operation.name': 'acompletion' }],
    ['Langfuse', { 'langfuse.observation.type': 'generation' }],
    [
      'LiteLLM, where its cache had nothing',
      { ...CHAT, 'litellm.cache_hit': false, hidden_params: '{"cache_key": null}' },
    ],
  ])('is known by %s', (_, attributes) => {
    expect(read({ attributes })).toBeDefined();
  });

  it.each([
    ['an agent', { 'gen_ai.operation.name': 'invoke_agent' }],
    ['a step of an agent (@ai-sdk/otel)', { 'gen_ai.operation.name': 'agent_step' }],
    ['a workflow (OpenLLMetry)', { 'traceloop.span.kind': 'workflow', 'gen_ai.operation.name': 'chat' }],
    ['a chain (OpenInference)', { 'openinference.span.kind': 'CHAIN' }],
    ['the operation around calls (Vercel)', { 'ai.operationId': 'ai.generateText', 'gen_ai.request.model': 'gpt-5' }],
    ['an event (Langfuse)', { 'langfuse.observation.type': 'span' }],
    ['an answer of the cache (LiteLLM)', { ...CHAT, hidden_params: '{"model_id": null, "cache_key": "4a01"}' }],
    ['an answer of the cache (LiteLLM since 1.110)', { ...CHAT, 'litellm.cache_hit': true }],
    ['anything else', { 'http.route': '/tickets' }],
  ])('is not %s', (_, attributes) => {
    expect(read({ attributes })).toBeUndefined();
  });

  it.each<[string, Said['attributes'], Partial<Call>]>([
    [
      'cost, as proposed',
      { 'gen_ai.usage.cost.amount': 0.2, 'gen_ai.usage.cost.currency': 'EUR' },
      { costAmount: 0.2, costCurrency: 'EUR' },
    ],
    ['cost of LiteLLM, in dollars', { 'gen_ai.cost.total_cost': 0.2 }, { costAmount: 0.2, costCurrency: 'USD' }],
    [
      "cost of Vercel's gateway, as a text",
      { 'ai.response.providerMetadata': '{"gateway":{"cost":"0.2"}}' },
      { costAmount: 0.2, costCurrency: 'USD' },
    ],
    ['cost of OpenInference', { 'llm.cost.total': 0.2 }, { costAmount: 0.2, costCurrency: 'USD' }],
    [
      'cost of Langfuse',
      { 'langfuse.observation.cost_details': '{"input":0.1,"total":0.2}' },
      { costAmount: 0.2, costCurrency: 'USD' },
    ],
    [
      'no cost where it is zero: the price is unknown',
      { 'gen_ai.cost.total_cost': 0 },
      { costAmount: undefined, costCurrency: undefined },
    ],
    [
      'the prompt by name and version',
      { 'gen_ai.prompt.name': 'ticket', 'gen_ai.prompt.version': '7' },
      { promptVersion: 'ticket@7' },
    ],
    [
      'the prompt of OpenLLMetry',
      { 'traceloop.prompt.version': '7', 'traceloop.prompt.version_hash': 'ab' },
      { promptVersion: '7', promptFingerprint: 'ab' },
    ],
    ['the prompt of Langfuse', { 'langfuse.observation.prompt.name': 'ticket' }, { promptVersion: 'ticket' }],
    [
      'tokens of Langfuse, cached ones apart',
      { 'langfuse.observation.usage_details': '{"input":10,"input_cached_tokens":5,"output":3}' },
      { inputTokens: 15, outputTokens: 3 },
    ],
    [
      'the model asked for, out of the request (OpenInference)',
      { 'llm.invocation_parameters': '{"model":"gpt-5"}', 'llm.model_name': 'gpt-5-2025' },
      { requestModel: 'gpt-5', responseModel: 'gpt-5-2025' },
    ],
    [
      'the first name that is not empty',
      { 'gen_ai.request.model': '', 'llm.request.model': 'gpt-5' },
      { requestModel: 'gpt-5' },
    ],
    [
      'nothing of a text that is no JSON',
      { 'langfuse.observation.usage_details': '{"input":', 'ai.schema': 'none' },
      { inputTokens: undefined, schemaFingerprint: undefined },
    ],
  ])('says %s', (_, attributes, said) => {
    expect(read({ attributes: { ...CHAT, ...attributes } })).toMatchObject(said);
  });

  it.each([
    { 'gen_ai.request.structured_output_schema': SCHEMA },
    { 'ai.schema': SCHEMA },
    { 'llm.invocation_parameters': JSON.stringify({ response_format: FORMAT }) },
    { 'langfuse.observation.metadata.response_format': JSON.stringify(FORMAT) },
  ])('has one fingerprint for its schema, whoever recorded it: %o', (attributes) => {
    const { schemaFingerprint } = read({ attributes: { ...CHAT, ...attributes } }) ?? {};
    expect(schemaFingerprint).toBe(read({ attributes: { ...CHAT, 'ai.schema': SCHEMA } })?.schemaFingerprint);
    expect(schemaFingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each<[string, Said, string]>([
    ['success by its finish reason', { attributes: { 'gen_ai.response.finish_reasons': ['stop'] } }, 'success'],
    ['success by its status, where it has no finish reason', { attributes: {}, statusCode: 1 }, 'success'],
    ['success where nothing speaks of an end or an error', { attributes: {} }, 'success'],
    [
      'unknown where a reason stands there and is empty',
      { attributes: { 'gen_ai.response.finish_reasons': [] } },
      'unknown',
    ],
    ['unknown by a status that nobody knows', { attributes: {}, statusCode: 7 }, 'unknown'],
    [
      'unknown where the dialect names a reason for every answer, and none here',
      { attributes: { 'ai.operationId': 'ai.streamText.doStream', 'gen_ai.response.model': 'gpt-5' } },
      'unknown',
    ],
    [
      'unknown by a word that nobody knows, whatever else it says',
      { attributes: { 'gen_ai.response.finish_reasons': ['moon'], 'gen_ai.response.model': 'gpt-5' }, statusCode: 1 },
      'unknown',
    ],
    ['error', { attributes: {}, statusCode: 2 }, 'error'],
    ['error by its type alone', { attributes: { 'error.type': 'RateLimitError' } }, 'error'],
    ['error by level (Langfuse)', { attributes: { 'langfuse.observation.level': 'ERROR' } }, 'error'],
    ['timeout', { attributes: { 'error.type': 'openai.APITimeoutError' }, statusCode: 2 }, 'timeout'],
    ['cancelled', { attributes: { 'error.type': 'AbortError' }, statusCode: 2 }, 'cancelled'],
    [
      'schema_invalid by an exception',
      { attributes: {}, statusCode: 2, exceptionType: 'pydantic_core._pydantic_core.ValidationError' },
      'schema_invalid',
    ],
    [
      'success with an exception that was handled',
      { attributes: {}, exceptionType: 'ValueError', statusCode: 1 },
      'success',
    ],
    ['refused', { attributes: { 'gen_ai.response.finish_reasons': ['content_filter'] } }, 'refused'],
    ['truncated (OpenLLMetry)', { attributes: { 'gen_ai.completion.0.finish_reason': 'length' } }, 'truncated'],
    [
      'truncated (LiteLLM, JSON in text)',
      { attributes: { 'gen_ai.response.finish_reasons': '["length"]' } },
      'truncated',
    ],
  ])('ended as %s', (_, { attributes, ...rest }, outcome) => {
    expect(read({ ...rest, attributes: { ...CHAT, ...attributes } })?.outcome).toBe(outcome);
  });
});

describe('a list of finish reasons as text', () => {
  const reasons = (text: string) => ({ attributes: { ...CHAT, 'gen_ai.response.finish_reasons': text } });
  it.each([
    ['["stop"]', 'success'],
    ["['stop']", 'success'],
    ['[STOP]', 'success'],
    ['["stop", "length"]', 'truncated'],
    ["['stop', 'content_filter']", 'refused'],
    ["[<FinishReason.MAX_TOKENS: 'MAX_TOKENS'>]", 'truncated'],
    ['[stop, ponder]', 'unknown'],
    ['[]', 'unknown'],
    ['[null]', 'unknown'],
  ])('%s: %s', (text, outcome) => {
    expect(read(reasons(text))?.outcome).toBe(outcome);
  });

  it('counts the worst of all choices, where each has an attribute of its own', () => {
    const choice = (index: number, word: string) => ({ [`gen_ai.completion.${index}.finish_reason`]: word });
    const call = { 'llm.request.type': 'chat', ...choice(0, 'stop') };
    expect(read({ attributes: call })?.outcome).toBe('success');
    expect(read({ attributes: { ...call, ...choice(1, 'length') } })?.outcome).toBe('truncated');
    expect(read({ attributes: { ...call, ...choice(2, 'ponder') } })?.outcome).toBe('unknown');
  });
});
