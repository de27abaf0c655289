/** A hand-written try/catch in an app without an SDK: the incoming HTTP request is the scope in which a fallback is inferred. */
import { once } from 'node:events';
import { Agent, createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fail, type ProviderServer, startOpenAI } from '@warmspare/providers';
import { ATTR_LLM_FALLBACK_ROUTE_SOURCE, ATTR_LLM_FALLBACK_ROUTE_TYPE } from '@warmspare/semconv';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Recorded, record } from './recorded.ts';

let provider: ProviderServer;
let app: Server;
let recorded: Recorded;
/** One socket for all requests. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeAll(async () => {
  provider = await startOpenAI();
  recorded = record({ spans: 'enrich' });
  recorded.instrumentation.instrument(OpenAI);
  const client = new OpenAI({ apiKey: 'key', baseURL: `${provider.url}/v1`, maxRetries: 0 });
  const ask = (model: string): Promise<unknown> => client.chat.completions.create({ model, messages: [] });
  const routes: Record<string, () => Promise<unknown>> = {
    '/falls': () => ask('down').catch(() => ask('gpt-5-mini')),
    '/fails': () => ask('down').catch(() => undefined),
    '/other': () => ask('gpt-5-mini'),
  };
  app = createServer((request, response) => {
    routes[request.url ?? '']?.().finally(() => response.end());
  }).listen(0, '127.0.0.1');
  await once(app, 'listening');
  provider.otherwise(({ body }) => (body.model === 'down' ? fail('unavailable') : { kind: 'answer' }));
});
afterAll(async () => {
  agent.destroy();
  app.close();
  recorded.close();
  await provider.close();
});
beforeEach(() => recorded.reset());

async function visit(path: string): Promise<void> {
  const [response] = await once(get({ port: (app.address() as AddressInfo).port, path, agent }), 'response');
  response.resume();
  await once(response, 'end');
}
const routes = (): unknown[] =>
  recorded.messages.map(({ attributes }) => [
    attributes[ATTR_LLM_FALLBACK_ROUTE_TYPE],
    attributes[ATTR_LLM_FALLBACK_ROUTE_SOURCE],
  ]);
const UNKNOWN = [undefined, undefined];

test('a failure, then a success on another model in one request, is a fallback, and the failure is its primary’s', async () => {
  await visit('/falls');
  expect(routes().toSorted()).toEqual([['fallback', 'inferred'], ['primary', 'inferred'], UNKNOWN].toSorted());
});

test('the next request on the same socket is other work, and so is one beside it', async () => {
  await visit('/fails');
  await visit('/other');
  await Promise.all([visit('/fails'), visit('/other'), visit('/other')]);
  expect(routes()).toEqual([UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]);
});

test('outside of requests nothing is inferred', async () => {
  const client = new OpenAI({ apiKey: 'key', baseURL: `${provider.url}/v1`, maxRetries: 0 });
  const ask = (model: string): Promise<unknown> => client.chat.completions.create({ model, messages: [] });
  await ask('down').catch(() => ask('gpt-5-mini'));
  expect(routes()).toEqual([UNKNOWN, UNKNOWN]);
});
