/** Every fault at every client that is patched: the official clients fail as they would in an outage, and nothing reaches the provider. */

import { type ProviderServer, startAnthropic, startGroq, startOpenAI } from '@warmspare/providers';
import { ATTR_ERROR_TYPE, ATTR_LLM_FALLBACK_CALL_OUTCOME, DRILL_FAULTS, type DrillFaultName } from '@warmspare/semconv';
import Anthropic from 'anthropic1';
import Groq from 'groq-sdk';
import { OpenAI as OpenAI6 } from 'openai6';
import { OpenAI as OpenAI7 } from 'openai7';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drill } from '../../../instrumentation/src/drill/drill.ts';
import { type Recorded, record } from '../clients/recorded.ts';

const MESSAGES = [{ role: 'user' as const, content: 'hello' }];
const SCHEMA = { type: 'object', required: ['a'], properties: { a: { type: 'string' } }, additionalProperties: false };
const FORMAT = { type: 'json_schema' as const, json_schema: { name: 'a', schema: SCHEMA } };
const models = ['gpt-5'];

let servers: readonly ProviderServer[];
let recorded: Recorded;
beforeAll(async () => {
  servers = await Promise.all([startOpenAI(), startAnthropic(), startGroq()]);
  recorded = record();
  for (const client of [OpenAI6, OpenAI7, Anthropic, Groq]) recorded.instrumentation.instrument(client);
});
afterAll(async () => {
  recorded.close();
  await Promise.all(servers.map((server) => server.close()));
});
beforeEach(() => recorded.reset());

const urlOf = (index: number): string => servers[index]?.url ?? '';
const sent = (): number => servers.reduce((sum, { requests }) => sum + requests.length, 0);
const options = (index: number, maxRetries: number) => ({ apiKey: 'key', baseURL: urlOf(index), maxRetries });

async function read(stream: AsyncIterable<unknown>): Promise<unknown> {
  let last: unknown;
  for await (const chunk of stream) last = chunk;
  return last;
}

interface Case {
  readonly name: string;
  readonly errors: {
    readonly APIError: abstract new (...args: never[]) => Error;
    readonly APIConnectionError: abstract new (...args: never[]) => Error;
    readonly APIConnectionTimeoutError: abstract new (...args: never[]) => Error;
  };
  readonly ask: (stream: boolean, maxRetries: number) => Promise<unknown>;
}

const openai = (name: string, OpenAI: typeof OpenAI7): readonly Case[] => [
  {
    name: `${name} chat`,
    errors: OpenAI,
    ask: async (stream, maxRetries) => {
      const { chat } = new OpenAI({ ...options(0, maxRetries), baseURL: `${urlOf(0)}/v1` });
      const body = { model: 'gpt-5', messages: MESSAGES, response_format: FORMAT };
      return stream ? read(await chat.completions.create({ ...body, stream })) : chat.completions.create(body);
    },
  },
  {
    name: `${name} responses`,
    errors: OpenAI,
    ask: async (stream, maxRetries) => {
      const { responses } = new OpenAI({ ...options(0, maxRetries), baseURL: `${urlOf(0)}/v1` });
      const format = { type: 'json_schema' as const, name: 'a', schema: SCHEMA };
      const body = { model: 'gpt-5', input: 'hello', text: { format } };
      return stream ? read(await responses.create({ ...body, stream })) : responses.create(body);
    },
  },
];

const CASES: readonly Case[] = [
  ...openai('openai 6', OpenAI6 as unknown as typeof OpenAI7),
  ...openai('openai 7', OpenAI7),
  {
    name: 'anthropic',
    errors: Anthropic,
    ask: async (stream, maxRetries) => {
      const { messages } = new Anthropic(options(1, maxRetries));
      const tool = { name: 'a', input_schema: SCHEMA as { readonly type: 'object' } };
      const choice = { type: 'tool' as const, name: 'a' };
      const body = { model: 'gpt-5', max_tokens: 9, messages: MESSAGES, tools: [tool], tool_choice: choice };
      return stream ? read(await messages.create({ ...body, stream })) : messages.create(body);
    },
  },
  {
    name: 'groq',
    errors: Groq,
    ask: async (stream, maxRetries) => {
      const { chat } = new Groq(options(2, maxRetries));
      const body = { model: 'gpt-5', messages: MESSAGES, response_format: FORMAT };
      return stream ? read(await chat.completions.create({ ...body, stream })) : chat.completions.create(body);
    },
  },
];

const STATUS: Partial<Record<DrillFaultName, number>> = {
  unavailable: 503,
  server_error: 500,
  overloaded: 529,
  rate_limit: 429,
  model_not_found: 404,
  unauthorized: 401,
};
const OUTCOME: Partial<Record<DrillFaultName, string>> = {
  timeout: 'timeout',
  refusal: 'refused',
  truncated: 'truncated',
  schema_invalid: 'schema_invalid',
};

describe.each(CASES)('$name', ({ errors, ask }) => {
  for (const stream of [false, true]) {
    it.each(DRILL_FAULTS)(`fails as it would in an outage: %s, ${stream ? 'streamed' : 'whole'}`, async (fault) => {
      const before = sent();
      const { error, value, report } = await drill({ chain: 'c', models, fault, delayMs: 1 }, () => ask(stream, 0));
      expect(sent()).toBe(before);
      expect(report).toMatchObject({ injected: 1, outcome: 'inconclusive', fault });
      const status = STATUS[fault];
      if (status !== undefined) {
        expect(error).toBeInstanceOf(errors.APIError);
        expect(error).toMatchObject({ status });
        const headers = (error as { readonly headers?: Headers }).headers;
        const waits = fault === 'rate_limit' || fault === 'overloaded';
        expect(headers?.get('retry-after') ?? null).toBe(waits ? '1' : null);
      } else if (fault === 'timeout') expect(error).toBeInstanceOf(errors.APIConnectionTimeoutError);
      else if (fault === 'connection_reset') expect(error).toBeInstanceOf(errors.APIConnectionError);
      else if (fault === 'stream_cut') expect(error).toBeInstanceOf(Error);
      else {
        expect(error).toBeUndefined();
        expect(value).toBeDefined();
      }
      const outcome = fault === 'slow' ? expect.stringMatching(/unknown|schema_invalid/) : (OUTCOME[fault] ?? 'error');
      const [span] = recorded.spans();
      expect(span?.attributes).toMatchObject({ [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome, [ATTR_ERROR_TYPE]: 'drill' });
    });
  }

  it('tries again as often as it was told to, and each try fails', async () => {
    const before = sent();
    const { report } = await drill({ chain: 'c', models }, () => ask(false, 1));
    expect(report.injected).toBe(2);
    expect(sent()).toBe(before);
  });

  it('is asked as always outside of the drill', async () => {
    const before = sent();
    const [, value] = await Promise.all([drill({ chain: 'c', models }, () => ask(false, 0)), ask(false, 0)]);
    expect(value).toBeDefined();
    expect(sent()).toBe(before + 1);
  });
});
