/** What users of OpenTelemetry expect of an instrumentation's life, and what no user must notice of ours. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Span } from '@opentelemetry/api';
import { CALL_CHANNEL } from '@warmspare/semconv';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { holdSpan } from './base/native-span.ts';
import { watchIterable } from './base/stream.ts';
import { publishCall } from './call/channel.ts';
import { LlmFallbackInstrumentation } from './instrumentation.ts';

let instrumentation: LlmFallbackInstrumentation;
afterEach(() => instrumentation?.disable());

/** A client's class by name and shape, as a bundler or a mock leaves it. */
function fakeClient() {
  class Completions {
    create(): string {
      return 'answer';
    }
  }
  const Chat = Object.assign(class Chat {}, { Completions });
  return Object.assign(class OpenAI {}, { Chat });
}
const methodOf = (client: ReturnType<typeof fakeClient>): unknown => client.Chat.Completions.prototype.create;

describe('instrument() never throws', () => {
  const revoked = (target: object): unknown => {
    const { proxy, revoke } = Proxy.revocable(target, {});
    revoke();
    return proxy;
  };
  const throwing = (name: string): object =>
    Object.defineProperty({}, name, {
      enumerable: true,
      get() {
        throw new Error('getter');
      },
    });
  const frozen = fakeClient();
  Object.freeze(frozen.Chat.Completions.prototype);

  it.each([
    ['a revoked proxy of a module', revoked({})],
    ['a revoked proxy of a class', revoked(class OpenAI {})],
    ['a module whose default export throws', throwing('default')],
    ['a module whose class throws', throwing('OpenAI')],
    ['a class whose parts throw', Object.assign(class OpenAI {}, { Chat: revoked(class {}) })],
    ['a class whose prototype is frozen', frozen],
    ['a mocked module', { default: vi.fn(), OpenAI: vi.fn(), Anthropic: vi.fn() }],
    ['a breaker library that throws', throwing('CircuitBreakerPolicy')],
    ...[undefined, null, 0, '', Symbol('x'), () => {}, [], Object.create(null)].map((value) => [typeof value, value]),
  ])('where it is given %s', (_, given) => {
    instrumentation = new LlmFallbackInstrumentation();
    expect(() => instrumentation.instrument(given)).not.toThrow();
    expect(() => instrumentation.disable()).not.toThrow();
    expect(() => instrumentation.enable()).not.toThrow();
  });

  it('and patches the client that stands beside what throws', () => {
    const OpenAI = fakeClient();
    const original = methodOf(OpenAI);
    instrumentation = new LlmFallbackInstrumentation();
    instrumentation.instrument(Object.assign(throwing('Anthropic'), { OpenAI }));
    expect(methodOf(OpenAI)).not.toBe(original);
  });
});

it('enable() patches again what instrument() was given', () => {
  const OpenAI = fakeClient();
  const original = methodOf(OpenAI);
  instrumentation = new LlmFallbackInstrumentation();
  instrumentation.instrument(OpenAI);
  expect(methodOf(OpenAI)).not.toBe(original);
  instrumentation.disable();
  expect(methodOf(OpenAI)).toBe(original);
  instrumentation.enable();
  expect(methodOf(OpenAI)).not.toBe(original);
});

it('a subscriber that rejects harms nobody', async () => {
  const rejections = vi.fn();
  process.on('unhandledRejection', rejections);
  const broken = async (): Promise<void> => {
    throw new Error('subscriber');
  };
  subscribe(CALL_CHANNEL, broken);
  publishCall({ name: 'a', startTime: 0, endTime: 0, attributes: {} });
  await new Promise((resolve) => setImmediate(resolve));
  unsubscribe(CALL_CHANNEL, broken);
  process.off('unhandledRejection', rejections);
  expect(rejections).not.toHaveBeenCalled();
});

describe('a span that several calls hold', () => {
  it.each([
    ['in their order', [0, 1]],
    ['in reverse', [1, 0]],
    ['one of them twice', [0, 0, 1]],
  ])('ends once, at the time that its client said, when the last has let go: %s', (_, order) => {
    const end = vi.fn();
    const span = { end } as unknown as Span;
    const releases = [holdSpan(span), holdSpan(span)];
    span.end(42);
    order.slice(0, -1).forEach((n) => void releases[n]?.());
    expect(end).not.toHaveBeenCalled();
    releases[order.at(-1) ?? 0]?.();
    expect(end.mock.calls).toEqual([[42]]);
    expect(span.end).toBe(end);
  });
});

describe('an iterator that answers without promises', () => {
  const plain = (values: readonly number[]): AsyncIterable<number> => ({
    [Symbol.asyncIterator]: () => {
      const rest = [...values];
      const next = (): unknown => (rest.length > 0 ? { done: false, value: rest.shift() } : { done: true });
      return { next, return: () => ({ done: true }) } as unknown as AsyncIterator<number>;
    },
  });
  const watched = () => ({ chunk: vi.fn(), end: vi.fn() });

  it('is read as it would be, and watched', async () => {
    const watcher = watched();
    const stream = plain([1, 2]);
    watchIterable(stream, watcher);
    const read: number[] = [];
    for await (const one of stream) read.push(one);
    expect(read).toEqual([1, 2]);
    expect(watcher.chunk.mock.calls).toEqual([[1], [2]]);
    expect(watcher.end.mock.calls).toEqual([[{ kind: 'done' }]]);
  });

  it('may be left', async () => {
    const watcher = watched();
    const stream = plain([1, 2]);
    watchIterable(stream, watcher);
    for await (const _ of stream) break;
    expect(watcher.end.mock.calls).toEqual([[{ kind: 'broken-off' }]]);
  });

  it('may throw', async () => {
    const watcher = watched();
    const error = new Error('sync');
    const stream: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next() {
          throw error;
        },
      }),
    };
    watchIterable(stream, watcher);
    await expect(async () => {
      for await (const _ of stream);
    }).rejects.toBe(error);
    expect(watcher.end.mock.calls).toEqual([[{ kind: 'failed', error }]]);
  });
});
