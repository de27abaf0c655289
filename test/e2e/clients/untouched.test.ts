/**
 * Every way to use a client, once with its class as it came and once instrumented: the same bytes leave, the same values, errors and
 * objects come back, and nothing of prompts, outputs, schemas or error messages is in any span, message or log.
 */
import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { Anthropic } from 'anthropic1';
import { Groq } from 'groq-sdk';
import { OpenAI as OpenAI4 } from 'openai4';
import { OpenAI as OpenAI5 } from 'openai5';
import { OpenAI as OpenAI6 } from 'openai6';
import { AzureOpenAI, OpenAI as OpenAI7 } from 'openai7';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answering, PROVIDERS, SECRET } from './canned.ts';
import { record } from './recorded.ts';
import { CLAUDE, OPENAI } from './uses.ts';

/** What left, and what came of it. */
interface Seen {
  readonly sent: readonly unknown[];
  readonly got: unknown;
}
const client = (Client: unknown, maxRetries: number, fetch: typeof globalThis.fetch): never =>
  new (Client as new (options: object) => never)({
    apiKey: 'key',
    maxRetries,
    fetch,
    ...(Client === AzureOpenAI && { endpoint: 'https://mine.openai.azure.com', apiVersion: '2024-10-21' }),
  });

const CLIENTS: readonly (readonly [
  string,
  unknown,
  readonly (readonly [string, (client: never) => Promise<unknown>])[],
])[] = [
  ['openai 4', OpenAI4, OPENAI],
  ['openai 5', OpenAI5, OPENAI],
  ['openai 6', OpenAI6, OPENAI],
  ['openai 7', OpenAI7, OPENAI],
  ['AzureOpenAI', AzureOpenAI, OPENAI.slice(0, 12)],
  ['anthropic', Anthropic, CLAUDE],
  [
    'groq',
    Groq,
    OPENAI.filter(([name]) =>
      /^(await|then|finally|with|as|both|a response|a stream|tee|headers|an aborted)/.test(name),
    ),
  ],
];

const logged: unknown[] = [];
beforeAll(() => {
  const log = (...what: unknown[]): void => void logged.push(...what.map(String));
  const logger: DiagLogger = { error: log, warn: log, info: log, debug: log, verbose: log };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true });
});
afterAll(() => diag.disable());

describe.each(CLIENTS)('%s', (_name, Client, uses) => {
  describe.each(Object.entries(PROVIDERS))('and a provider %s', (kind, behave) => {
    // Elsewhere a client would wait before it tries again.
    const retries = kind === 'that is overloaded once' ? 1 : 0;
    test.each(uses)('%s', async (name, use) => {
      const bare = await look(Client, retries, use, behave);
      const recorded = record();
      recorded.instrumentation.instrument(Client);
      const instrumented = await look(Client, retries, use, behave);
      const emitted = JSON.stringify([
        recorded
          .spans()
          .map(({ name, attributes, events, links, status }) => [name, attributes, events, links, status]),
        recorded.messages,
        logged,
      ]);
      recorded.close();
      expect(instrumented).toEqual(bare);
      expect(recorded.messages).toHaveLength(name === 'no such argument' ? 0 : 1);
      expect(emitted).not.toContain(SECRET);
    });
  });
});

async function look(
  Client: unknown,
  maxRetries: number,
  use: (client: never) => Promise<unknown>,
  behave: (number: number) => Response | undefined,
): Promise<Seen> {
  const sent: unknown[] = [];
  const fetch = async (url: unknown, init: RequestInit = {}): Promise<Response> => {
    const body = typeof init.body === 'string' ? init.body : '';
    sent.push([
      String(url),
      init.method,
      [...new Headers(init.headers)].filter(([name]) => name !== IDEMPOTENCY),
      body,
    ]);
    if (init.signal?.aborted === true) throw init.signal.reason;
    return behave(sent.length) ?? answering(String(url), body);
  };
  try {
    return { sent, got: described(await use(client(Client, maxRetries, fetch as typeof globalThis.fetch))) };
  } catch (error) {
    return { sent, got: ['threw', described(error)] };
  }
}

/** Random for each request. */
const IDEMPOTENCY = 'idempotency-key';

/** What a caller sees of a value: its class, its fields, those that are not enumerable too. */
function described(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(described);
  if (value instanceof Headers) return [...value];
  if (value instanceof AbortSignal) return ['signal', value.aborted];
  const names = Object.getOwnPropertyNames(value).filter((name) => name !== 'stack');
  const own = names.map((name) => [name, described(Reflect.get(value, name))]);
  return [value.constructor?.name, Object.fromEntries(own)];
}
