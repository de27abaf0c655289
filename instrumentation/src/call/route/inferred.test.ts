/** Hand-written try/catch: when a call stands in for one that failed, and what is said of those before it. */
import { beforeEach, expect, test } from 'vitest';
import type { CallRequest } from '../../types/call.ts';
import { type Failure, failedRun, inferredFindings, noteFailure, settle } from './inferred.ts';

const HERE = { address: 'api.openai.com', port: 443 };
const CALL: CallRequest = {
  operation: 'chat',
  provider: 'openai',
  model: 'gpt-5',
  server: HERE,
  stream: false,
  outputType: undefined,
  schema: undefined,
  systemPrompt: undefined,
  signal: undefined,
};

let scope: object;
beforeEach(() => {
  scope = {};
});

type Change = Partial<CallRequest>;

/** A call that failed at `from` and took a second. */
function fails(change: Change = {}, from = 0, told = false): Failure {
  const request = { ...CALL, ...change };
  const failure: Failure = {
    request,
    began: from,
    ended: from + 1_000,
    outcome: 'error',
    reason: 'rate_limit',
    errorType: '429',
  };
  noteFailure(scope, failure, told);
  return failure;
}

/** `chain / target rank` of a call that ended well, then what it tells of others. */
function answered(change: Change = {}, from = 1_000, outcome: 'success' | 'error' = 'success'): string {
  const request = { ...CALL, ...change };
  const found = inferredFindings(failedRun(scope, request, from), { request, began: from, outcome });
  if (outcome === 'success') settle(scope, request, from, from + 1_000);
  if (found === undefined) return 'nothing';
  const { route, failed = [] } = found;
  const others = failed.map(({ target, rank, errorType }) => `${target} ${rank} ${errorType}`);
  return [`${route?.chain} / ${route?.target} ${route?.rank}`, ...others].join(', ');
}

test('a call of another model after a failed one is its fallback, and the failure is the primary’s', () => {
  const failure = fails();
  const request = { ...CALL, model: 'o3' };
  const found = inferredFindings(failedRun(scope, request, 3_000), { request, began: 3_000, outcome: 'success' });
  expect(found).toMatchObject({
    chain: 'inferred:gpt-5',
    announced: { names: ['gpt-5', 'o3'], types: ['primary', 'fallback'] },
    route: {
      type: 'fallback',
      source: 'inferred',
      target: 'o3',
      rank: 1,
      triggerReason: 'rate_limit',
      primaryErrorType: '429',
      failoverDuration: 3,
    },
    failed: [{ target: 'gpt-5', type: 'primary', rank: 0, outcome: 'error', began: 0, ended: 1_000 }],
  });
  expect(found?.failed?.[0]?.request).toBe(failure.request);
});

const schema = (name: string): object => ({ type: 'object', properties: { [name]: { type: 'string' } } });

test.each<[string, Change, Change]>([
  ['the operation', { operation: 'embeddings' }, {}],
  ['a completion of text for a chat', { operation: 'text_completion' }, {}],
  ['what is put out', { outputType: 'json' }, { outputType: 'text' }],
  ['the system prompt', { systemPrompt: 'Is it rude?' }, { systemPrompt: 'Describe it.' }],
  ['the output schema', { schema: schema('rude') }, { schema: schema('description') }],
  ['the chain that the user names', { chain: 'guard' }, { chain: 'describe' }],
])('another job is no fallback: %s differs', (_what, failed, next) => {
  fails({ model: 'gpt-5-nano', ...failed });
  expect(answered(next)).toBe('nothing');
});

test.each<[string, Change, Change]>([
  ['operations of one job', { operation: 'generate_content' }, {}],
  ['a prompt that only one has', { systemPrompt: 'Describe it.' }, {}],
  ['the same prompt', { systemPrompt: 'Describe it.' }, { systemPrompt: 'Describe it.' }],
  ['a schema that only one has', { schema: schema('a') }, {}],
  ['equal schemas', { schema: schema('a') }, { schema: schema('a') }],
  ['the same output', { outputType: 'json' }, { outputType: 'json' }],
])('the same job is one: %s', (_what, failed, next) => {
  fails({ model: 'gpt-5-nano', ...failed });
  expect(answered(next)).toBe('inferred:gpt-5-nano / gpt-5 1, gpt-5-nano 0 429');
});

test('the user’s name for the chain is its call site', () => {
  fails({ chain: 'summarize' });
  expect(answered({ chain: 'summarize', model: 'o3' })).toBe('inferred:summarize / o3 1, gpt-5 0 429');
});

test.each<[string, Change, string]>([
  ['the same', {}, 'nothing'],
  ['a snapshot', { model: 'gpt-5-2025-08-07' }, 'nothing'],
  ['another version', { model: 'gpt-4' }, 'inferred:gpt-5 / gpt-4 1, gpt-5 0 429'],
  [
    'the same at another provider',
    { provider: 'azure.ai.openai', server: { address: 'acme.openai.azure.com', port: 443 } },
    'inferred:gpt-5 / gpt-5 (azure.ai.openai) 1, gpt-5 (openai) 0 429',
  ],
  [
    'the same at another host',
    { server: { address: 'eu.api.openai.com', port: 443 } },
    'inferred:gpt-5 / gpt-5 (eu.api.openai.com) 1, gpt-5 (api.openai.com) 0 429',
  ],
  [
    'the same at another port',
    { server: { ...HERE, port: 8001 } },
    'inferred:gpt-5 / gpt-5 (api.openai.com:8001) 1, gpt-5 (api.openai.com:443) 0 429',
  ],
])('the model that answers is %s', (_what, next, expected) => {
  fails();
  expect(answered(next)).toBe(expected);
});

test('a model without a name is a fallback of no chain', () => {
  fails();
  expect(answered({ model: undefined })).toBe('undefined / undefined undefined');
});

test('every target that failed on the way has a rung, each once', () => {
  fails();
  fails({}, 1_000);
  fails({ model: 'o3' }, 2_000);
  expect(answered({ model: 'o4' }, 3_000)).toBe('inferred:gpt-5 / o4 2, gpt-5 0 429, o3 1 429');
});

test('a fallback that answers when it is tried again has not failed', () => {
  fails();
  fails({ model: 'o3' }, 1_000);
  expect(answered({ model: 'o3' }, 2_000)).toBe('inferred:gpt-5 / o3 1, gpt-5 0 429');
});

test('the primary that answers when it is tried again had no fallback, nor has what comes next', () => {
  fails();
  expect(answered({}, 1_000)).toBe('nothing');
  expect(answered({ model: 'o3' }, 2_000)).toBe('nothing');
});

test('what comes after the fallback stands in for nobody', () => {
  fails();
  expect(answered({ model: 'o3' }, 1_000)).toContain('o3 1');
  expect(answered({ model: 'o4' }, 2_000)).toBe('nothing');
});

test('a success of another job settles nothing', () => {
  fails({ systemPrompt: 'Describe it.' });
  expect(answered({ operation: 'embeddings', model: 'e' }, 1_000)).toBe('nothing');
  expect(answered({ systemPrompt: 'Is it rude?', model: 'o3' }, 1_500)).toBe('nothing');
  expect(answered({ systemPrompt: 'Describe it.', model: 'o3' }, 3_000)).toContain('o3 1');
});

test('calls side by side: one that began before the other had answered may stand in as well, the failure is told once', () => {
  fails();
  expect(answered({ model: 'o3' }, 1_000)).toBe('inferred:gpt-5 / o3 1, gpt-5 0 429');
  expect(answered({ model: 'o4' }, 1_500)).toBe('inferred:gpt-5 / o4 1');
});

test('a call beside the one that failed settles nothing', () => {
  fails();
  expect(answered({ model: 'o3' }, 500)).toBe('nothing');
  expect(answered({ model: 'o4' }, 2_000)).toBe('inferred:gpt-5 / o4 1, gpt-5 0 429');
});

test.each<[string, number, string]>([
  ['that began before the failure', 999, 'nothing'],
  ['that began when it failed', 1_000, 'inferred:gpt-5 / o3 1, gpt-5 0 429'],
  ['a minute later', 61_000, 'inferred:gpt-5 / o3 1, gpt-5 0 429'],
  ['later than a minute', 61_001, 'nothing'],
])('a call %s', (_when, from, expected) => {
  fails();
  expect(answered({ model: 'o3' }, from)).toBe(expected);
});

test('no scope, no fallback', () => {
  fails();
  scope = {};
  expect(answered({ model: 'o3' })).toBe('nothing');
  expect(failedRun(undefined, CALL, 2_000)).toBeUndefined();
});

test('two failures in a row show nothing; where the chain is known, each is its own target’s', () => {
  const chain = { chain: 'known' };
  fails(chain);
  expect(answered({ ...chain, model: 'o3' }, 1_000, 'error')).toBe('nothing');
  fails({ ...chain, model: 'o3' }, 1_000);
  expect(answered({ ...chain, model: 'o4' }, 2_000)).toBe('inferred:known / o4 2, gpt-5 0 429, o3 1 429');

  scope = {};
  fails(chain);
  expect(answered({ ...chain, model: 'o4' }, 1_000, 'error')).toBe('inferred:known / o4 1, gpt-5 0 429');
  fails({ ...chain, model: 'o4' }, 1_000, true);
  // Neither is told again by what comes next.
  expect(answered({ ...chain, model: 'o5' }, 2_000)).toBe('inferred:known / o5 2');
});

test('a scope keeps so many failures and no more', () => {
  for (let each = 0; each < 100; each++) fails({ model: `m${each}` }, each * 1_000);
  expect(answered({ model: 'last' }, 100_000)).toMatch(
    /^inferred:m0 \/ last 16, m0 0 429, .*, m14 14 429, m99 15 429$/,
  );
  for (let each = 0; each < 100; each++) fails({ systemPrompt: `${each}` });
  expect(answered({ systemPrompt: '0', model: 'o3' })).toBe('nothing');
  expect(answered({ systemPrompt: '99', model: 'o3' })).toContain('o3');
});
