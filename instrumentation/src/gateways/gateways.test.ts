/** The table's rules held against headers that real gateways sent (`test/fixtures`; taken by `test/capture`). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { gatewaySaid } from './gateways.ts';

type Headers = Readonly<Record<string, string>>;

const LITELLM: Readonly<Record<string, Headers>> = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/litellm@1.108.7/headers.json', import.meta.url), 'utf8'),
);

const billed = (model: string) => ({ provider: 'openai', model });

test.each([
  [
    '1-primary-success',
    { rung: 0, served: undefined, cache: undefined, cost: 0.010356000000000002, billed: billed('gpt-5') },
  ],
  [
    '2-primary-429-fallback-success',
    { rung: 1, served: 'gpt-4.1-mini', cache: undefined, cost: 0.0021, billed: billed('gpt-4.1-mini') },
  ],
  // A stream's cost is not known when its headers leave.
  [
    '5-primary-429-fallback-stream',
    { rung: 1, served: 'gpt-4.1-mini', cache: undefined, cost: undefined, billed: billed('gpt-4.1-mini') },
  ],
  ['6-primary-from-cache', { rung: 0, served: undefined, cache: 'exact', cost: undefined, billed: billed('gpt-5') }],
  [
    '7-primary-429-fallback-mocked',
    { rung: 1, served: 'mocked', cache: undefined, cost: undefined, billed: billed('mocked') },
  ],
])('LiteLLM 1.108.7, %s', (scenario, said) => {
  const header = (name: string): string | undefined => LITELLM[scenario]?.[name];
  // Its body repeats the model that was asked for.
  const answer = { complete: true, model: 'gpt-5' };
  const request = { model: 'gpt-5', declared: undefined };
  expect(gatewaySaid({ header, answer, request })).toEqual({ gateway: 'litellm', ...said });
});

test('headers of no gateway say nothing', () => {
  const header = (name: string): string | undefined => ({ 'x-request-id': 'req_1', 'x-cache-status': 'HIT' })[name];
  const request = { model: 'gpt-5', declared: undefined };
  expect(gatewaySaid({ header, answer: { complete: true, model: 'gpt-5' }, request })).toBeUndefined();
});
