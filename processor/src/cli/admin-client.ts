/** Calls the admin address of a running service. */
import { shownText } from '../base/shown-text.ts';
import type { Io } from './io.ts';
import { showProgress } from './progress.ts';

/** An answer, or why there is none in a sentence. */
export type Answer = { readonly status: number; readonly body: unknown } | { readonly unreachable: string };

/** Where `serve` has its admin address by default. */
export const DEFAULT_URL = 'http://127.0.0.1:9464';

/** Sends a request and reads the JSON answer; gives up after 10 seconds. Never rejects. */
export async function callAdmin(io: Io, base: string, path: string, body?: unknown): Promise<Answer> {
  const address = /^https?:\/\//i.test(base) ? base : `http://${base}`;
  if (!URL.canParse(address) || /\s/.test(base))
    return { unreachable: `${base} is not a URL; write for example --url ${DEFAULT_URL}` };
  const url = new URL(path, address);
  const token = io.env.WARMSPARE_TOKEN;
  const headers = {
    accept: 'application/json',
    ...(token !== undefined && token !== '' && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
  const progress = showProgress(io, `waiting for ${url.origin}`);
  try {
    const response = await io.fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    try {
      return { status: response.status, body: JSON.parse(text) as unknown };
    } catch {
      return { unreachable: `${url.href} answered ${response.status} without JSON; is it a Warmspare admin address?` };
    }
  } catch (error) {
    const reason = reasonOf(error);
    const hint = /CERT|SELF_SIGNED|ISSUER/.test(reason)
      ? 'NODE_EXTRA_CA_CERTS names a file with the authority to trust'
      : 'is warmspare serve running? --url names another address';
    return { unreachable: `${url.href} cannot be reached (${reason}); ${hint}` };
  } finally {
    progress.end();
  }
}

/** The text of /metrics, or why there is none in a sentence. Never rejects. */
export async function readMetrics(
  io: Io,
  base: string,
): Promise<{ readonly text: string } | { readonly unreachable: string }> {
  const address = /^https?:\/\//i.test(base) ? base : `http://${base}`;
  if (!URL.canParse(address)) return { unreachable: `${base} is not a URL; write for example --url ${DEFAULT_URL}` };
  const url = new URL('/metrics', address);
  const token = io.env.WARMSPARE_TOKEN;
  const headers = {
    accept: 'text/plain',
    ...(token !== undefined && token !== '' && { authorization: `Bearer ${token}` }),
  };
  try {
    const response = await io.fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    return response.status === 200 ? { text } : { unreachable: `${url.href} answered ${response.status}` };
  } catch (error) {
    return {
      unreachable: `${url.href} cannot be reached (${reasonOf(error)}); is warmspare serve running? --url names another address`,
    };
  }
}

/** The service's own words where its answer has any. */
export function errorOf({ status, body }: { readonly status: number; readonly body: unknown }): string {
  if (typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string')
    return shownText(body.error);
  return `what is there answered ${status}; --url wants the admin address of warmspare serve, by default ${DEFAULT_URL}`;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error) return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  return String(cause);
}
