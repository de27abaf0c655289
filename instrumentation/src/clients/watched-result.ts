/**
 * What a patched method returned in, the same out to its caller, watched so that it ends the call. Each form that clients return in has
 * its own way; what has none of them is left alone.
 */

import { fields } from '../base/read.ts';
import { reportOnce } from '../base/report.ts';
import { watchIterable } from '../base/stream.ts';
import type { Call, Operation } from '../types/call.ts';
import { isApiPromise, watchApiPromise } from './api-promise.ts';
import { failed, headersOf, isBareStream, read, readAnswer, watcherOf } from './watched-answer.ts';

/** Never throws. What is returned is `result` itself, or a plain promise in place of a plain promise. */
export function watchResult(result: unknown, call: Call, operation: Operation): unknown {
  try {
    if (isApiPromise(result)) return watchApiPromise(result, call, operation);
    if (isResponsePromise(result)) watchResponsePromise(result, call, operation);
    else if (isPlainPromise(result)) return watchPromise(result, call, operation);
    // Another instrumentation made a stream of its own out of the client's, without a promise before it.
    else if (isBareStream(result)) watchIterable(result, watcherOf(call, operation, undefined));
    else call.unread();
  } catch (error) {
    reportOnce('a call could not be watched', error);
  }
  return result;
}

function isPlainPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && Object.getPrototypeOf(value) === Promise.prototype;
}

/** The promise returned takes the other one's place, so that a rejection nobody handles stays one. */
function watchPromise(promise: Promise<unknown>, call: Call, operation: Operation): Promise<unknown> {
  return promise.then(
    (value) => read(value, undefined, call, operation),
    (error: unknown) => failed(call, error),
  );
}

/** Fern's `HttpResponsePromise` (cohere-ai): everything that callers do with it comes by the promise inside. */
interface ResponsePromise {
  innerPromise: Promise<unknown>;
}

function isResponsePromise(value: unknown): value is ResponsePromise {
  return isPlainPromise(fields(value).innerPromise);
}

function watchResponsePromise(promise: ResponsePromise, call: Call, operation: Operation): void {
  promise.innerPromise = promise.innerPromise.then(
    (whole) => {
      const { data, rawResponse } = fields(whole);
      try {
        readAnswer(data, call.readsHeaders ? headersOf(rawResponse) : undefined, call, operation);
      } catch (error) {
        reportOnce('an answer could not be read', error);
      }
      return whole;
    },
    (error: unknown) => failed(call, error),
  );
}
