/** Gateways told of in more ways than `gateways.json` has: their errors, streams and lists, through the real client. */
import { answer, raw, type Step } from '@warmspare/providers';
import { ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES, ATTR_LLM_FALLBACK_ROUTE_TYPE } from '@warmspare/semconv';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Behind, behindGateway, caseText, PAST_PRIMARY } from './gateway-case.ts';

let gateway: Behind;

beforeAll(async () => {
  gateway = await behindGateway();
});
afterAll(() => gateway.close());
beforeEach(() => gateway.recorded.reset());

const LITELLM_ERROR = { 'x-litellm-call-id': 'f79509f7', 'x-litellm-response-cost': '0' };

function litellmError(message: string): Step {
  return raw({
    status: 500,
    headers: LITELLM_ERROR,
    body: JSON.stringify({ error: { message, type: null, code: '500' } }),
  });
}

test.each<[string, string, readonly string[]]>([
  [
    'of several it does not tell which one ended like that',
    "litellm.InternalServerError: no\n\nLiteLLM: model group 'three' failed with the error above. Fallback to b, c also failed: litellm.RateLimitError: no",
    [
      'litellm:three / three primary 0 error 500',
      'litellm:three / b fallback - error _OTHER',
      'litellm:three / c fallback - error _OTHER',
    ],
  ],
  [
    'versions before 1.100 wrote it in lines',
    "litellm.InternalServerError: no. Received Model Group=three\nAvailable Model Group Fallbacks=['b']\nError doing the fallback: litellm.Timeout: late",
    ['litellm:three / three primary 0 error 500', 'litellm:three / b fallback - timeout Timeout'],
  ],
])('LiteLLM names the fallbacks that failed, too: %s', async (_what, message, expected) => {
  await gateway.ask({ model: 'three' }, {}, litellmError(message));
  expect(gateway.attempts()).toEqual(expected);
});

test.each<[string, string]>([
  [
    'no fallback was tried',
    'litellm.InternalServerError: no. Received Model Group=gone\nAvailable Model Group Fallbacks=None',
  ],
  [
    'it is of another group',
    "no\n\nLiteLLM: model group 'other' failed with the error above. Fallback to b also failed: no",
  ],
  ['a prompt says something like it', 'You said: Fallback to b also failed: litellm.RateLimitError'],
])('a message that names none is no word of a fallback: %s', async (_what, message) => {
  await gateway.ask({ model: 'gone' }, {}, litellmError(message));
  expect(gateway.attempts()).toEqual([' /   - error 500']);
});

test('a LiteLLM stream that a fallback goes on with is the fallback’s, and the primary’s failure', async () => {
  const headers = {
    'content-type': 'text/event-stream',
    'x-litellm-attempted-fallbacks': '0',
    'x-litellm-model-group': 'defl',
  };
  const body = caseText('litellm-midstream-fallback.sse');
  await gateway.ask({ model: 'defl', stream: true }, {}, raw({ status: 200, headers, body }));
  expect(gateway.attempts()).toEqual([
    'litellm:defl / gpt-4.1-mini fallback - success',
    `litellm:defl / defl ${PAST_PRIMARY}`,
  ]);
  gateway.recorded.reset();
  // Of no known gateway.
  const { 'content-type': type } = headers;
  await gateway.ask({ model: 'defl', stream: true }, {}, raw({ status: 200, headers: { 'content-type': type }, body }));
  expect(gateway.attempts()).toEqual([' /   - success']);
});

test('once a gateway showed that a model has fallbacks, its rung 0 is their primary; before, of nothing', async () => {
  const primary = { 'x-litellm-attempted-fallbacks': '0', 'x-litellm-model-group': 'chat' };
  await gateway.ask({ model: 'chat' }, {}, answer({ headers: primary, model: 'chat' }));
  const fell = { 'x-litellm-attempted-fallbacks': '1', 'x-litellm-model-group': 'spare' };
  await gateway.ask({ model: 'chat' }, {}, answer({ headers: fell, model: 'spare' }));
  await gateway.ask({ model: 'chat' }, {}, answer({ headers: primary, model: 'chat' }));
  expect(gateway.recorded.spans().map(({ attributes }) => attributes[ATTR_LLM_FALLBACK_ROUTE_TYPE])).toEqual([
    undefined,
    'fallback',
    'primary',
  ]);
});

const target = (model: string) => ({ override_params: { model } });
const PORTKEY_TARGETS = [
  { strategy: { mode: 'fallback' }, targets: [target('gpt-5'), target('o3')] },
  { strategy: { mode: 'fallback' }, targets: [target('o4'), target('o3')] },
  target('gpt-5'),
];
const PORTKEY_NESTED = {
  'x-portkey-config': JSON.stringify({ strategy: { mode: 'loadbalance' }, targets: PORTKEY_TARGETS }),
};

test.each<[string, string, string, readonly string[]]>([
  [
    'the first list',
    'config.targets[0].targets[1]',
    'o3',
    ['portkey:gpt-5 / o3 fallback 1 success', `portkey:gpt-5 / gpt-5 ${PAST_PRIMARY}`],
  ],
  [
    'the second list',
    'config.targets[1].targets[1]',
    'o3',
    ['portkey:o4 / o3 fallback 1 success', `portkey:o4 / o4 ${PAST_PRIMARY}`],
  ],
  ['the second list’s primary', 'config.targets[1].targets[0]', 'o4', ['portkey:o4 / o4 primary 0 success']],
  ['a target beside the lists', 'config.targets[2]', 'gpt-5', [' /   - success']],
  ['a place that begins like another', 'config.targets[1].targets[10]', 'o3', [' /   - success']],
])('lists of fallbacks below load balancing are chains of their own: %s', async (_what, path, model, expected) => {
  const headers = { 'x-portkey-last-used-option-index': path };
  await gateway.ask({}, PORTKEY_NESTED, answer({ headers, model }));
  expect(gateway.attempts()).toEqual(expected);
  const [first] = expected;
  const announced = gateway.recorded.span().attributes[ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES];
  expect(announced).toEqual(first?.startsWith('portkey:') === true ? [first.slice(8).split(' ')[0], 'o3'] : undefined);
});

test('a model that load balancing took from beside the only list is not the list’s', async () => {
  const [list] = PORTKEY_TARGETS;
  const config = { strategy: { mode: 'loadbalance' }, targets: [list, { override_params: { model: 'gpt-5' } }] };
  const headers = { 'x-portkey-last-used-option-index': 'config.targets[1]' };
  await gateway.ask({}, { 'x-portkey-config': JSON.stringify(config) }, answer({ headers, model: 'gpt-5' }));
  expect(gateway.recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_ROUTE_TYPE]);
});

const OPENROUTER = { models: ['claude-haiku-4-5', 'mistral-large'] };

test('OpenRouter’s error is that of the last of its models, where a provider gave it', async () => {
  const failure = (metadata: object): Step =>
    raw({ status: 502, body: JSON.stringify({ error: { code: 502, message: 'Provider returned error', metadata } }) });
  await gateway.ask(OPENROUTER, {}, failure({ provider_name: 'Mistral', raw: 'overloaded' }));
  expect(gateway.attempts()).toEqual([
    'openrouter:gpt-5 / mistral-large fallback 2 error 502',
    `openrouter:gpt-5 / gpt-5 ${PAST_PRIMARY}`,
    'openrouter:gpt-5 / claude-haiku-4-5 fallback 1 error _OTHER',
  ]);
  gateway.recorded.reset();
  await gateway.ask(OPENROUTER, {}, failure({}));
  expect(gateway.attempts()).toEqual(['openrouter:gpt-5 / gpt-5 primary 0 error 502']);
  gateway.recorded.reset();
  // A list that another gateway was given.
  await gateway.ask({ fallbacks: ['o3'] }, {}, failure({ provider_name: 'OpenAI' }));
  expect(gateway.attempts()).toEqual(['litellm:gpt-5 / gpt-5 primary 0 error 502']);
});

test('where a declared fallback served, the primary had failed; what lies between may have been passed over', async () => {
  await gateway.ask(OPENROUTER, {}, answer({ model: 'mistral-large-2411' }));
  expect(gateway.attempts()).toEqual([
    'openrouter:gpt-5 / mistral-large fallback 2 success',
    `openrouter:gpt-5 / gpt-5 ${PAST_PRIMARY}`,
  ]);
});

test('ngrok names whose error it hands on', async () => {
  const headers = { 'ngrok-aig-attempts': '2', 'ngrok-aig-model': 'claude-haiku-4-5' };
  await gateway.ask({ models: ['claude-haiku-4-5'] }, {}, raw({ status: 503, headers, body: '{}' }));
  expect(gateway.attempts()).toEqual([
    'openrouter:gpt-5 / claude-haiku-4-5 fallback 1 error 503',
    `openrouter:gpt-5 / gpt-5 ${PAST_PRIMARY}`,
  ]);
});

test('a TensorZero variant is no route', async () => {
  const model = 'tensorzero::function_name::summarize';
  await gateway.ask({ model }, {}, answer({ model: `${model}::variant_name::fallback` }));
  expect(gateway.attempts()).toEqual([' /   - success']);
});
