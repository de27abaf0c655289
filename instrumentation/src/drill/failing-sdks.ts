/**
 * How each client library fails, as one table: where its request can be answered before it leaves, so that its own retries and its own
 * errors come of it. A library that has no line here fails at the patched method, with an error of ours.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { fields } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import type { DrilledAttempt } from '../types/drill.ts';
import { DrillFault } from './fault.ts';
import { faultyFetch, late } from './http-fault.ts';

/** A failure to make. */
interface Injection {
  readonly attempt: DrilledAttempt;
  readonly target: string | undefined;
}

/** A library whose requests pass a place of their own. */
interface FailingSdk {
  /** Makes the requests of this resource pass by {@link injections}. False where the resource is another library's. */
  prepare(resource: unknown): boolean;
}

const injections = new AsyncLocalStorage<Injection | undefined>();

/** Stainless' clients (openai, @anthropic-ai/sdk, groq-sdk): every try of a request is one call of this method of the client. */
const STAINLESS: FailingSdk = {
  prepare(resource) {
    const client: unknown = fields(resource)._client ?? fields(resource).client;
    const owner = ownerOf(client, 'fetchWithTimeout');
    if (owner === undefined) return false;
    if (prepared.has(owner)) return true;
    const original = owner.fetchWithTimeout as Method;
    owner.fetchWithTimeout = function (this: unknown, ...args: unknown[]): unknown {
      const injection = injections.getStore();
      return injection === undefined ? original.apply(this, args) : failTry(injection, args);
    };
    prepared.add(owner);
    return true;
  },
};

const SDKS: readonly FailingSdk[] = [STAINLESS];

type Method = (this: unknown, ...args: unknown[]) => unknown;
const prepared = new WeakSet<object>();

/**
 * Runs the original method so that each try inside fails, and nothing is sent; where the library is not known, the method itself is not
 * run. What it returns or throws is what the caller gets.
 */
export function failCall(resource: unknown, injection: Injection, original: () => unknown): unknown {
  const known = guarded('a client could not be prepared for a drill', () => isPrepared(resource), false);
  if (known) return injections.run(injection, original);
  return failAtOnce(injection, undefined);
}

/**
 * As {@link failCall} for a model of the AI SDK: its providers send by the `fetch` of their configuration, so that their own reading and
 * their own errors come of it. Other models reject with an error that the SDK takes for one of theirs.
 */
export function failModel(model: object, injection: Injection, original: (model: object) => unknown): unknown {
  const { config } = fields(model);
  const { url, baseURL, headers, fetch: own } = fields(config);
  if (own === undefined && url === undefined && baseURL === undefined && headers === undefined) {
    return failAtOnce(injection, asApiCallError);
  }
  const failing = (to: unknown, init: unknown): Promise<Response> => {
    note(injection);
    const { body, signal } = fields(init);
    const { fault, drill } = injection.attempt;
    const callers = signal instanceof AbortSignal ? signal : undefined;
    return faultyFetch({ fault, url: String(to), body, signal: callers, delayMs: drill.delayMs, impatient: 'fetch' });
  };
  return original(Object.create(model, { config: { value: { ...fields(config), fetch: failing } } }));
}

async function failAtOnce(injection: Injection, dressed: ((error: DrillFault) => Error) | undefined): Promise<never> {
  const { attempt, target } = injection;
  note(injection);
  if (attempt.fault === 'slow') await late(attempt.drill.delayMs, undefined);
  const error = new DrillFault(attempt.fault, target);
  throw dressed === undefined ? error : dressed(error);
}

/** The AI SDK knows its errors by these marks, and tries again where one says that it may. */
function asApiCallError(error: DrillFault): Error {
  const { status } = error;
  return Object.assign(error, {
    [Symbol.for('vercel.ai.error')]: true,
    [Symbol.for('vercel.ai.error.AI_APICallError')]: true,
    url: '',
    requestBodyValues: {},
    statusCode: status,
    responseHeaders: Object.fromEntries(error.headers),
    isRetryable: status === undefined || status === 429 || status >= 500,
  });
}

function isPrepared(resource: unknown): boolean {
  return SDKS.some((sdk) => sdk.prepare(resource));
}

function note({ attempt, target }: Injection): void {
  attempt.injected = true;
  attempt.drill.inject(target);
}

/** One try, with the client's own timeout and the caller's signal. */
async function failTry(injection: Injection, [url, init, ms, controller]: readonly unknown[]): Promise<Response> {
  note(injection);
  const { body, signal } = fields(init);
  const ours = controller instanceof AbortController ? controller : new AbortController();
  const abort = (): void => ours.abort();
  const callers = signal instanceof AbortSignal ? signal : undefined;
  callers?.addEventListener('abort', abort, { once: true });
  if (callers?.aborted === true) abort();
  const timer = typeof ms === 'number' && ms < MAX_TIMER ? setTimeout(abort, ms) : undefined;
  try {
    const { fault, drill } = injection.attempt;
    return await faultyFetch({
      fault,
      url: String(url),
      body,
      signal: ours.signal,
      delayMs: drill.delayMs,
      impatient: 'client',
    });
  } finally {
    clearTimeout(timer);
    callers?.removeEventListener('abort', abort);
  }
}

/** Timers of Node hold no more. */
const MAX_TIMER = 2 ** 31;

/** The object on the prototype chain of `value` that has the method itself. */
function ownerOf(value: unknown, method: string): Record<string, unknown> | undefined {
  for (let at = value; typeof at === 'object' && at !== null; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, method)) {
      const owner = at as Record<string, unknown>;
      return typeof owner[method] === 'function' ? owner : undefined;
    }
  }
  return undefined;
}
