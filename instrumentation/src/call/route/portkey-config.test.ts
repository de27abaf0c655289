/** Portkey's configs, and the ladders that are in them. */
import { expect, test } from 'vitest';
import { portkeyLadders } from './portkey-config.ts';

const model = (name: string, rest: object = {}) => ({ override_params: { model: name }, ...rest });
const fallback = (...targets: readonly object[]) => ({ strategy: { mode: 'fallback' }, targets });
const balanced = (...targets: readonly object[]) => ({ strategy: { mode: 'loadbalance' }, targets });

/** `primary: name at path, ...` of each ladder. */
function found(config: object, asked: string | undefined = 'asked'): readonly string[] {
  return portkeyLadders(JSON.stringify(config), asked).map(
    ({ primary, names, paths }) => `${primary}: ${names.map((name, rank) => `${name} at ${paths[rank]}`).join(', ')}`,
  );
}

const [A, B, C] = [model('a'), model('b'), model('c')];

test.each<[string, object, readonly string[]]>([
  ['a list', fallback(A, B), ['a: a at config.targets[0], b at config.targets[1]']],
  [
    'the request’s model where a target has none',
    fallback({ provider: 'openai' }, B),
    ['asked: asked at config.targets[0], b at config.targets[1]'],
  ],
  [
    'the model of the strategy around',
    fallback({ ...balanced({ provider: 'x' }, { provider: 'y' }), ...model('a') }, B),
    ['a: a at config.targets[0], b at config.targets[1]'],
  ],
  [
    'a balanced group as one target',
    fallback(balanced(A, A), B),
    ['a: a at config.targets[0], b at config.targets[1]'],
  ],
  [
    'a balanced group of two models',
    fallback(balanced(A, C), B),
    ['a | c: a | c at config.targets[0], b at config.targets[1]'],
  ],
  [
    'a list in a list as part of it',
    fallback(fallback(A, B), C),
    ['a: a at config.targets[0].targets[0], b at config.targets[0].targets[1], c at config.targets[1]'],
  ],
  [
    'a list in each balanced group as one of its own',
    balanced(fallback(A, B), fallback(C, B)),
    [
      'a: a at config.targets[0].targets[0], b at config.targets[0].targets[1]',
      'c: c at config.targets[1].targets[0], b at config.targets[1].targets[1]',
    ],
  ],
  [
    'lists that begin alike, told apart by the place of the first target',
    balanced(fallback({ ...A, provider: 'x' }, B), fallback({ ...A, provider: 'y' }, B)),
    [
      'a (x): a at config.targets[0].targets[0], b at config.targets[0].targets[1]',
      'a (y): a at config.targets[1].targets[0], b at config.targets[1].targets[1]',
    ],
  ],
  ['none in load balancing', balanced(A, B), []],
  ['none of one target', fallback(A), []],
  ['none without a strategy', A, []],
])('holds %s', (_what, config, expected) => {
  expect(found(config)).toEqual(expected);
});

test.each<[string, readonly object[], readonly string[]]>([
  ['provider', [{ provider: 'openai' }, { provider: 'azure-openai' }], ['m (openai)', 'm (azure-openai)']],
  [
    'host',
    [{ custom_host: 'https://user:secret@a.example/v1' }, { custom_host: 'https://b.example/v1' }],
    ['m (a.example)', 'm (b.example)'],
  ],
  ['port', [{ custom_host: 'http://h:1/v1' }, { custom_host: 'http://h:2/v1' }], ['m (h:1)', 'm (h:2)']],
  [
    'region',
    [
      { provider: 'bedrock', aws_region: 'eu-west-1' },
      { provider: 'bedrock', aws_region: 'us-east-1' },
    ],
    ['m (eu-west-1)', 'm (us-east-1)'],
  ],
  [
    'number, where only the key differs',
    [{ api_key: 'sk-1' }, { api_key: 'sk-2' }, { virtual_key: 'team-3' }],
    ['m', 'm #2', 'm #3'],
  ],
])('targets of one model are told apart by %s', (_what, targets, names) => {
  expect(portkeyLadders(JSON.stringify(fallback(...targets)), 'm')[0]?.names).toEqual(names);
});

test('no key becomes a name, whatever else is missing', () => {
  const config = fallback(
    { virtual_key: 'vk-secret' },
    { api_key: 'sk-secret' },
    { virtual_key: 'vk-secret', provider: 'openai' },
  );
  expect(JSON.stringify(portkeyLadders(JSON.stringify(config), undefined))).not.toContain('secret');
  expect(portkeyLadders(JSON.stringify(config), undefined)[0]?.names).toEqual(['target-0', 'target-1', 'openai']);
});

test.each<[string, object, boolean]>([
  ['any failure', fallback(A, B), true],
  ['statuses of failures', { ...fallback(A, B), strategy: { mode: 'fallback', on_status_codes: [429, 500] } }, true],
  ['a guardrail’s verdict', { ...fallback(A, B), strategy: { mode: 'fallback', on_status_codes: [246, 500] } }, false],
  [
    'a guardrail’s verdict in the inner list',
    fallback({ ...fallback(A, B), strategy: { mode: 'fallback', onStatusCodes: [446] } }, C),
    false,
  ],
  ['a breaker', fallback({ ...A, cb_config: { failure_threshold: 3 } }, B), false],
])('a target is passed only after it failed where the list goes on after %s', (_what, config, strict) => {
  expect(portkeyLadders(JSON.stringify(config), 'm')[0]?.strict).toBe(strict);
});

test.each([['pc-fallback-3f2a'], ['{"strategy":'], ['[]'], [''], [`{"x":"${'y'.repeat(70_000)}"}`]])(
  'what is no config holds none (%#)',
  (text) => {
    expect(portkeyLadders(text, 'm')).toEqual([]);
  },
);

test('a config without end is read up to a depth and a length', () => {
  let deep: object = fallback(A, B);
  for (let depth = 0; depth < 50; depth++) deep = balanced(deep, A);
  expect(found(deep)).toEqual([]);
  const [long] = portkeyLadders(
    JSON.stringify(fallback(...Array.from({ length: 99 }, (_, index) => model(`m${index}`)))),
    'm',
  );
  expect(long?.names).toHaveLength(16);
});
