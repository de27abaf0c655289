/**
 * The incoming HTTP request that the running code answers, as an object to hold a call's failure against where there is no span. It
 * listens to Node's own diagnostics channel, touches neither request nor response, and gives nothing outside of a request.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { fields, text } from '../../base/read.ts';
import { guarded } from '../../base/report.ts';

/** https://nodejs.org/api/diagnostics_channel.html#http: published just before the server's own listeners run. */
const START = 'http.server.request.start';

/** One request. */
export interface IncomingRequest {
  /** Its `baggage` header, where somebody wants it. */
  readonly baggage: string | undefined;
}

const requests = new AsyncLocalStorage<IncomingRequest>();
let readsBaggage = false;

/** Whether the baggage of requests is looked at from now on. */
export function readBaggage(wanted: boolean): void {
  readsBaggage = wanted;
}

function baggageOf(message: unknown): string | undefined {
  return guarded(
    'the baggage of a request could not be read',
    () => text(fields(fields(fields(message).request).headers).baggage),
    undefined,
  );
}

/** Listens until the returned function is called. */
export function watchRequests(): () => void {
  // Each request has a scope of its own, on a kept-alive socket too; the callback that a server runs in ends it.
  const begin = (message: unknown): void =>
    requests.enterWith({ baggage: readsBaggage ? baggageOf(message) : undefined });
  subscribe(START, begin);
  return () => {
    unsubscribe(START, begin);
  };
}

/** The same object for all code of one request. */
export function activeRequest(): IncomingRequest | undefined {
  return requests.getStore();
}
