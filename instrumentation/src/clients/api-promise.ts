/**
 * The promise that openai, anthropic and groq return in, the same promise out, which now ends the call. The request is not sent
 * again, the body not read again, and whatever the caller does with the promise (await, withResponse, asResponse, parse) gives what
 * it gave before.
 */

import { fields } from '../base/read.ts';
import { guarded, reportOnce } from '../base/report.ts';
import { isThenable } from '../base/stream.ts';
import type { Call, Operation } from '../types/call.ts';
import { failed, read } from './watched-answer.ts';

const WATCH: unique symbol = Symbol('watch');

/** What the clients' own `ApiPromise` offers to those who extend it; portkey's offers less. */
interface ApiPromise {
  /** Resolves to what the request came back with, before its body is read. */
  responsePromise?: unknown;
  /** Set once somebody reads the answer. */
  readonly parsedPromise?: unknown;
  /** `then`, `catch`, `finally` and `withResponse` all come by here. */
  parse(): Promise<unknown>;
  asResponse?(): Promise<unknown>;
  _thenUnwrap?(transform: Transform): ApiPromise;
  [WATCH]?: Watch;
}

type Transform = (value: unknown, props: unknown) => unknown;
type AsResponse = NonNullable<ApiPromise['asResponse']>;
type Derive = NonNullable<ApiPromise['_thenUnwrap']>;

/** What the methods of a watched promise need of its call. */
interface Watch {
  readonly call: Call;
  /** Absent for a derived promise: its answer was read on the way. */
  readonly operation: Operation | undefined;
  readonly parse: ApiPromise['parse'];
  readonly asResponse: ApiPromise['asResponse'];
  readonly derive: ApiPromise['_thenUnwrap'];
  parsed: Promise<unknown> | undefined;
  /** Somebody asked for the response, or derived a promise that will. */
  taken: boolean;
}

/** Whether a patched method returned what we know how to watch. */
export function isApiPromise(value: unknown): value is ApiPromise {
  const { parse, responsePromise } = fields(value);
  return typeof parse === 'function' && isThenable(responsePromise);
}

/**
 * `promise` itself, watched: what the caller does with it is seen where the caller does it, and only there. A promise of ours beside the
 * client's own would read a body that nobody asked for, and report an error as unhandled that the caller has handled.
 */
export function watchApiPromise(promise: ApiPromise, call: Call, operation: Operation): unknown {
  const own = watch(promise, call, operation);
  try {
    watchResponse(promise, own);
  } catch (error) {
    reportOnce('a response could not be watched', error);
  }
  return promise;
}

/**
 * Its response, watched where nobody asks for it. The promise put in its place is the only one that is left to handle: whether its
 * rejection is handled, and when, stays the caller's business.
 */
function watchResponse(promise: ApiPromise, own: Watch): void {
  const { responsePromise, parsedPromise } = promise;
  // Whoever reads it already does not read what is put in its place.
  if (!(responsePromise instanceof Promise) || parsedPromise !== undefined) return;
  promise.responsePromise = responsePromise.then(
    (response: unknown) => {
      if (own.parsed === undefined && !own.taken) awaitClaim(promise, own.call);
      return response;
    },
    (error: unknown) => failed(own.call, error),
  );
}

function awaitClaim(promise: ApiPromise, call: Call): void {
  unclaimed.register(promise, { call, at: performance.now() });
}

/** Answers that nobody asked for before their promise was let go: nothing is known of them but that they came. */
const unclaimed = new FinalizationRegistry<{ readonly call: Call; readonly at: number }>(({ call, at }) => {
  guarded('a call could not be ended', () => call.unread(at), undefined);
});

function watch(promise: ApiPromise, call: Call, operation: Operation | undefined): Watch {
  const { parse, asResponse, _thenUnwrap: derive } = promise;
  const own: Watch = { call, operation, parse, asResponse, derive, parsed: undefined, taken: false };
  promise[WATCH] = own;
  promise.parse = parseWatched;
  if (asResponse !== undefined) promise.asResponse = asResponseWatched;
  if (derive !== undefined) promise._thenUnwrap = thenUnwrapWatched;
  return own;
}

// Functions that all promises share, and what is a promise's own under a symbol: functions made for each promise and stored on it
// keep 8 kB a call alive until the next full collection, and take microseconds.

function parseWatched(this: ApiPromise): Promise<unknown> {
  const own = this[WATCH] as Watch;
  own.parsed ??= parsed(own, own.parse.call(this), this.responsePromise);
  return own.parsed;
}

function parsed({ call, operation }: Watch, value: Promise<unknown>, props: unknown): Promise<unknown> {
  const fail = (error: unknown): never => failed(call, error);
  if (operation === undefined) return value.then(undefined, fail);
  // Nothing in the headers is of use where no gateway stands before the provider.
  if (!call.readsHeaders) return value.then((found) => read(found, undefined, call, operation), fail);
  return parsedWithHeaders(call, operation, value, props);
}

// Apart from what most calls come by: the variables of all functions inside one are made when it is entered.
function parsedWithHeaders(
  call: Call,
  operation: Operation,
  value: Promise<unknown>,
  props: unknown,
): Promise<unknown> {
  return value.then(
    async (found) => read(found, await props, call, operation),
    (error: unknown) => failed(call, error),
  );
}

function asResponseWatched(this: ApiPromise): Promise<unknown> {
  const own = this[WATCH] as Watch;
  own.taken = true;
  const { call } = own;
  return (own.asResponse as AsResponse).call(this).then(
    (response: unknown) => {
      // Taken alone, it hands out a body that nobody here reads; withResponse() parses first, then comes by here.
      if (own.parsed === undefined) call.unread();
      return response;
    },
    (error: unknown) => failed(call, error),
  );
}

/** What a helper derives (`parse()` of the chat completions): openai 7 derives it past the object, so the answer is read on the way. */
function thenUnwrapWatched(this: ApiPromise, transform: Transform): ApiPromise {
  const own = this[WATCH] as Watch;
  const { derive, call, operation } = own;
  own.taken = true;
  const onTheWay: Transform =
    operation === undefined ? transform : (value, props) => transform(read(value, props, call, operation), props);
  const derived = (derive as Derive).call(this, onTheWay);
  // openai 7 hands on the response from before ours was put in its place, and would leave that one to nobody.
  derived.responsePromise = this.responsePromise;
  watch(derived, call, undefined);
  return derived;
}
