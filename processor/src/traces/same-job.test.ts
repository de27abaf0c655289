/** A failed call, then one that answered under the same parent: what makes them one job, and what makes them two targets. */
import { ATTR_GEN_AI_OPERATION_NAME, ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { start, T0, type World } from '../testdata/world.ts';
import { type CallFacts, call, PAIR, rowsOf, type SpanFacts, shown } from './testdata/calls.ts';

type Attributes = CallFacts['attributes'];

const failed = (attributes: Attributes = {}, model = 'gpt-5'): SpanFacts => call(model, { failed: '503', attributes });
const answered = (attributes: Attributes = {}, model = 'claude-haiku-4-5'): SpanFacts =>
  call(model, { from: 2, attributes });

const PROMPT = 'llm_fallback.prompt.fingerprint';
const OUTPUT = 'gen_ai.output.type';

describe('it is a fallback', () => {
  it.each<[string, Attributes, Attributes]>([
    ['by another word for the operation', { [ATTR_GEN_AI_OPERATION_NAME]: 'generate_content' }, {}],
    ['where one of them says what it puts out', { [OUTPUT]: 'json' }, {}],
    ['where one of them has a schema', { [ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT]: 'a1' }, {}],
    ['where one of them has a known prompt', { [PROMPT]: 'a1' }, {}],
    ['where one of them names its site', { 'ai.telemetry.functionId': 'title' }, {}],
    [
      'by one version of one prompt',
      { 'gen_ai.prompt.name': 'p', [PROMPT]: 'a1' },
      { 'gen_ai.prompt.name': 'p', [PROMPT]: 'b2' },
    ],
    ['by sites of two kinds', { 'ai.telemetry.functionId': 'answer' }, { 'traceloop.workflow.name': 'tickets' }],
    ['by agents without a name of their own', { 'gen_ai.agent.name': 'agent' }, { 'gen_ai.agent.name': 'agent' }],
  ])('%s', async (_, one, other) => {
    const rows = await shown([failed(one), answered(other)]);
    expect(rows.map((row) => row.replace(/inferred:\S+/, 'inferred:gpt-5'))).toEqual(PAIR);
  });

  it.each<[string, Attributes, Attributes, string, string]>([
    [
      'Anthropic fails, Bedrock answers with the same model',
      { 'gen_ai.provider.name': 'anthropic' },
      { 'gen_ai.provider.name': 'aws.bedrock' },
      'claude-haiku-4-5 (anthropic)',
      'claude-haiku-4-5 (aws.bedrock)',
    ],
    [
      'one region fails, another one answers',
      { 'gen_ai.provider.name': 'aws.bedrock', 'server.address': 'bedrock-runtime.us-east-1.amazonaws.com' },
      { 'gen_ai.provider.name': 'aws.bedrock', 'server.address': 'bedrock-runtime.eu-west-1.amazonaws.com' },
      'claude-haiku-4-5 (bedrock-runtime.us-east-1.amazonaws.com)',
      'claude-haiku-4-5 (bedrock-runtime.eu-west-1.amazonaws.com)',
    ],
    [
      'one port fails, another one answers',
      { 'server.address': '127.0.0.1', 'server.port': 8001 },
      { 'server.address': '127.0.0.1', 'server.port': 8002 },
      'claude-haiku-4-5 (127.0.0.1:8001)',
      'claude-haiku-4-5 (127.0.0.1:8002)',
    ],
    [
      'a deployment of LiteLLM’s library fails, one at another host answers',
      { 'llm.invocation_parameters': '{"api_base":"https://us.example/v1"}' },
      { 'llm.invocation_parameters': '{"api_base":"https://eu.example/v1"}' },
      'claude-haiku-4-5 (us.example)',
      'claude-haiku-4-5 (eu.example)',
    ],
  ])('%s', async (_, one, other, primary, fallback) => {
    const model = 'claude-haiku-4-5';
    const spans = [failed(one, model), answered(other, model)];
    const rows = [`inferred:${model} / ${primary} primary 0 0,1`, `inferred:${model} / ${fallback} fallback 1 1,0`];
    expect(await shown(spans)).toEqual(rows);
    expect(await shown(...spans.toReversed().map((span) => [span]))).toEqual(rows);
  });
});

describe('it is a retry', () => {
  it.each<[string, Attributes, Attributes]>([
    [
      'of a client that spells the provider in its own way',
      { 'gen_ai.system': 'az.ai.openai' },
      { 'gen_ai.system': 'azure.ai.openai' },
    ],
    ['by another API of the provider', { 'gen_ai.system': 'openai.responses' }, { 'gen_ai.system': 'openai.chat' }],
    ['where only one of them names its host', { 'server.address': 'api.openai.com' }, {}],
  ])('%s', async (_, one, other) => {
    expect(await shown([failed(one), answered(other, 'gpt-5')])).toEqual([]);
  });
});

describe('it is another job', () => {
  it.each<[string, Attributes, Attributes]>([
    ['that puts out an image', { [OUTPUT]: 'image' }, { [OUTPUT]: 'text' }],
    [
      'with another schema',
      { [ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT]: 'a1' },
      { [ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT]: 'b2' },
    ],
    ['of another agent', { 'gen_ai.agent.name': 'title' }, { 'gen_ai.agent.name': 'answer' }],
    ['of another workflow', { 'gen_ai.workflow.name': 'title' }, { 'gen_ai.workflow.name': 'answer' }],
    ['of another function', { 'ai.telemetry.functionId': 'title' }, { 'ai.telemetry.functionId': 'answer' }],
    [
      'by another version of a prompt',
      { 'gen_ai.prompt.version': '1', [PROMPT]: 'a1' },
      { 'gen_ai.prompt.version': '2', [PROMPT]: 'a1' },
    ],
    ['that makes speech', { [ATTR_GEN_AI_OPERATION_NAME]: 'speech' }, {}],
  ])('%s', async (_, one, other) => {
    expect(await shown([failed(one), answered(other)])).toEqual([]);
  });

  it('what failed is still to be done when another job was done', async () => {
    const moderation = { [ATTR_GEN_AI_OPERATION_NAME]: 'moderation' };
    const rows = await shown([
      failed(moderation, 'omni-moderation'),
      answered({}, 'gpt-5'),
      call('mistral-moderation', { from: 4, attributes: moderation }),
    ]);
    expect(rows).toEqual([
      'inferred:omni-moderation / omni-moderation primary 0 0,1',
      'inferred:omni-moderation / mistral-moderation fallback 1 1,0',
    ]);
  });
});

describe('a call of LiteLLM', () => {
  const of = (group: string, id: string, more: Attributes = {}): Attributes => ({
    [ATTR_GEN_AI_OPERATION_NAME]: 'acompletion',
    'litellm.model_group': group,
    'litellm.call_id': id,
    ...more,
  });
  const proxy = { 'metadata.user_api_key_hash': '88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b' };

  it.each<[string, Attributes, Attributes]>([
    ['for another group in one request to the proxy', of('one', 'r1', proxy), of('two', 'r1', proxy)],
    ['for another group in the library, which has one id a target', of('one', 't1'), of('two', 't2')],
  ])('%s is a fallback', async (_, one, other) => {
    expect(await shown([failed(one), answered(other)])).toEqual([
      'inferred:one / one primary 0 0,1',
      'inferred:one / two fallback 1 1,0',
    ]);
  });

  it.each<[string, Attributes, Attributes]>([
    ['for the same group, by another deployment', of('one', 'r1', proxy), of('one', 'r1', proxy)],
    ['for the same group in the library', of('one', 't1'), of('one', 't2')],
    ['for another group in another request to the proxy', of('one', 'r1', proxy), of('two', 'r2', proxy)],
  ])('%s is none', async (_, one, other) => {
    expect(await shown([failed(one), answered(other)])).toEqual([]);
  });
});

describe('a possible fallback', () => {
  const possible = async (...spans: readonly SpanFacts[]): Promise<[World, unknown[]]> => {
    const world = await start();
    await world.send(T0 + 60_000, ...spans);
    await world.rest();
    const listed = world.snapshot().unassigned.filter(({ insteadOf }) => insteadOf !== undefined);
    return [world, listed.map(({ requestModel, insteadOf, calls }) => [requestModel, insteadOf, calls])];
  };

  it('is listed where only the prompt says that it did another job, and makes no row', async () => {
    const [world, listed] = await possible(failed({ [PROMPT]: 'a1' }), answered({ [PROMPT]: 'b2' }));
    expect(listed).toEqual([['claude-haiku-4-5', 'gpt-5', 1]]);
    expect(rowsOf(world)).toEqual([]);
    const next = await start({ from: world.store });
    expect(next.snapshot().unassigned).toEqual(world.snapshot().unassigned);
  });

  it.each<[string, readonly SpanFacts[]]>([
    [
      'the job differs, too',
      [failed({ [PROMPT]: 'a1', [OUTPUT]: 'json' }), answered({ [PROMPT]: 'b2', [OUTPUT]: 'text' })],
    ],
    ['the model works elsewhere', [failed({ [PROMPT]: 'a1' }), answered({ [PROMPT]: 'b2' }, 'gpt-5')]],
    [
      'it failed, too',
      [failed({ [PROMPT]: 'a1' }), call('o3', { from: 2, failed: true, attributes: { [PROMPT]: 'b2' } })],
    ],
    [
      'it began before the other one failed',
      [failed({ [PROMPT]: 'a1' }), call('o3', { from: 0.5, attributes: { [PROMPT]: 'b2' } })],
    ],
    [
      'the same was tried again and worked',
      [
        failed({ [PROMPT]: 'a1' }),
        answered({ [PROMPT]: 'b2' }),
        call('gpt-5', { from: 4, attributes: { [PROMPT]: 'a1' } }),
      ],
    ],
  ])('is none where %s', async (_, spans) => {
    expect(await possible(...spans)).toEqual([expect.anything(), []]);
  });

  it('is none where a call with the same prompt did the job after it', async () => {
    const [world, listed] = await possible(
      failed({ [PROMPT]: 'a1' }),
      answered({ [PROMPT]: 'b2' }, 'o3'),
      call('claude-haiku-4-5', { from: 4, attributes: { [PROMPT]: 'a1' } }),
    );
    expect(listed).toEqual([]);
    expect(rowsOf(world)).toEqual(PAIR);
  });
});
