/**
 * What a client threw in, `error.type` out: low in cardinality, never the message, which may quote a prompt. The rule is that
 * of the GenAI conventions: the provider's status, else the name of the exception.
 */
import { fields, text } from './clients/read.ts';

/** A status alone would hide it: a spent quota never recovers by waiting, a rate limit does. */
const CODES: ReadonlySet<string> = new Set(['insufficient_quota']);

/** An identifier, as class names and error codes are; anything else may be a sentence. */
const IDENTIFIER = /^[\w.$-]{1,64}$/;

/** `error.type` of something thrown. */
export function errorTypeOf(error: unknown): string {
  const { status, statusCode, code, type } = fields(error);
  const known = [code, type].find((value) => typeof value === 'string' && CODES.has(value));
  if (typeof known === 'string') return known;
  const http = typeof status === 'number' ? status : statusCode;
  if (typeof http === 'number' && http >= 100 && http < 600) return String(http);
  return nameOf(error);
}

/** The client's own deadline, or an abort whose reason was one. */
export function isTimeout(error: unknown): boolean {
  return nameOf(error) === 'APIConnectionTimeoutError' || fields(error).name === 'TimeoutError';
}

/** The caller's abort, as the clients and fetch report it. */
export function isAbort(error: unknown): boolean {
  return nameOf(error) === 'APIUserAbortError' || fields(error).name === 'AbortError';
}

function nameOf(error: unknown): string {
  const known = fields(error);
  const own = text(known.name);
  // A class whose author left `name` alone inherits "Error": its constructor knows better.
  const made: unknown = known.constructor;
  const best = own === undefined || own === 'Error' ? (typeof made === 'function' ? made.name : own) : own;
  return best !== undefined && IDENTIFIER.test(best) ? best : '_OTHER';
}
