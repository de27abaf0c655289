/**
 * The incoming HTTP request that the running code answers, as an object to hold a call's failure against where there is no span. It
 * listens to Node's own diagnostics channel, touches neither request nor response, and gives nothing outside of a request.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** https://nodejs.org/api/diagnostics_channel.html#http: published just before the server's own listeners run. */
const START = 'http.server.request.start';

const requests = new AsyncLocalStorage<object>();

/** Listens until the returned function is called. */
export function watchRequests(): () => void {
  // Each request has a scope of its own, on a kept-alive socket too; the callback that a server runs in ends it.
  const begin = (): void => requests.enterWith({});
  subscribe(START, begin);
  return () => {
    unsubscribe(START, begin);
  };
}

/** The same object for all code of one request. */
export function activeRequest(): object | undefined {
  return requests.getStore();
}
