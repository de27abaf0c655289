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

/** What the clients' own `ApiPromise` offers to those who extend it. */
interface ApiPromise {
  _thenUnwrap(transform: (value: unknown, props: unknown) => unknown): ApiPromise;
  responsePromise?: unknown;
  parseResponse?: unknown;
  parsedPromise?: unknown;
  asResponse?: unknown;
}

/** Whether a patched method returned what we know how to watch. */
export function isApiPromise(value: unknown): value is ApiPromise {
  return typeof value === 'object' && value !== null && typeof fields(value)._thenUnwrap === 'function';
}

/** `promise` watched. Where the client's internals look different, the caller gets the original, unwatched. */
export function watchApiPromise(promise: ApiPromise, call: Call, request: CallRequest, operation: Operation): unknown {
  const { responsePromise } = promise;
  const watched = promise._thenUnwrap((value, props) => {
    guarded('an answer could not be read', () => read(value, props, call, request, operation), undefined);
    return value;
  });
  const { parseResponse } = watched;
  if (!(responsePromise instanceof Promise) || typeof parseResponse !== 'function') {
    guarded('the client is of an unknown make', () => call.unread(), undefined);
    return promise;
  }
  // A derived promise takes the place of the client's, so that an error nobody handles is still reported once, and as that.
  watched.responsePromise = responsePromise.then(undefined, (error: unknown) => {
    call.fail(error);
    throw error;
  });
  watched.parseResponse = async (...args: unknown[]): Promise<unknown> => {
    try {
      if (promise.parsedPromise === undefined) return await parseResponse.apply(watched, args);
      // Another instrumentation has read the body already; there is no second one to read.
      const value: unknown = await promise.parsedPromise;
      guarded('an answer could not be read', () => read(value, args.at(-1), call, request, operation), undefined);
      return value;
    } catch (error) {
      call.fail(error);
      throw error;
    }
  };
  watchRawResponse(watched, call);
  return watched;
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

/** `asResponse()` alone hands out a body that nobody parses: the call ends with the headers. */
function watchRawResponse(watched: ApiPromise, call: Call): void {
  const { asResponse } = watched;
  if (typeof asResponse !== 'function') return;
  watched.asResponse = function (this: unknown, ...args: unknown[]): unknown {
    const response: unknown = asResponse.apply(watched, args);
    // withResponse() parses first, then comes by here.
    if (watched.parsedPromise === undefined && response instanceof Promise) {
      return response.then((value: unknown) => {
        if (watched.parsedPromise === undefined) call.unread();
        return value;
      });
    }
    return response;
  };
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
