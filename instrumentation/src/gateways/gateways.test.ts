/** The table's rules held against headers that real gateways sent (`test/fixtures`; taken by `test/capture`). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { gatewaySaid } from './gateways.ts';

type Headers = Readonly<Record<string, string>>;

const LITELLM: Readonly<Record<string, Headers>> = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/litellm@1.108.7/headers.json', import.meta.url), 'utf8'),
);

const billed = (model: string) => ({ provider: 'openai', model });
/** Another group served, so the one that was asked for had failed. */
const fell = { fallback: true, failed: [{ rung: 0 }] };

test.each([
  ['1-primary-success', { rung: 0, served: 'gpt-5', cost: 0.010356000000000002, billed: billed('gpt-5') }],
  ['2-primary-429-fallback-success', { ...fell, served: 'gpt-4.1-mini', cost: 0.0021, billed: billed('gpt-4.1-mini') }],
  // A stream's cost is not known when its headers leave.
  ['5-primary-429-fallback-stream', { ...fell, served: 'gpt-4.1-mini', billed: billed('gpt-4.1-mini') }],
  ['6-primary-from-cache', { rung: 0, served: 'gpt-5', cache: 'exact', billed: billed('gpt-5') }],
  ['7-primary-429-fallback-mocked', { ...fell, served: 'mocked', billed: billed('mocked') }],
])('LiteLLM 1.108.7, %s', (scenario, said) => {
  const header = (name: string): string | undefined => LITELLM[scenario]?.[name];
  // Its body repeats the model that was asked for.
  const answer = { complete: true, model: 'gpt-5' };
  const request = { model: 'gpt-5', declared: undefined };
  expect(gatewaySaid({ header, answer, request })).toEqual({ gateway: 'litellm', ...said });
});

/** What an answer with these headers only says, to a request for gpt-5. */
function saidBy(headers: Headers, model = 'gpt-5') {
  const request = { model: 'gpt-5', declared: undefined };
  return gatewaySaid({ header: (name) => headers[name], answer: { complete: true, model }, request });
}

test.each([
  [
    'litellm',
    'x-litellm-attempted-fallbacks=0 x-litellm-model-group=g x-litellm-cache-key=k x-litellm-response-cost=0.1',
  ],
  ['portkey', 'x-portkey-last-used-option-index=config x-portkey-cache-status=HIT x-portkey-gateway-exception=true'],
  ['cloudflare', 'cf-aig-step=0 cf-aig-cache-status=HIT'],
  ['helicone', 'helicone-fallback-index=0 helicone-cache=HIT'],
  ['bifrost', 'x-bifrost-fallback-index=1 x-bifrost-routing-info-is-fallback=true x-bifrost-routing-info-model=m'],
  ['ngrok', 'ngrok-aig-attempts=1 ngrok-aig-model=m'],
  ['kong', 'x-kong-llm-model=openai/m'],
  ['vllm_semantic_router', 'x-vsr-selected-model=m x-vsr-cache-hit=true'],
])('%s is known by any header that tells something', (gateway, headers) => {
  for (const [name = '', value = ''] of headers.split(' ').map((each) => each.split('='))) {
    expect(saidBy({ [name]: value })?.gateway).toBe(gateway);
  }
});

test('a gateway that tells who answered has the word before one that is only there', () => {
  const cost = { 'x-litellm-response-cost': '0.1' };
  expect(saidBy({ ...cost, 'cf-aig-step': '1' }, 'o3')).toMatchObject({ gateway: 'cloudflare', rung: 1 });
  expect(saidBy({ ...cost, 'x-kong-llm-model': 'openai/m' })).toMatchObject({ gateway: 'litellm', cost: 0.1 });
});

test.each<[string, Headers, object]>([
  ['steps are tried in order', { 'cf-aig-step': '2' }, { rung: 2, failed: [{ rung: 0 }, { rung: 1 }] }],
  ['a step of 0 is past nobody', { 'cf-aig-step': '0' }, { rung: 0, failed: undefined }],
  [
    'an index that is none says nothing',
    { 'helicone-cache': 'MISS', 'helicone-fallback-index': '-1' },
    { rung: undefined },
  ],
  [
    'Bifrost may pass fallbacks over',
    { 'x-bifrost-fallback-index': '2', 'x-bifrost-routing-info-model': 'o3' },
    { rung: 2, served: 'o3', failed: [{ rung: 0 }] },
  ],
  [
    'Bifrost tells of a fallback without its place',
    { 'x-bifrost-routing-info-is-fallback': 'true', 'x-bifrost-routing-info-model': 'o3' },
    { rung: undefined, fallback: true, served: 'o3' },
  ],
  [
    'the same model at another provider of Bifrost has a name of its own',
    {
      'x-bifrost-fallback-index': '1',
      'x-bifrost-routing-info-model': 'gpt-5',
      'x-bifrost-routing-info-provider': 'azure',
      'x-bifrost-routing-info-primary-provider': 'openai',
    },
    { rung: 1, served: 'gpt-5 (azure)' },
  ],
  [
    'headers of Bifrost that disagree are no word',
    { 'x-bifrost-fallback-index': '1', 'x-bifrost-routing-info-is-fallback': 'false' },
    { unclear: true },
  ],
  [
    'another key of the same model is no fallback of ngrok',
    { 'ngrok-aig-attempts': '3', 'ngrok-aig-model': 'gpt-5-2025-08-07' },
    { fallback: false, failed: undefined },
  ],
  [
    'nor is another model at the first attempt',
    { 'ngrok-aig-attempts': '1', 'ngrok-aig-model': 'o3' },
    { fallback: false, failed: undefined },
  ],
  ['LiteLLM without the name of the group tells nothing', { 'x-litellm-attempted-fallbacks': '1' }, { unclear: true }],
  ['a cache hit of any spelling is one', { 'x-kong-proxy-latency': '3', 'x-cache-status': 'Hit' }, { cache: 'exact' }],
])('%s', (_what, headers, said) => {
  expect(saidBy(headers)).toMatchObject(said);
});

test('headers of no gateway say nothing', () => {
  expect(saidBy({ 'x-request-id': 'req_1', 'x-cache-status': 'HIT' })).toBeUndefined();
});

test('the models that Vercel’s gateway tried and left are told, in order', () => {
  const attempt = (modelId: string, success: boolean) => ({ modelId, success });
  const modelAttempts = [attempt('gpt-5', false), attempt('o3', false), attempt('gpt-5', false), attempt('o4', true)];
  const providerMetadata = { gateway: { routing: { originalModelId: 'gpt-5', modelAttempts } } };
  const request = { model: 'gpt-5', declared: undefined };
  const answer = { complete: true, providerMetadata };
  expect(gatewaySaid({ header: () => undefined, answer, request })).toMatchObject({
    gateway: 'vercel',
    rung: 2,
    served: 'o4',
    failed: [{ rung: 0 }, { name: 'o3' }],
  });
});
