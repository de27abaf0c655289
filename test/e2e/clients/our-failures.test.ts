/** Every place where our code runs inside a user's call, broken on purpose: the call goes on, and `diag` hears of it once. */
import { type DiagLogger, diag } from '@opentelemetry/api';
import { answer, type ProviderServer, startOpenAI } from '@warmspare/providers';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Recorder } from '../../../instrumentation/src/call/record.ts';
import { chatCompletions } from '../../../instrumentation/src/clients/chat-completions.ts';
import { OPENAI } from '../../../instrumentation/src/clients/openai.ts';
import { patchClient } from '../../../instrumentation/src/clients/patch.ts';
import type { CallRequest, Operation } from '../../../instrumentation/src/types/call.ts';

const broken = (): never => {
  throw new Error('a defect of ours');
};
const chat = chatCompletions('openai');
const request: CallRequest = {
  operation: 'chat',
  provider: 'openai',
  model: 'gpt-5',
  server: undefined,
  stream: false,
  outputType: undefined,
  schema: undefined,
  systemPrompt: undefined,
  signal: undefined,
};
const run = <T>(fn: () => T): T => fn();
const read = { wanted: true, readsOutput: true, readsHeaders: true };
const call = { request, run, ...read, answered() {}, end() {}, fail() {}, unread() {} };
const begin: Recorder = { begin: () => call };

let server: ProviderServer;
const errors = vi.fn<DiagLogger['error']>();

beforeAll(async () => {
  server = await startOpenAI();
  const silent = (): void => {};
  diag.setLogger({ error: errors, warn: silent, info: silent, debug: silent, verbose: silent });
});
afterAll(async () => {
  diag.disable();
  await server.close();
});
beforeEach(() => errors.mockClear());

const HOOKS: readonly (readonly [string, Partial<Operation>, Recorder])[] = [
  ['reading the request', { request: broken }, begin],
  ['beginning the call', {}, { begin: broken }],
  ['running the call, before it does', {}, { begin: () => ({ ...call, run: broken }) }],
  [
    'running the call, when it has',
    {},
    {
      begin: () => ({
        ...call,
        run: (fn) => {
          fn();
          return broken();
        },
      }),
    },
  ],
  ['reading the answer', { answer: broken }, begin],
  ['noting the answer', {}, { begin: () => ({ ...call, answered: broken }) }],
  ['ending the call', {}, { begin: () => ({ ...call, end: broken }) }],
  ['making a reader', { reader: broken }, begin],
  ['reading a chunk', { reader: () => ({ read: broken, answer: () => ({ complete: true }) }) }, begin],
  ['gathering a stream', { reader: () => ({ read() {}, answer: broken }) }, begin],
];

test.each(HOOKS)('%s fails, and the caller gets the answer of the one request', async (_name, operation, recorder) => {
  const undo = patchClient(
    OpenAI,
    { ...OPENAI, patches: [{ path: ['Chat', 'Completions'], method: 'create', operation: { ...chat, ...operation } }] },
    recorder,
  );
  try {
    const client = new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });
    const before = server.requests.length;
    server.script(answer('fine'), answer('fine'));
    const whole = await client.chat.completions.create({ model: 'gpt-5', messages: [] });
    expect(whole.choices[0]?.message.content).toBe('fine');
    const stream = await client.chat.completions.create({ model: 'gpt-5', messages: [], stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('fine');
    expect(server.requests.length - before).toBe(2);
    // The same text from two places is one report: the first hook that fails with it tells.
    expect(errors.mock.calls.length).toBeLessThanOrEqual(1);
  } finally {
    undo?.();
  }
});

test('a subscriber, a price and a tracer that throw are all survived', async () => {
  const { createRecorder } = await import('../../../instrumentation/src/call/record.ts');
  const undo = patchClient(
    OpenAI,
    { ...OPENAI, patches: [{ path: ['Chat', 'Completions'], method: 'create', operation: chat }] },
    createRecorder({ tracer: broken, promptFingerprint: true, price: broken, spans: 'auto' }),
  );
  try {
    const client = new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });
    const whole = await client.chat.completions.create({ model: 'gpt-5', messages: [] });
    expect(whole.choices).toHaveLength(1);
  } finally {
    undo?.();
  }
});
