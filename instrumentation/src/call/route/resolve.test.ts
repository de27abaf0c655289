/** Which evidence has the credit, and that none has it where evidence contradicts itself. */
import { expect, test } from 'vitest';
import type { GatewaySaid } from '../../gateways/gateway.ts';
import type { CallAnswer, CallRequest } from '../../types/call.ts';
import { declarationsIn, mayDeclare } from './declarations.ts';
import { resolveRoute } from './resolve.ts';
import type { Findings } from './route.ts';

const read = (body: unknown, library = 'openai') =>
  declarationsIn({ body, header: () => undefined, host: undefined, library, middleware: [] })[0];

const DECLARED = read({ model: 'gpt-5', models: ['claude-haiku-4-5', 'mistral-large'] });
const REQUEST: CallRequest = {
  operation: 'chat',
  provider: 'openai',
  model: 'gpt-5',
  server: { address: 'here', port: 443 },
  stream: false,
  outputType: undefined,
  schema: undefined,
  systemPrompt: undefined,
  signal: undefined,
};
const INFERRED: Findings = { route: { type: 'fallback', source: 'inferred' } };

interface Case {
  /** The model that the answer names; undefined where the client threw. */
  readonly model?: string;
  readonly answer?: Partial<CallAnswer>;
  readonly said?: Omit<GatewaySaid, 'gateway'>;
  readonly declared?: CallRequest['declared'];
  readonly inferred?: Findings;
}

/** `source type target rank`, then the targets that failed. */
function found({ model, answer, said, declared, inferred }: Case): string {
  const { route, failed = [] } = resolveRoute({
    request: { ...REQUEST, ...(declared && { declared }) },
    answer: model === undefined && answer === undefined ? undefined : { complete: true, model, ...answer },
    said: said && { gateway: 'test', ...said },
    inferred,
  });
  const others = failed.map(({ target, outcome }) => `${target} ${outcome}`);
  const own = route && `${route.source} ${route.type} ${route.target ?? '-'} ${route.rank ?? '-'}`;
  return [own ?? 'nobody', ...others].join(', ');
}

const declared = DECLARED;
const CLAUDE = read({ model: 'claude-opus-4-5', fallbacks: [{ model: 'claude-haiku-4-5' }] }, 'anthropic');
/** Two targets that serve one model. */
const TWINS = DECLARED && { ...DECLARED, names: ['a', 'b', 'c'], models: [['gpt-5'], ['gpt-5'], ['o3']] };

test.each<[string, Case, string]>([
  [
    'the provider',
    { model: 'claude-haiku-4-5', answer: { servedBy: 'fallback' }, declared: CLAUDE },
    'provider fallback claude-haiku-4-5 1, claude-opus-4-5 refused',
  ],
  [
    "a gateway's rung",
    { model: 'mistral-large-2411', said: { rung: 2, served: 'mistral-large-2411' }, declared },
    'gateway fallback mistral-large 2',
  ],
  [
    "a gateway's rung without a name",
    { model: 'x', said: { rung: 1 }, declared },
    'gateway fallback claude-haiku-4-5 1',
  ],
  ["a gateway's rung 0", { model: 'gpt-5', said: { rung: 0 }, declared }, 'gateway primary gpt-5 0'],
  [
    "a gateway's name",
    { model: 'x', said: { fallback: true, served: 'mistral-large' }, declared },
    'gateway fallback mistral-large 2',
  ],
  [
    'a name that only the gateway knows',
    { model: 'x', said: { fallback: true, served: 'o3' }, declared },
    'gateway fallback o3 -',
  ],
  ['the model', { model: 'claude-haiku-4-5-20251001', declared }, 'declared fallback claude-haiku-4-5 1, gpt-5 error'],
  ['the model of the primary', { model: 'gpt-5-2025-08-07', declared }, 'declared primary gpt-5 0'],
  [
    'the model that a gateway names',
    { model: 'gpt-5', said: { served: 'mistral-large' }, declared },
    'declared fallback mistral-large 2, gpt-5 error',
  ],
  ['a failure before', { model: 'o3', inferred: INFERRED }, 'inferred fallback - -'],
  ['no evidence', { model: 'o3' }, 'nobody'],
  [
    "a cache, which is no target's",
    { model: 'claude-haiku-4-5', said: { cache: 'exact', rung: 1 }, declared },
    'gateway cache - -',
  ],
])('%s has the word', (_what, given, expected) => {
  expect(found(given)).toBe(expected);
});

test.each<[string, Case]>([
  [
    'the provider says fallback, the model is the primary',
    { model: 'claude-opus-4-5', answer: { servedBy: 'fallback' }, declared: CLAUDE },
  ],
  [
    'the rung is a fallback, the model the primary',
    { model: 'gpt-5', said: { rung: 1, served: 'gpt-5-2025-08-07' }, declared },
  ],
  ['the rung is one fallback, the model another', { model: 'x', said: { rung: 1, served: 'mistral-large' }, declared }],
  [
    'the rung is the primary, the model a fallback',
    { model: 'x', said: { rung: 0, served: 'claude-haiku-4-5' }, declared },
  ],
  ['the rung is none of the list', { model: 'x', said: { rung: 3 }, declared }],
  ['a fallback, and no name', { model: 'x', said: { fallback: true }, declared }],
  ['a fallback, and the name of the primary', { model: 'x', said: { fallback: true, served: 'gpt-5' }, declared }],
  ['a rung below, and the name that was asked for', { model: 'gpt-5', said: { rung: 1, served: 'gpt-5' } }],
  ['signs that were stripped', { model: 'claude-haiku-4-5', said: { unclear: true }, declared }],
  ['a model that two targets serve', { model: 'gpt-5', declared: TWINS }],
  ['a model that no target serves', { model: 'o1', declared }],
  ['a stream that changed hands', { model: 'gpt-5', answer: { changedModel: true }, declared }],
  [
    'a stream that changed hands to whom nobody declared',
    { model: 'o1', answer: { changedModel: true }, inferred: INFERRED },
  ],
  [
    'headers of a stream that changed hands',
    { model: 'gpt-5', answer: { changedModel: true }, said: { rung: 0 }, declared },
  ],
])('nobody has the credit: %s', (_what, given) => {
  expect(found(given)).toBe('nobody');
});

test.each<[string, Case, string]>([
  [
    'a stream that a declared fallback went on with is that one’s',
    { model: 'mistral-large', answer: { changedModel: true }, declared },
    'declared fallback mistral-large 2, gpt-5 error',
  ],
  [
    'two targets of one model are told apart by the rung',
    { model: 'gpt-5', said: { rung: 1, served: 'gpt-5' }, declared: TWINS },
    'gateway fallback b 1',
  ],
  [
    'a single fallback needs no name',
    { model: 'x', said: { fallback: true }, declared: read({ model: 'gpt-5', models: ['o3'] }) },
    'gateway fallback o3 1',
  ],
  [
    'without a declaration, what a rung is called is its name',
    { model: 'o3', said: { rung: 2, served: 'o3' } },
    'gateway fallback o3 2',
  ],
  [
    'nor is a fallback without a place put at one',
    { model: 'o3', said: { fallback: true, served: 'o3' } },
    'gateway fallback o3 -',
  ],
  [
    'a name that is written out goes before one that means the same',
    { model: 'azure/gpt-5', declared: read({ model: 'gpt-5', fallbacks: ['azure/gpt-5'] }) },
    'declared fallback azure/gpt-5 1, gpt-5 error',
  ],
  [
    'a target that may have been passed over has not failed',
    { model: 'o3', declared: DECLARED && { ...DECLARED, names: ['a', 'o3'], strict: false } },
    'declared fallback o3 1',
  ],
  [
    "nor has the primary where Anthropic's middleware may begin with a fallback",
    { model: 'claude-haiku-4-5', declared: CLAUDE },
    'declared fallback claude-haiku-4-5 1',
  ],
  [
    'who serves in the end has not failed, whatever it said before',
    { model: 'claude-haiku-4-5', answer: { servedBy: 'fallback', declined: ['claude-haiku-4-5'] }, declared: CLAUDE },
    'provider fallback claude-haiku-4-5 1, claude-opus-4-5 refused',
  ],
  [
    "Anthropic's own list is one target",
    {
      model: 'claude-haiku-4-5',
      answer: { servedBy: 'fallback' },
      declared: read({ model: 'claude-opus-4-5', fallbacks: 'default' }, 'anthropic'),
    },
    'provider fallback default 1, claude-opus-4-5 refused',
  ],
  [
    'a provider’s fallback is none of a gateway’s list',
    { model: 'claude-haiku-4-5', answer: { servedBy: 'fallback' }, declared },
    'provider fallback - -',
  ],
])('%s', (_what, given, expected) => {
  expect(found(given)).toBe(expected);
});

test.each<[string, Case, string]>([
  ['is the rung’s that the gateway names', { said: { rung: 1 }, declared }, 'gateway fallback claude-haiku-4-5 1'],
  [
    'is the name’s that the gateway says',
    { said: { served: 'claude-haiku-4-5' }, declared },
    'declared fallback claude-haiku-4-5 1, gpt-5 error',
  ],
  ['is the primary’s where nothing tells', { declared }, 'declared primary gpt-5 0'],
  ['is the primary’s where an answer broke off', { answer: { complete: false }, declared }, 'declared primary gpt-5 0'],
  ['is nobody’s without a declaration', {}, 'nobody'],
  ['is nobody’s where the gateway broke', { said: { broke: true }, declared }, 'nobody'],
])('a failure %s', (_what, given, expected) => {
  expect(found(given)).toBe(expected);
});

test.each<[string, Case, string]>([
  [
    'by place',
    { model: 'mistral-large', said: { rung: 2, failed: [{ rung: 0 }, { rung: 1 }] }, declared },
    'gateway fallback mistral-large 2, gpt-5 error, claude-haiku-4-5 error',
  ],
  [
    'by name',
    { model: 'x', said: { rung: 0, failed: [{ name: 'mistral-large' }, { name: 'o3' }] }, declared },
    'gateway primary gpt-5 0, mistral-large error, o3 error',
  ],
  [
    'each once',
    { model: 'x', said: { rung: 1, failed: [{ rung: 0 }, { name: 'gpt-5' }, { rung: 1 }] }, declared },
    'gateway fallback claude-haiku-4-5 1, gpt-5 error',
  ],
  [
    'that have no name and no declared place are not',
    { model: 'o3', said: { rung: 2, served: 'o3', failed: [{ rung: 0 }, { rung: 1 }] } },
    'gateway fallback o3 2, gpt-5 error',
  ],
  [
    'behind a cache, too',
    { model: 'x', said: { cache: 'exact', failed: [{ rung: 0 }] }, declared },
    'gateway cache - -, gpt-5 error',
  ],
])('targets that failed on the way are told of %s', (_what, given, expected) => {
  expect(found(given)).toBe(expected);
});

test('declarations are the same objects for the same ladder, and no ladder of one', () => {
  expect(read({ model: 'gpt-5', models: ['claude-haiku-4-5', 'mistral-large'] })).toBe(DECLARED);
  for (const body of [{ model: 'a' }, { model: 'a', models: ['a'] }, { model: 'a', fallbacks: 7 }, 'text', undefined]) {
    expect(read(body)).toBeUndefined();
  }
});

const MODEL = { model: 'a' };
const PORTKEY = JSON.stringify({ strategy: { mode: 'fallback' }, targets: [{ provider: 'x' }, { provider: 'y' }] });

test.each([
  ['a middleware', MODEL, undefined, [{ model: 'b' }]],
  ["Portkey's header", MODEL, PORTKEY, []],
  ['models', { ...MODEL, models: ['b'] }, undefined, []],
  ['fallbacks', { ...MODEL, fallbacks: ['b'] }, undefined, []],
  ["a gateway's options", { ...MODEL, providerOptions: { gateway: { models: ['b'] } } }, undefined, []],
  ['a list in the model', { model: 'a, b' }, undefined, []],
])(
  'a request that declares by %s is asked what it declares; one that does not is not',
  (_by, body, header, middleware) => {
    const request = { body, header: () => header, host: undefined, library: 'openai', middleware };
    expect(declarationsIn(request)[0]?.names).toHaveLength(2);
    expect(mayDeclare(body, header !== undefined, middleware)).toBe(true);
    expect(mayDeclare(MODEL, false, [])).toBe(false);
  },
);
