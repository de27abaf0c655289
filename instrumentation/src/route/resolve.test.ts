import { expect, test } from 'vitest';
import type { CallRequest } from '../clients/call.ts';
import { declarationIn, mayDeclare } from './declarations.ts';
import { type RouteEvidence, resolveRoute } from './resolve.ts';

const DECLARED = declarationIn({
  body: { model: 'gpt-5', models: ['claude-haiku-4-5', 'mistral-large'] },
  header: () => undefined,
  host: undefined,
  library: 'openai',
  middleware: [],
});
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
  declared: DECLARED,
};
/** Every kind of evidence at once, each naming another rung. */
const ALL: RouteEvidence = {
  request: REQUEST,
  answer: { complete: true, model: 'gpt-5-2025-08-07', servedBy: 'fallback' },
  said: { gateway: 'litellm', rung: 2 },
  failure: {
    request: { ...REQUEST, model: 'o5' },
    began: 0,
    ended: 500,
    reason: 'rate_limit',
    errorType: '429',
  },
  began: 1_500,
};

test('each kind of evidence gives way to the better ones', () => {
  const { servedBy: _, ...answer } = ALL.answer ?? { complete: true };
  const { declared: __, ...undeclared } = REQUEST;
  expect(resolveRoute(ALL)).toMatchObject({ type: 'fallback', source: 'provider' });
  const withoutProvider = { ...ALL, answer };
  expect(resolveRoute(withoutProvider)).toMatchObject({ type: 'fallback', source: 'gateway', target: 'mistral-large' });
  const withoutGateway = { ...withoutProvider, said: undefined };
  expect(resolveRoute(withoutGateway)).toMatchObject({ type: 'primary', source: 'declared', target: 'gpt-5', rank: 0 });
  const undeclaredToo = { ...withoutGateway, request: undeclared };
  expect(resolveRoute(undeclaredToo)).toEqual({
    type: 'fallback',
    source: 'inferred',
    triggerReason: 'rate_limit',
    primaryErrorType: '429',
    failoverDuration: 1.5,
  });
  expect(resolveRoute({ ...undeclaredToo, failure: undefined })).toBeUndefined();
});

test("a gateway's rung 0 is the primary of declared fallbacks only", () => {
  const said = { gateway: 'litellm', rung: 0 };
  const answer = { complete: true, model: 'gpt-5' };
  const { declared: _, ...undeclared } = REQUEST;
  expect(resolveRoute({ ...ALL, said, answer })).toMatchObject({ type: 'primary', source: 'gateway' });
  expect(resolveRoute({ ...ALL, said, answer, failure: undefined, request: undeclared })).toBeUndefined();
});

test('a failed answer of declared fallbacks is the failure of their primary, and of none without', () => {
  const { declared: _, ...undeclared } = REQUEST;
  expect(resolveRoute({ ...ALL, answer: undefined })).toMatchObject({ type: 'primary', rank: 0 });
  expect(resolveRoute({ ...ALL, answer: undefined, request: undeclared })).toBeUndefined();
});

test('declarations are the same objects for the same ladder, and no ladder of one', () => {
  const read = (body: unknown): typeof DECLARED =>
    declarationIn({ body, header: () => undefined, host: undefined, library: 'openai', middleware: [] });
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
    expect(declarationIn(request)?.names).toHaveLength(2);
    expect(mayDeclare(body, header !== undefined, middleware)).toBe(true);
    expect(mayDeclare(MODEL, false, [])).toBe(false);
  },
);
