/** A request in, the fallbacks that it names itself out, under the name that the user gave their chain. */

import { fields, text } from '../base/read.ts';
import { declarationsIn, mayDeclare } from '../call/route/declarations.ts';
import type { CallRequest, Declaring, Operation } from '../types/call.ts';
import type { Declaration } from '../types/declaration.ts';
import { middlewareFallbacks } from './refusal-middleware.ts';

/** Where the requests of openai, anthropic, groq and clients like them may name fallbacks. */
export function declaringBody(resource: unknown, body: unknown, options: unknown): Declaring {
  const client = fields(resource)._client;
  const ofRequest = fields(options).headers;
  const ofClient = fields(fields(client)._options).defaultHeaders;
  const headers = ofRequest === undefined && ofClient === undefined ? undefined : [ofRequest, ofClient];
  return { body, headers, middleware: middlewareFallbacks(client, options) };
}

/** The lists of a request; several where only the answer tells which of them ran. `chain`: the user's name. */
export function declaredLists(
  operation: Operation,
  resource: unknown,
  args: readonly unknown[],
  request: CallRequest,
  chain: string | undefined,
): readonly Declaration[] {
  const declaring = operation.declaring?.(resource, ...args);
  if (declaring === undefined) return NONE;
  const { body, headers, middleware = NONE } = declaring;
  if (!mayDeclare(body, headers !== undefined, middleware)) return NONE;
  const found = readLists(body, headers ?? NONE, middleware, request);
  return chain === undefined ? found : named(found, chain);
}

const NONE: readonly never[] = [];

// A function of its own, so that nothing is made for its closure by calls that declare nothing.
function readLists(
  body: unknown,
  headers: readonly unknown[],
  middleware: readonly unknown[],
  { server, provider }: CallRequest,
): readonly Declaration[] {
  const header = (name: string): string | undefined => requestHeader(name, headers);
  return declarationsIn({ body, header, host: server?.address, library: provider, middleware });
}

/** The user's name in place of the one that was made. Of several lists each keeps what tells it from the others. */
function named(found: readonly Declaration[], chain: string): readonly Declaration[] {
  if (found.length < 2) return found.map((each) => ({ ...each, chain }));
  return found.map((each) => ({ ...each, chain: `${chain} (${each.chain})` }));
}

/** Names in any case, as objects of headers are written by hand. */
function requestHeader(name: string, all: readonly unknown[]): string | undefined {
  for (const headers of all) {
    if (headers instanceof Headers) {
      const found = headers.get(name);
      if (found !== null) return found;
    } else if (typeof headers === 'object' && headers !== null) {
      const key = Object.keys(headers).find((known) => known.toLowerCase() === name);
      if (key !== undefined) return text(fields(headers)[key]);
    }
  }
  return undefined;
}
