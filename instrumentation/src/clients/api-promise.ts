/**
 * The promise that openai, anthropic and groq return in, one that behaves the same and ends the call out. The request is not
 * sent again, the body not read again, and whatever the caller does with the promise (await, withResponse, asResponse, parse)
 * gives what it gave before.
 */
import type { Call } from '../record.ts';
import { guarded } from '../report.ts';
import { isStream, type StreamEnd, watchStream } from '../stream.ts';
import type { CallAnswer, CallRequest, Operation } from './call.ts';
import { fields } from './read.ts';

const WATCH: unique symbol = Symbol('watch');

/** What the clients' own `ApiPromise` offers to those who extend it. */
interface ApiPromise {
  /** Set once the body is being read. */
  readonly parsedPromise?: unknown;
  /** `then`, `catch`, `finally` and `withResponse` all come by here. */
  parse(): Promise<unknown>;
  asResponse(): Promise<unknown>;
  _thenUnwrap(transform: (value: unknown, props: unknown) => unknown): ApiPromise;
  [WATCH]?: Watch;
}

/** What the methods of a watched promise need of its call. */
interface Watch {
  readonly call: Call;
  readonly parse: ApiPromise['parse'];
  readonly asResponse: ApiPromise['asResponse'];
  readonly derive: ApiPromise['_thenUnwrap'];
  readonly fail: (error: unknown) => never;
  parsed: Promise<unknown> | undefined;
}

/** Whether a patched method returned what we know how to watch. */
export function isApiPromise(value: unknown): value is ApiPromise {
  const { _thenUnwrap, parse, asResponse } = fields(value);
  return [_thenUnwrap, parse, asResponse].every((method) => typeof method === 'function');
}

/** `promise` watched. Where the client's internals look different, the caller gets the original, unwatched. */
export function watchApiPromise(promise: ApiPromise, call: Call, request: CallRequest, operation: Operation): unknown {
  const look = (value: unknown, props: unknown): unknown => {
    guarded('an answer could not be read', () => read(value, props, call, request, operation), undefined);
    return value;
  };
  const { parsedPromise } = promise;
  if (parsedPromise instanceof Promise) {
    // Another instrumentation has read the body already; there is no second one to read.
    const shared = parsedPromise.then((value: unknown) => look(value, undefined));
    shared.catch(() => undefined);
    promise.parse = () => shared;
    return watchErrors(promise, call);
  }
  return watchErrors(promise._thenUnwrap(look), call);
}

/**
 * Tells the call of errors where the caller meets them, and only there: a promise of ours beside the client's own would report
 * an error as unhandled that the caller has handled. Also for what is derived from it: openai 7 derives `parse()` past the object.
 */
function watchErrors(watched: ApiPromise, call: Call): ApiPromise {
  const { parse, asResponse, _thenUnwrap: derive } = watched;
  const fail = (error: unknown): never => {
    call.fail(error);
    throw error;
  };
  watched[WATCH] = { call, parse, asResponse, derive, fail, parsed: undefined };
  watched.parse = parseWatched;
  watched.asResponse = asResponseWatched;
  watched._thenUnwrap = thenUnwrapWatched;
  return watched;
}

// Functions that all promises share, and what is a promise's own under a symbol: functions made for each promise and stored on it
// keep 8 kB a call alive until the next full collection, and take microseconds.

function parseWatched(this: ApiPromise): Promise<unknown> {
  const watch = this[WATCH] as Watch;
  watch.parsed ??= watch.parse.call(this).then(undefined, watch.fail);
  return watch.parsed;
}

function asResponseWatched(this: ApiPromise): Promise<unknown> {
  const watch = this[WATCH] as Watch;
  return watch.asResponse.call(this).then((response: unknown) => {
    // Taken alone, it hands out a body that nobody here reads; withResponse() parses first, then comes by here.
    if (watch.parsed === undefined) watch.call.unread();
    return response;
  }, watch.fail);
}

function thenUnwrapWatched(this: ApiPromise, transform: (value: unknown, props: unknown) => unknown): ApiPromise {
  const { derive, call } = this[WATCH] as Watch;
  return watchErrors(derive.call(this, transform), call);
}

/** Whether another instrumentation made a promise of no class out of the client's. */
export function isPlainPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && Object.getPrototypeOf(value) === Promise.prototype;
}

/** A plain promise, watched. The one returned takes its place, so that a rejection nobody handles stays one. */
export function watchPromise(
  promise: Promise<unknown>,
  call: Call,
  request: CallRequest,
  operation: Operation,
): Promise<unknown> {
  return promise.then(
    (value) => {
      guarded('an answer could not be read', () => read(value, undefined, call, request, operation), undefined);
      return value;
    },
    (error: unknown) => {
      call.fail(error);
      throw error;
    },
  );
}

function read(value: unknown, props: unknown, call: Call, request: CallRequest, operation: Operation): void {
  const header = headersOf(props);
  if (!isStream(value)) {
    call.end({ ...operation.answer(value, request), header });
    return;
  }
  const reader = operation.reader(request);
  watchStream(value, {
    chunk: (chunk) => reader.read(chunk),
    end: (end) => endStream(end, call, { ...reader.answer(), header }),
  });
}

function endStream(end: StreamEnd, call: Call, answer: CallAnswer): void {
  switch (end.kind) {
    case 'done':
      call.end(answer);
      break;
    case 'broken-off':
      call.end(answer.complete ? answer : { ...answer, brokenOff: true });
      break;
    case 'failed':
      call.fail(end.error, answer);
      break;
  }
}

function headersOf(props: unknown): (name: string) => string | undefined {
  const { headers } = fields(fields(props).response);
  return (name) => (isHeaders(headers) ? (headers.get(name) ?? undefined) : undefined);
}

function isHeaders(value: unknown): value is { get(name: string): string | null } {
  return typeof fields(value).get === 'function';
}
