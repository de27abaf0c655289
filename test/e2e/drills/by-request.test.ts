/** Drills that come with a request: through an app's HTTP server, with and without a propagator, and never on to a provider. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, defaultTextMapGetter, propagation, ROOT_CONTEXT, type TextMapPropagator } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type ProviderServer, startOpenAI } from '@warmspare/providers';
import { ATTR_LLM_FALLBACK_DRILL_ID, BAGGAGE_DRILL, type DrillRequest, signDrillRequest } from '@warmspare/semconv';
import { OpenAI } from 'openai7';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chain } from '../../../instrumentation/src/api/chain.ts';
import {
  acceptDrillRequests,
  drillRequests,
  refuseDrillRequests,
} from '../../../instrumentation/src/drill/by-request.ts';
import { type Recorded, record } from '../clients/recorded.ts';

const KEY = 'a key of more than thirty-two characters';

/** As OpenTelemetry's own does it. */
const BAGGAGE_PROPAGATOR: TextMapPropagator = {
  fields: () => ['baggage'],
  inject(inside, carrier, setter) {
    const entries = propagation.getBaggage(inside)?.getAllEntries() ?? [];
    if (entries.length > 0)
      setter.set(carrier, 'baggage', entries.map(([name, { value }]) => `${name}=${value}`).join());
  },
  extract(inside, carrier, getter) {
    const members = String(getter.get(carrier, 'baggage') ?? '').split(',');
    const entries = members.map((member) => (member.split(';')[0] ?? '').trim().split('='));
    const named = entries.map(([name = '', value = '']) => [name, { value: decoded(value) }] as const);
    return propagation.setBaggage(inside, propagation.createBaggage(Object.fromEntries(named)));
  },
};

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

let provider: ProviderServer;
let recorded: Recorded;
let app: Server;
let extracts = false;

const ask = chain('asked', {
  targets: [
    {
      name: 'gpt-5',
      type: 'primary',
      run: async () => {
        const client = new OpenAI({ apiKey: 'key', baseURL: `${provider.url}/v1`, maxRetries: 0, fetch: injecting });
        const messages = [{ role: 'user' as const, content: 'hello' }];
        return (await client.chat.completions.create({ model: 'gpt-5', messages })).choices[0]?.message.content;
      },
    },
    { name: 'rules', type: 'heuristic', run: () => 'ruled' },
  ],
});

/** What an instrumentation of fetch does. */
const injecting: typeof fetch = (url, init) => {
  const headers = new Headers(init?.headers);
  propagation.inject(context.active(), headers, { set: (carrier, name, value) => carrier.set(name, value) });
  return fetch(url, { ...init, headers });
};

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(BAGGAGE_PROPAGATOR);
  provider = await startOpenAI();
  recorded = record();
  recorded.instrumentation.instrument(OpenAI);
  app = createServer((request, response) => {
    const inside = extracts ? propagation.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter) : ROOT_CONTEXT;
    context.with(inside, () => {
      Promise.all([ask(), ask()]).then(
        (answers) => response.end(answers.join(' ')),
        () => response.writeHead(500).end(),
      );
    });
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  app.close();
  recorded.close();
  await provider.close();
  propagation.disable();
  context.disable();
});
beforeEach(() => acceptDrillRequests(KEY));
afterEach(() => refuseDrillRequests());

let ids = 0;
const entry = (more: Partial<DrillRequest> = {}, key = KEY): string =>
  signDrillRequest(
    {
      id: `by-request-${++ids}`,
      chain: 'asked',
      target: 'rules',
      fault: 'unavailable',
      exp: Date.now() / 1000 + 30,
      ...more,
    },
    key,
  );

async function get(baggage: string): Promise<string> {
  const { port } = app.address() as AddressInfo;
  return (await fetch(`http://127.0.0.1:${port}/`, { headers: { baggage } })).text();
}

const PRIMARY = 'Hello! How can I help you today?';
const BOTH = `${PRIMARY} ${PRIMARY}`;

describe.each([false, true])('with a propagator: %s', (withPropagator) => {
  beforeEach(() => {
    extracts = withPropagator;
    recorded.reset();
  });

  it('drills every run of the chain in that request, once', async () => {
    const asked = `user=1,${BAGGAGE_DRILL}=${entry()};p=1,other=2`;
    const before = provider.requests.length;
    expect(await get(asked)).toBe('ruled ruled');
    expect(provider.requests).toHaveLength(before);
    expect(
      recorded.messages.filter(({ attributes }) => ATTR_LLM_FALLBACK_DRILL_ID in attributes).length,
    ).toBeGreaterThan(0);
    const { replayed } = drillRequests();
    expect(await get(asked)).toBe(BOTH);
    expect(drillRequests().replayed).toBe(replayed + 1);
  });

  it.each([
    ['expired', (): string => entry({ exp: Date.now() / 1000 - 1 })],
    ['expired', (): string => entry({ exp: Date.now() / 1000 + 90 })],
    ['unsigned', (): string => entry({}, 'another key of more than 32 characters')],
    ['malformed', (): string => 'garbage'],
    ['malformed', (): string => '%E0%A4%A'],
  ] as const)('ignores and counts what is %s', async (why, made) => {
    const before = drillRequests()[why];
    expect(await get(`${BAGGAGE_DRILL}=${made()}`)).toBe(BOTH);
    expect(drillRequests()[why]).toBe(before + 1);
  });

  it('is never told to a provider, while the rest of the baggage is', async () => {
    await get(`user=1,${BAGGAGE_DRILL}=${entry({ chain: 'another service' })}`);
    const [request] = provider.requests.slice(-1);
    expect(request?.headers.baggage).toBe(withPropagator ? 'user=1' : undefined);
  });

  it('is nothing where no key is set', async () => {
    refuseDrillRequests();
    expect(await get(`${BAGGAGE_DRILL}=${entry()}`)).toBe(BOTH);
  });
});
