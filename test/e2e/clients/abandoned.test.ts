/** Streams that their callers let go of without a word: the call ends, as cancelled, when the stream is collected, and not before. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { answer, type ProviderServer, startAnthropic, startOpenAI } from '@warmspare/providers';
import { ATTR_LLM_FALLBACK_CALL_OUTCOME } from '@warmspare/semconv';
import { Anthropic } from 'anthropic1';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type StreamEnd, watchStream } from '../../../instrumentation/src/base/stream.ts';
import { type Recorded, record } from './recorded.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

let servers: readonly ProviderServer[];
let recorded: Recorded;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  servers = [await startOpenAI(), await startAnthropic()];
  recorded = record();
  recorded.instrumentation.instrument(OpenAI);
  recorded.instrumentation.instrument(Anthropic);
  openai = new OpenAI({ apiKey: 'key', baseURL: `${servers[0]?.url}/v1`, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: 'key', baseURL: servers[1]?.url ?? '', maxRetries: 0 });
  for (const server of servers) server.otherwise(answer('one two three four'));
});
afterAll(async () => {
  recorded.close();
  for (const server of servers) await server.close();
});
beforeEach(() => recorded.reset());

const chat = () => openai.chat.completions.create({ model: 'gpt-5', messages: [], stream: true });
const message = () =>
  anthropic.messages.create({ model: 'claude-haiku-4-5', max_tokens: 9, messages: [], stream: true });

test.each([
  ['openai, never read', async () => void (await chat())],
  ['anthropic, never read', async () => void (await message())],
  ['read a little by hand', async () => void (await (await chat())[Symbol.asyncIterator]().next())],
])('%s: cancelled, at the time of the last sign of it', async (_name, leave) => {
  await leave();
  const left = Date.now() + 5;
  await expect
    .poll(() => {
      collect();
      return recorded.spans().length;
    })
    .toBe(1);
  const [seconds, nanos] = recorded.span().endTime;
  expect(seconds * 1000 + nanos / 1e6).toBeLessThanOrEqual(left);
  expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('cancelled');
});

test.each([
  ['openai', () => void openai.chat.completions.create({ model: 'gpt-5', messages: [] })],
  ['anthropic', () => void anthropic.messages.create({ model: 'claude-haiku-4-5', max_tokens: 9, messages: [] })],
])(
  'an answer of %s that nobody asked for ends its call when its promise is collected, and nothing is claimed of it',
  async (_name, leave) => {
    const answered = servers.map(({ requests }) => requests.length);
    leave();
    await expect
      .poll(() => {
        collect();
        return recorded.spans().length;
      })
      .toBe(1);
    expect(servers.map(({ requests }, at) => requests.length - (answered[at] ?? 0)).toSorted()).toEqual([0, 1]);
    expect(recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_CALL_OUTCOME]);
  },
);

test('an answer that is asked for late has its outcome', async () => {
  const promise = openai.chat.completions.create({ model: 'gpt-5', messages: [] });
  const before = servers[0]?.requests.length ?? 0;
  await expect.poll(() => servers[0]?.requests.length).toBeGreaterThan(before - 1);
  for (let turn = 0; turn < 5; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await promise;
  expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
});

test('a stream that is read is not abandoned, though nobody holds the stream itself', async () => {
  const numbers = async function* () {
    yield* [1, 2, 3];
  };
  const ends: StreamEnd[] = [];
  const read = () => {
    // Its iterator knows nothing of it.
    const stream = { iterator: () => numbers() };
    watchStream(stream, { chunk() {}, end: (end) => ends.push(end) });
    return stream.iterator();
  };
  const iterator = read();
  while ((await iterator.next()).done !== true) {
    // What a collection found is told in a later turn.
    for (let turn = 0; turn < 3; turn++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(ends).toEqual([]);
  }
  expect(ends).toEqual([{ kind: 'done' }]);
});

test('a branch of tee() that is read holds the call open', async () => {
  const [, right] = (await chat()).tee();
  collect();
  await new Promise((resolve) => setImmediate(resolve));
  expect(recorded.spans()).toHaveLength(0);
  for await (const _ of right);
  expect(recorded.span().attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
});
