/** Whatever of ours fails inside a user's process, the user's call goes on and one report is made. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  type ContextManager,
  context,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { CALL_CHANNEL, type CallMessage, DECLARATIONS_KEY } from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const error = vi.fn();
const fail = (): never => {
  throw new Error('ours');
};

beforeEach(() => {
  // What is reported once a process is remembered by the module.
  vi.resetModules();
  error.mockReset();
  diag.setLogger({ error, warn() {}, info() {}, debug() {}, verbose() {} }, DiagLogLevel.ERROR);
});
afterEach(() => {
  trace.disable();
  context.disable();
  diag.disable();
});

async function runTwice(): Promise<void> {
  const { chain } = await import('./api/chain.ts');
  const ask = chain('ours', {
    targets: [
      { name: 'gpt', type: 'primary', run: () => Promise.reject<string>(new Error('down')) },
      { name: 'rules', type: 'heuristic', run: () => 'rules' },
    ],
  });
  await expect(ask()).resolves.toBe('rules');
  await expect(ask()).resolves.toBe('rules');
}

const span = {
  spanContext: () => ({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 }),
  isRecording: () => true,
  setAttributes: () => span,
  setStatus: () => span,
  end: () => {},
};
const tracerOf = (startSpan: () => unknown): TracerProvider =>
  ({ getTracer: () => ({ startSpan }) }) as unknown as TracerProvider;

describe('what fails', () => {
  it.each([
    { what: 'the tracer provider', provider: { getTracer: fail } as unknown as TracerProvider },
    { what: 'startSpan()', provider: tracerOf(fail) },
    { what: 'isRecording()', provider: tracerOf(() => ({ ...span, isRecording: fail })) },
    { what: 'setAttributes()', provider: tracerOf(() => ({ ...span, setAttributes: fail })) },
    { what: 'end()', provider: tracerOf(() => ({ ...span, end: fail })) },
    { what: 'spanContext()', provider: tracerOf(() => ({ ...span, spanContext: fail })) },
  ])('may be $what of a tracer', async ({ provider }) => {
    trace.setGlobalTracerProvider(provider);
    const heard: unknown[] = [];
    const hear = (message: unknown): void => void heard.push((message as CallMessage).name);
    subscribe(CALL_CHANNEL, hear);
    await runTwice();
    unsubscribe(CALL_CHANNEL, hear);
    expect(error).toHaveBeenCalledTimes(1);
    expect(heard.filter((name) => name === 'ours rules')).toHaveLength(2);
  });

  it('may be the active context', async () => {
    const manager: ContextManager = {
      active: fail,
      with: (_context, fn, self, ...args) => fn.apply(self, args),
      bind: (_context, target) => target,
      enable: () => manager,
      disable: () => manager,
    };
    context.setGlobalContextManager(manager);
    await runTwice();
    expect(error).toHaveBeenCalledTimes(1);
  });

  it('may be the context manager, before it runs anything', async () => {
    const manager: ContextManager = {
      active: () => ROOT_CONTEXT,
      with: fail,
      bind: (_context, target) => target,
      enable: () => manager,
      disable: () => manager,
    };
    context.setGlobalContextManager(manager);
    await runTwice();
    expect(error).toHaveBeenCalledTimes(1);
  });

  it('may be a subscriber of the channel, which neither ends the process nor silences the others', async () => {
    const uncaught = vi.fn();
    process.on('uncaughtException', uncaught);
    const heard: unknown[] = [];
    const hear = (message: unknown): void => void heard.push(message);
    subscribe(CALL_CHANNEL, fail);
    subscribe(CALL_CHANNEL, hear);
    await runTwice();
    await new Promise(setImmediate);
    unsubscribe(CALL_CHANNEL, fail);
    unsubscribe(CALL_CHANNEL, hear);
    process.off('uncaughtException', uncaught);
    expect(uncaught).not.toHaveBeenCalled();
    expect(error).toHaveBeenCalledTimes(1);
    expect(heard.length).toBeGreaterThan(0);
  });

  it('may be the global list of declarations', async () => {
    const shared = globalThis as { [key: symbol]: unknown };
    const before = shared[DECLARATIONS_KEY];
    shared[DECLARATIONS_KEY] = new (class extends Map {
      override set = fail;
      override get = fail;
    })();
    await runTwice().finally(() => {
      shared[DECLARATIONS_KEY] = before;
    });
    expect(error).toHaveBeenCalledTimes(1);
  });

  it("may be the user's logger itself", async () => {
    diag.setLogger(
      { error: fail, warn() {}, info() {}, debug() {}, verbose() {} },
      { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
    );
    trace.setGlobalTracerProvider(tracerOf(fail));
    await runTwice();
  });
});

it('builds nothing where nobody reads', async () => {
  const { openSpan } = await import('./call/span-record.ts');
  const closing = vi.fn(() => ({}));
  openSpan('quiet', {}, 1, ROOT_CONTEXT).end(2, false, closing);
  expect(closing).not.toHaveBeenCalled();
});
